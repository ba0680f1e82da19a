import Foundation
import HTTPTypes
import HummingbirdCore
import Images
import Models
import NIOCore
import Serving
import Testing

@testable import Networks
@testable import Web

@Suite struct RefusalTests {
  @Test(arguments: [
    ("?top=0", "'top' must be a whole number from 1 to 40."), ("?top=41", "from 1 to 40"),
    ("?top=five", "from 1 to 40"),
    ("?top=99999999999999999999", "from 1 to 40"), ("?top=3&top=4", "given 2 times"),
    ("?model=%FF", "percent-encoding"),
  ])
  func uploadsWithParametersThatCannotBeRead(query: String, words: String) async throws {
    try await withService { client in
      let response = try await client.send(.post, "/api/analyses" + query, body: TestImage.png())
      #expect(response.status == .badRequest)
      #expect(try response.errorCode == "bad_request")
      #expect(try response.errorMessage.contains(words))
    }
  }

  @Test(arguments: [
    ("heatmap.png?alpha=-0.1", "from 0 to 1"), ("heatmap.png?alpha=1.01", "from 0 to 1"),
    ("heatmap.png?alpha=nan", "from 0 to 1"), ("heatmap.png?alpha=half", "from 0 to 1"),
    ("heatmap.png?alpha=", "from 0 to 1"), ("heatmap.png?alpha=1e400", "from 0 to 1"),
    ("heatmap.png?colormap=rainbow", "turbo, viridis, inferno, magma, jet, gray, coolwarm, bwr"),
    ("heatmap.png?colormap=bwr", "turbo, viridis, inferno, magma, jet, gray"),
    ("heatmap.png?overlay=yes", "true, false"), ("heatmap.png?class=", "from 0 to 39"),
    ("saliency.npy?resolution=full", "layer, input, image"), ("saliency.json?resolution=", "layer, input, image"),
  ])
  func mapsWithParametersThatCannotBeRead(path: String, words: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/\(path)")
      #expect(response.status == .badRequest)
      #expect(try response.errorCode == "bad_request")
      #expect(try response.errorMessage.contains(words))
    }
  }

  @Test(arguments: ["-1", "40", "99999999999999999999", "kin", "n99999999", "281.5", "%00", "a%20b"])
  func unknownClassesSayWhatWouldWork(text: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/saliency.npy?class=\(text)")
      #expect(response.status == .notFound)
      #expect(try response.errorCode == "unknown_class")
      #expect(try response.errorMessage.contains("from 0 to 39"))
      if text == "kin" { #expect(try response.errorMessage.contains("Did you mean 'kind 0' (0)")) }
    }
  }

  @Test(arguments: ["", "logits", "Stem", "features/../stem"])
  func unknownLayersSayWhichThereAre(text: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/heatmap.png?layer=\(text)")
      #expect(response.status == .notFound)
      #expect(try response.errorCode == "unknown_layer")
      #expect(try response.errorMessage.contains("It has stem, features."))
    }
  }

  @Test func aLongClassIsNotRepeatedInFull() async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get(
        "/api/analyses/\(id)/saliency.npy?class=" + String(repeating: "x", count: 5000))
      #expect(try response.errorMessage.count < 300)
    }
  }

  @Test(arguments: [
    "/api/analyses?model=nosuch", "/api/analyses?model=..%2F..%2Fetc", "/api/analyses?model=",
    "/api/explain?model=nosuch",
  ])
  func unknownModelsNameTheKnownOnes(uri: String) async throws {
    try await withService { client in
      let response = try await client.send(.post, uri, body: TestImage.png())
      #expect(response.status == .notFound)
      #expect(try response.errorCode == "unknown_model")
      #expect(try response.errorMessage.contains("other, tiny"))
    }
  }

  @Test(arguments: [
    (HTTPRequest.Method.get, ""), (.get, "/heatmap.png"), (.get, "/image.jpg"), (.get, "/input.png"),
    (.get, "/saliency.npy"),
    (.get, "/saliency.json"), (.delete, ""),
  ])
  func unknownAnalysesAreToldFromExpiredOnes(method: HTTPRequest.Method, path: String) async throws {
    try await withService { client in
      for id in ["00000000000000000000000000000000", "xyz", "9F86D081884C7D659A2FEAA0C55AD015", "..%2f..%2fetc"] {
        let response = try await client.send(method, "/api/analyses/\(id)\(path)")
        #expect(response.status == .notFound)
        #expect(try response.errorCode == "unknown_analysis")
      }
    }
  }

  @Test(arguments: ["/api/analyses", "/api/explain"])
  func bodiesThatAreNoImage(uri: String) async throws {
    try await withService { client in
      let empty = try await client.send(.post, uri)
      #expect(empty.status == .badRequest)
      #expect(try empty.errorCode == "bad_request")

      let text = try await client.send(.post, uri, body: Array("hello, world, this is text".utf8))
      #expect(text.status == .unsupportedMediaType)
      #expect(try text.errorCode == "not_an_image")

      let gif = try await client.send(.post, uri, body: Array("GIF89a".utf8) + [UInt8](repeating: 0, count: 60))
      #expect(gif.status == .unsupportedMediaType)
      #expect(try gif.errorCode == "unsupported_image")
      #expect(try gif.errorMessage.contains("GIF"))

      let broken = try await client.send(.post, uri, body: Array(TestImage.png().prefix(900)))
      #expect(broken.status == .unprocessableContent)
      #expect(try broken.errorCode == "broken_image")
    }
  }

  @Test func tooManyBytesAreRefusedByTheAnnouncement() async throws {
    try await withService(configuration: [.set(\.maximumBodyBytes, 1000)]) { client in
      let response = try await client.send(.post, "/api/analyses", body: [UInt8](repeating: 0, count: 1001))
      #expect(response.status == .contentTooLarge)
      #expect(try response.errorCode == "too_many_bytes")
      #expect(try response.errorMessage.contains("1000 bytes"))
      #expect(
        try await client.send(.post, "/api/analyses", body: [UInt8](repeating: 0, count: 1000)).status
          == .unsupportedMediaType)
    }
  }

  @Test func tooManyBytesAreRefusedWhileTheyArriveUnannounced() async throws {
    let (body, source) = RequestBody.makeStream()
    await source.yield(ByteBuffer(repeating: 1, count: 600))
    await source.yield(ByteBuffer(repeating: 1, count: 600))
    source.finish()
    await #expect {
      try await Upload.collect(body, limits: .init(bytes: 1000, timeout: .seconds(60)))
    } throws: { ($0 as? ServiceError)?.code == .tooManyBytes }
  }

  @Test func aBodyThatDoesNotArriveIsGivenUp() async throws {
    let (body, source) = RequestBody.makeStream()
    await source.yield(ByteBuffer(repeating: 1, count: 600))
    await #expect {
      try await Upload.collect(body, limits: .init(bytes: 1000, timeout: .milliseconds(5)))
    } throws: { ($0 as? ServiceError)?.status == .requestTimeout }
    source.finish()
  }

  @Test func tooManyPixelsAreRefused() async throws {
    try await withService(configuration: [.set(\.limits.maximumPixels, 5000)]) { client in
      let response = try await client.send(.post, "/api/analyses", body: TestImage.png())
      #expect(response.status == .contentTooLarge)
      #expect(try response.errorCode == "too_many_pixels")
      #expect(try response.errorMessage.contains("97x61"))
      #expect(try await client.metric("gaze_forward_passes_total") == 0)
    }
  }

  @Test func aFullHouseSaysWhenToComeAgain() async throws {
    let models = HeldModels()
    try await withService(
      models: models, configuration: [.set(\.limits.computeSlots, 1), .set(\.limits.maximumWaiting, 0)]
    ) { client in
      async let first = client.get("/api/models/tiny")
      try await client.wait(for: "gaze_compute_slots_busy") { $0 == 1 }
      for uri in ["/api/analyses", "/api/explain", "/analyses"] {
        // What is no image is told so when it is read.
        let response = try await client.send(.post, uri, body: Array("never read".utf8))
        #expect(response.status == .serviceUnavailable)
        let seconds = try #require(response.headers[.retryAfter].flatMap { Int($0) })
        #expect((1...60).contains(seconds))
        if uri.hasPrefix("/api") {
          #expect(try response.errorCode == "busy")
          #expect(try response.errorMessage.contains("in \(seconds) second"))
        }
      }
      #expect(try await client.get("/api/models/tiny/classes").status == .serviceUnavailable)
      #expect(try await client.metric("gaze_compute_refused_total{reason=\"full\"}") == 4)
      #expect(try await client.get("/healthz").status == .ok)
      models.release()
      #expect(try await first.status == .ok)
      #expect(try await client.send(.post, "/api/analyses", body: TestImage.png()).status == .created)
    }
  }

  @Test func withoutAModelItSaysHowToGetOne() async throws {
    try await withService(models: TinyModels([:])) { client in
      let response = try await client.send(.post, "/api/analyses", body: TestImage.png())
      #expect(response.status == .serviceUnavailable)
      #expect(try response.errorCode == "no_model")
      #expect(try response.errorMessage.contains("gaze models fetch efficientnet-lite0"))
      let list = try await client.get("/api/models")
      #expect(try list.object["default"] is NSNull)
      #expect(try await client.get("/", headers: [.accept: "text/html"]).status == .ok)
    }
  }

  @Test(arguments: ["/nothing", "/api", "/api/analyses/a/b/c", "/api/models/tiny/weights", "/static", "/js", "/js/"])
  func unknownAddressesAnswerInJSON(path: String) async throws {
    try await withService { client in
      let response = try await client.get(path)
      #expect(response.status == .notFound)
      #expect(response.headers[.contentType] == "application/json")
      #expect(try response.errorCode == "not_found")
    }
  }

  @Test(arguments: [
    (HTTPRequest.Method.delete, "/api/models", "GET, HEAD"), (.get, "/api/analyses", "POST"), (.put, "/", "GET, HEAD"),
    (.post, "/api/analyses/00000000000000000000000000000000", "DELETE, GET, HEAD"), (.get, "/api/explain", "POST"),
    (.post, "/gaze.css", "GET, HEAD"), (.options, "/healthz", "GET, HEAD"), (.patch, "/metrics", "GET, HEAD"),
    (HTTPRequest.Method("QUERY")!, "/api/methods", "GET, HEAD"),
  ])
  func otherMethodsAreNamedInAllow(method: HTTPRequest.Method, path: String, allowed: String) async throws {
    try await withService { client in
      let response = try await client.send(method, path)
      #expect(response.status == .methodNotAllowed)
      #expect(response.headers[.allow] == allowed)
      #expect(try response.errorCode == "method_not_allowed")
    }
  }

  @Test func aModelThatCannotBeLoadedIsOurFaultAndTellsNothing() async throws {
    struct Damaged: ModelProvider {
      let counters = ModelLibrary.Counters()
      let passes = ForwardPassCounter()
      func list() -> [ModelManifest] { [] }
      func classifier(_ name: String) throws(ModelStoreError) -> Classifier { throw .damagedManifest("secret-\(name)") }
      func randomiser(of classifier: Classifier, seed: UInt64) throws(ModelStoreError) -> ModelRandomiser? { nil }
    }
    try await withService(models: Damaged()) { client in
      let response = try await client.get("/api/models/mine")
      #expect(response.status == .internalServerError)
      #expect(try response.errorCode == "internal")
      #expect(!response.text.contains("mine"))
    }
  }

  @Test(arguments: ["/api/analyses", "/healthz", "/", "/gaze.css", "/nothing"])
  func everyAnswerIsSecured(path: String) async throws {
    try await withService { client in
      let headers = try await client.get(path).headers
      #expect(headers[.xContentTypeOptions] == "nosniff")
      #expect(
        headers[.contentSecurityPolicy]
          == "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
      )
      #expect(headers[HTTPField.Name("Referrer-Policy")!] == "same-origin")
      #expect(headers[HTTPField.Name("Cross-Origin-Resource-Policy")!] == "same-origin")
      #expect(headers[HTTPField.Name("X-Request-Id")!]?.isEmpty == false)
      #expect(headers[.cacheControl] == (path == "/gaze.css" ? "no-cache" : "no-store"))
    }
  }
}
