import HTTPTypes
import Serving
import Testing

@testable import Web

/// What clients get wrong around a picture, and what they are told.
@Suite struct RequestFaultsTests {
  /// What axios sends, and its neighbours: the first type that is named wins over a wildcard of the same quality.
  @Test(arguments: [
    ("application/json, text/plain, */*", "application/json"),
    ("text/plain, application/x-npy, */*", "application/x-npy"),
    ("*/*", "image/png"), ("application/json;q=0.5, */*", "image/png"),
    ("image/*, application/json", "application/json"),
    ("application/json;q=0.5, */*;q=0.1", "application/json"),
  ])
  func theTypeThatIsNamedFirstIsAnswered(accept: String, type: String) async throws {
    try await withService { client in
      let response = try await client.send(
        .post, "/api/explain?class=7", body: TestImage.png(), headers: [.accept: accept])
      #expect(response.headers[.contentType] == type)
    }
  }

  @Test(arguments: [("gzip", 415), ("br", 415), ("deflate", 415), ("identity", 200)])
  func aCompressedBodyIsNamed(encoding: String, status: Int) async throws {
    try await withService { client in
      let response = try await client.send(
        .post, "/api/explain?class=7", body: TestImage.png(), headers: [.contentEncoding: encoding])
      #expect(response.status.code == status)
      guard status != 200 else { return }
      #expect(try response.errorCode == "unsupported_encoding" && response.errorMessage.contains(encoding))
    }
  }

  @Test func aBodyThatCurlSpoiledIsToldHowToSendItWhole() async throws {
    let headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
    try await withService { client in
      // --data-binary sends the same Content-Type and the whole file.
      #expect(try await client.send(.post, "/api/explain", body: TestImage.png(), headers: headers).status == .ok)
      let spoiled = TestImage.png().filter { ![0x00, 0x0A, 0x0D].contains($0) }
      let response = try await client.send(.post, "/api/explain", body: spoiled, headers: headers)
      #expect(try response.errorMessage.contains("--data-binary"))
      let other = try await client.send(.post, "/api/explain", body: spoiled)
      #expect(try !other.errorMessage.contains("--data-binary"))
    }
  }

  @Test(arguments: [("/api/analyses?modle=tiny", "modle"), ("/api/analyses?class=3", "class")])
  func aParameterThatMeansNothingIsRefusedByItsName(path: String, field: String) async throws {
    try await withService { client in
      let response = try await client.send(.post, path, body: TestImage.png())
      #expect(response.status == .badRequest)
      let error = try response.object["error"] as? [String: Any]
      #expect(error?["field"] as? String == field)
    }
  }

  /// Nothing is looked up by a text of any length.
  @Test(arguments: ["class", "against", "layer", "method", "classes"])
  func aLongValueIsRefusedBeforeAnythingIsLookedUp(field: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let text = String(repeating: "qzx+", count: 4000)
      let response = try await client.get("/api/analyses/\(id)/heatmap.png?\(field)=\(text)")
      #expect(response.status == .badRequest)
      #expect(try response.errorMessage.contains("too long"))
    }
  }
}
