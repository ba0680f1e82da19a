import Foundation
import HTTPTypes
import Hummingbird
import Images
import Serving
import Testing

@testable import Networks
@testable import Web

@Suite("Predictions in TensorFlow Serving's form") struct PredictTests {
  private static let path = "/v1/models/tiny:predict"

  private static func base64(_ image: [UInt8] = TestImage.png()) -> String { Data(image).base64EncodedString() }

  private func post(_ client: Client, _ body: String, to path: String = path) async throws -> TestResponse {
    try await client.send(.post, path, body: Array(body.utf8), headers: [.contentType: "application/json"])
  }

  /// `{"error": "…"}` and nothing else.
  private func error(_ response: TestResponse) throws -> String {
    #expect(response.headers[.contentType] == "application/json")
    let object = try response.object
    #expect(Array(object.keys) == ["error"])
    return try #require(object["error"] as? String)
  }

  @Test func rowsAreTheNetworksAnswers() async throws {
    try await withService { client in
      let images = (1...3).map { TestImage.png(seed: UInt64($0)) }
      let instances = images.map { #"{"bytes":{"b64":"\#(Self.base64($0))"}}"# }.joined(separator: ",")
      let response = try await post(client, #"{"signature_name":"serving_default","instances":[\#(instances)]}"#)
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "application/json")
      #expect(Array(try response.object.keys) == ["predictions"])
      let predictions = try #require(try response.object["predictions"] as? [[String: Any]])
      #expect(predictions.count == 3)
      for (image, prediction) in zip(images, predictions) {
        #expect(Set(prediction.keys) == ["CLASSES", "PROBABILITIES"])
        let analysis = try await client.send(.post, "/api/analyses?top=40", body: image).object
        let expected = try #require(analysis["predictions"] as? [[String: Any]])
        let probabilities = try #require(prediction["PROBABILITIES"] as? [Double])
        #expect(prediction["CLASSES"] as? Int == expected[0]["index"] as? Int)
        #expect(probabilities.count == 40)
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
        for entry in expected {
          #expect(probabilities[try #require(entry["index"] as? Int)] == entry["probability"] as? Double)
        }
      }
    }
  }

  @Test func everyFormGivesTheSameAnswer() async throws {
    try await withService { client in
      let one = Self.base64()
      let rows = try await post(client, #"{"instances":[{"bytes":{"b64":"\#(one)"}}]}"#).object["predictions"]
      let expected = try #require(rows as? NSArray)
      for body in [
        #"{"instances":[{"b64":"\#(one)"}]}"#, #"{"bytes":{"b64":"\#(one)"}}"#, "\n{\"b64\":\"\(one)\"}\r\n\n",
        "{ \"instances\" :\n [\n {\"bytes\":\n {\"b64\": \"\(one)\"}}]\n}",
      ] {
        let response = try await post(client, body)
        #expect(response.status == .ok)
        #expect(try response.object["predictions"] as? NSArray == expected)
      }
      let two = try await post(client, "{\"bytes\":{\"b64\":\"\(one)\"}}\n{\"bytes\":{\"b64\":\"\(one)\"}}\n")
      #expect(try (two.object["predictions"] as? NSArray)?.count == 2)
    }
  }

  @Test func columnsAreAnsweredInColumns() async throws {
    try await withService { client in
      let one = Self.base64()
      let row = try #require(
        try await post(client, #"{"instances":[{"b64":"\#(one)"}]}"#).object["predictions"] as? [[String: Any]])[0]
      for body in [
        #"{"inputs":{"bytes":[{"b64":"\#(one)"},{"b64":"\#(one)"}]}}"#,
        #"{"inputs":[{"b64":"\#(one)"},{"b64":"\#(one)"}]}"#,
      ] {
        let outputs = try #require(try await post(client, body).object["outputs"] as? [String: Any])
        #expect(Set(outputs.keys) == ["CLASSES", "PROBABILITIES"])
        #expect(outputs["CLASSES"] as? [Int] == [row["CLASSES"] as! Int, row["CLASSES"] as! Int])
        #expect((outputs["PROBABILITIES"] as? [[Double]])?[1] == row["PROBABILITIES"] as? [Double])
      }
      for body in [#"{"inputs":{"bytes":{"b64":"\#(one)"}}}"#, #"{"inputs":{"b64":"\#(one)"}}"#] {
        let outputs = try #require(try await post(client, body).object["outputs"] as? [String: Any])
        #expect((outputs["CLASSES"] as? [Int])?.count == 1)
      }
    }
  }

  @Test(arguments: [
    ("", "the body is empty"), ("{}", "Missing 'inputs' or 'instances' key"),
    (#"{"signature_name":"x"}"#, "Missing 'inputs' or 'instances' key"),
    (#"{"instances":[{"b64":"QUJD"}],"inputs":[{"b64":"QUJD"}]}"#, "Not both"),
    (#"{"instances":[]}"#, "at least one image"), (#"{"instances":{}}"#, "not JSON of this form"),
    (#"{"instances":[{"b64":"QUJD"}]"#, "not JSON of this form"), ("[1,2]", "not JSON of this form"),
    ("nonsense", "not JSON of this form"), ("\u{0}\u{1}\u{2}", "not JSON of this form"),
    (#"{"signature_name":7,"instances":[{"b64":"QUJD"}]}"#, "not JSON of this form"),
    (#"{"instances":[{"bytes":{"b64":"QUJD"},"key":"1"}]}"#, "instances[0]: its keys must be equal to: bytes"),
    (#"{"instances":[{}]}"#, "keys must be equal to: bytes"),
    (#"{"instances":["QUJD"]}"#, "instances[0]: This is not an image file"),
    (#"{"instances":[[0.5]]}"#, "instances[0]: an image is"),
    (#"{"instances":[{"bytes":5}]}"#, "'bytes' must be"), (#"{"instances":[{"b64":5}]}"#, "'b64' must be a text"),
    (
      #"{"instances":[{"b64":"QUJD"}],"examples":[]}"#,
      "There is no member 'examples' here. There are instances, inputs"
    ),
    (#"{"instances":[{"b64":"QUJD"}],"instances":[]}"#, "a member stands twice"),
    (#"{"instances":[{"b64":"QUJD"}],"signature_name":"other"}"#, "It has one, 'serving_default'"),
    (
      #"{"instances":[{"b64":"QUJD"}],"parameters":{"clas":"1"}}"#,
      "There is no parameter 'clas' here. There are window"
    ),
    (#"{"instances":[{"b64":"QUJD"}],"parameters":{"class":"1"}}"#, "There is no parameter 'class' here"),
    (#"{"instances":[{"b64":"QUJD"}],"parameters":{"window":"9,1"}}"#, "window"),
    (#"{"instances":[{"b64":"QUJD"}],"parameters":[1]}"#, "'parameters' must be an object"),
    (#"{"instances":[{"b64":"QUJD"}],"parameters":{"window":{}}}"#, "'parameters' must be an object"),
    (#"{"instances":[{"b64":"***"}]}"#, "not the Base64"), (#"{"instances":[{"b64":""}]}"#, "not the Base64"),
    (#"{"instances":[{"b64":"QUJD"}]}"#, "instances[0]: This is not an image file"),
    ("{\"b64\":\"QUJD\"}\nnonsense", "line 2"),
  ])
  func malformedRequestsAreToldWhatWouldWork(body: String, words: String) async throws {
    try await withService { client in
      let response = try await post(client, body)
      #expect(response.status == .badRequest)
      let message = try error(response)
      #expect(message.contains(words), "\(message)")
    }
  }

  @Test func aHundredThousandBracketsAreOnlyMalformed() async throws {
    try await withService { client in
      let response = try await post(client, #"{"instances":"# + String(repeating: "[", count: 100_000))
      #expect(response.status == .badRequest)
    }
  }

  @Test func oneBadImageNamesItsPlace() async throws {
    try await withService { client in
      let (good, broken) = (Self.base64(), Self.base64(Array(TestImage.png().prefix(900))))
      let instances = (0..<11).map { #"{"b64":"\#($0 == 9 ? broken : good)"}"# }.joined(separator: ",")
      let response = try await post(client, #"{"instances":[\#(instances)]}"#)
      #expect(response.status == .badRequest)
      #expect(try error(response).hasPrefix("instances[9]: The PNG file is broken"))
    }
  }

  @Test func limitsAreKept() async throws {
    try await withService(
      configuration: [
        .set(\.limits.maximumInstances, 2), .set(\.maximumBodyBytes, 200_000), .set(\.limits.maximumPixels, 10_000),
      ]
    ) { client in
      let one = #"{"b64":"\#(Self.base64())"}"#
      #expect(try await post(client, #"{"instances":[\#(one),\#(one)]}"#).status == .ok)
      let three = try await post(client, #"{"instances":[\#(one),\#(one),\#(one)]}"#)
      #expect(three.status == .contentTooLarge)
      #expect(try error(three).contains("2 images at most"))
      #expect(try await post(client, [one, one, one].joined(separator: "\n")).status == .contentTooLarge)
      let bytes = try await post(client, #"{"instances":["# + String(repeating: " ", count: 200_000) + "]}")
      #expect(bytes.status == .contentTooLarge)
      #expect(try error(bytes).contains("200000 bytes"))
      let wide = #"{"b64":"\#(Self.base64(TestImage.png(width: 101, height: 100)))"}"#
      let pixels = try await post(client, #"{"instances":[\#(one),\#(wide)]}"#)
      #expect(pixels.status == .contentTooLarge)
      #expect(try error(pixels).hasPrefix("instances[1]: The picture has 101x100 pixels"))
    }
  }

  @Test func whereAllIsFullTheRequestIsTurnedAwayBeforeItsBodyIsRead() async throws {
    let models = HeldModels()
    try await withService(
      models: models, configuration: [.set(\.limits.computeSlots, 1), .set(\.limits.maximumWaiting, 0)]
    ) { client in
      async let first = client.get("/api/models/tiny")
      try await client.wait(for: "gaze_compute_slots_busy") { $0 == 1 }
      let response = try await post(client, "never read")
      #expect(response.status == .tooManyRequests)
      #expect((1...60).contains(try #require(response.headers[.retryAfter].flatMap { Int($0) })))
      #expect(try error(response).contains("busy"))
      models.release()
      #expect(try await first.status == .ok)
    }
  }

  @Test func unknownModelsVerbsAndMethodsAreRefusedInTheProtocolsForm() async throws {
    try await withService { client in
      let body = #"{"instances":[{"b64":"\#(Self.base64())"}]}"#
      let unknown = try await post(client, body, to: "/v1/models/nosuch:predict")
      #expect(unknown.status == .notFound)
      #expect(try error(unknown).contains("other, tiny"))
      let verb = try await post(client, body, to: "/v1/models/tiny:guess")
      #expect(verb.status == .notFound)
      #expect(try error(verb).contains(":predict"))
      let none = try await post(client, body, to: "/v1/models/tiny")
      #expect(none.status == .methodNotAllowed)
      #expect(none.headers[.allow] == "GET, HEAD")
      let deleted = try await client.send(.delete, Self.path)
      #expect(deleted.status == .methodNotAllowed)
      _ = try error(deleted)
      let elsewhere = try await client.get("/v1/nothing")
      #expect(elsewhere.status == .notFound)
      _ = try error(elsewhere)
      #expect(try await post(client, body, to: "/v1/models/%FF:predict").status == .badRequest)
      // Gaze's own routes keep their form.
      #expect(try await client.get("/api/nothing").errorCode == "not_found")
    }
  }

  @Test func anEncodedColonAndAnotherModelWork() async throws {
    try await withService { client in
      let body = #"{"instances":[{"b64":"\#(Self.base64())"}]}"#
      for path in ["/v1/models/tiny%3Apredict", "/v1/models/t%69ny:predict", "/v1/models/tiny:PREDICT"] {
        #expect(try await post(client, body, to: path).status == .ok)
      }
      let other = try await post(client, body, to: "/v1/models/other:predict")
      let prediction = try #require(try other.object["predictions"] as? [[String: Any]])[0]
      #expect((prediction["PROBABILITIES"] as? [Double])?.count == 7)
    }
  }

  @Test func withoutAnyModelTheServiceIsUnavailable() async throws {
    try await withService(models: TinyModels([:])) { client in
      let response = try await post(client, #"{"instances":[{"b64":"\#(Self.base64())"}]}"#)
      #expect(response.status == .serviceUnavailable)
      #expect(try error(response).contains("no model yet"))
    }
  }

  @Test func theStatusIsTensorFlowServingsAndKServes() async throws {
    try await withService { client in
      let response = try await client.get("/v1/models/tiny")
      #expect(response.status == .ok)
      #expect(
        response.text
          == #"{"model_version_status":[{"state":"AVAILABLE","status":{"error_code":"OK","error_message":""},"version":"1"}],"name":"tiny","ready":true}"#
      )
      let unknown = try await client.get("/v1/models/nosuch")
      #expect(unknown.status == .notFound)
      #expect(try error(unknown).contains("There is no model 'nosuch'"))
    }
  }
}
