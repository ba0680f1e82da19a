import Foundation
import HTTPTypes
import Hummingbird
import Images
import Models
import Networks
import Testing

@testable import Web

@Suite("TorchServe's interface") struct TorchServeTests {
  /// An error has TorchServe's members and Gaze's.
  private func error(_ response: TestResponse, type: String) throws -> String {
    #expect(response.headers[.contentType] == "application/json")
    let object = try response.object
    #expect(Set(object.keys) == ["code", "error", "message", "type"])
    #expect(object["code"] as? Int == Int(response.status.code))
    #expect(object["type"] as? String == type, "\(response.text)")
    let message = try #require(object["message"] as? String)
    #expect(try response.errorMessage == message)
    return message
  }

  @Test func predictionsAreTheFiveLikeliestClassesInOrder() async throws {
    try await withService { client in
      let analysis = try await client.send(.post, "/api/analyses?top=40", body: TestImage.png()).object
      let expected = try #require(analysis["predictions"] as? [[String: Any]])
      var form = TestForm()
      form.add("data", file: TestImage.png())
      form.end()
      let base64 = OpenInference.base64()
      let answers = [
        try await client.send(.post, "/predictions/tiny", body: TestImage.png()),
        try await client.send(.put, "/predictions/tiny", body: TestImage.png()),
        try await client.send(.post, "/predictions/tiny/1.0", body: TestImage.png()),
        try await client.send(
          .post, "/predictions/tiny", body: form.bytes, headers: [.contentType: TestForm.contentType]),
        try await client.send(.post, "/predictions/tiny", body: Array(#"{"data":"\#(base64)"}"#.utf8)),
        try await client.send(.post, "/predictions/tiny", body: Array(#" {"body":"\#(base64)"}"#.utf8)),
      ]
      for answer in answers {
        #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
        #expect(answer.text == answers[0].text)
        let object = try answer.object
        #expect(object.count == 5)
        for entry in expected.prefix(5) {
          let label = try #require(entry["label"] as? String)
          #expect(object[label] as? Double == entry["probability"] as? Double)
        }
      }
      // In the text the likeliest stands first.
      let places = try expected.prefix(5).map { entry in
        let label = try encodeJSON([try #require(entry["label"] as? String)]).dropFirst().dropLast()
        return try #require(answers[0].text.range(of: String(decoding: label, as: UTF8.self))).lowerBound
      }
      #expect(places == places.sorted())
      let all = try await client.send(.post, "/predictions/tiny?top=40", body: TestImage.png())
      #expect(try all.object.count == 40)
    }
  }

  /// No class is lost where a label stands twice in a model's list.
  @Test func labelsThatStandTwiceAreToldApart() {
    let names = UniqueNames(
      Labels(["crane", "maillot", "crane", "crane (0)"].enumerated().map { ClassLabel(index: $0, name: $1) }))
    #expect((0..<4).map { names[$0] } == ["crane (0) (0)", "maillot", "crane (2)", "crane (0)"])
    let imageNet = UniqueNames(.imageNet)
    #expect(Set(Labels.imageNet.classes.map { imageNet[$0.index] }).count == 1000)
    #expect(imageNet[134] == "crane bird" && imageNet[517] == "crane" && imageNet[281] == "tabby")
  }

  /// [batch, maps, H, W], with the numbers of the service's own interface.
  @Test(arguments: [
    "", "class=7", "method=integrated-gradients&steps=8&class=0&resolution=input", "method=rise&masks=32",
  ])
  func explanationsAreTheServicesMaps(query: String) async throws {
    try await withService { client in
      let response = try await client.send(.post, "/explanations/tiny?\(query)", body: TestImage.png())
      #expect(response.status == .ok && response.headers[.contentType] == "application/json")
      let map = try #require(try JSONSerialization.jsonObject(with: Data(response.bytes)) as? [[[[Double]]]])
      let own = try await client.send(
        .post, "/api/explain?\(query)", body: TestImage.png(), headers: [.accept: "application/json"])
      #expect(map.count == 1 && map[0].count == 1)
      #expect(try map[0][0] == own.object["values"] as? [[Double]])
    }
  }

  @Test func severalClassesAreSeveralMaps() async throws {
    try await withService { client in
      let response = try await client.send(.put, "/explanations/tiny/1.0?classes=7,5,3", body: TestImage.png())
      let maps = try #require(try JSONSerialization.jsonObject(with: Data(response.bytes)) as? [[[[Double]]]])
      #expect(maps.count == 1 && maps[0].count == 3)
      let alone = try await client.send(.post, "/explanations/tiny?class=5", body: TestImage.png())
      #expect(
        try JSONSerialization.jsonObject(with: Data(alone.bytes)) as? [[[[Double]]]] == [[maps[0][1]]])
    }
  }

  @Test func modelsAreListedAndDescribed() async throws {
    try await withService { client in
      #expect(try await client.get("/ping").text == #"{"status":"Healthy"}"#)
      let list = try #require(try await client.get("/models").object["models"] as? [[String: String]])
      #expect(list.map { $0["modelName"] } == ["other", "tiny"])
      let answer = try await client.get("/models/tiny")
      let model = try #require(
        (try JSONSerialization.jsonObject(with: Data(answer.bytes)) as? [[String: Any]])?.first)
      #expect(model["modelName"] as? String == "tiny" && model["modelVersion"] as? String == "1.0")
      #expect((model["workers"] as? [[String: String]])?.map { $0["status"] } == ["READY"])
    }
  }

  @Test func errorsHaveTorchServesMembers() async throws {
    try await withService { client in
      let image = TestImage.png()
      for path in ["/predictions/nosuch", "/explanations/nosuch", "/predictions/nosuch/1.0"] {
        let unknown = try await client.send(.post, path, body: image)
        #expect(unknown.status == .notFound)
        #expect(try error(unknown, type: "ModelNotFoundException").contains("other, tiny"))
      }
      #expect(try await client.get("/models/nosuch").status == .notFound)
      let version = try await client.send(.post, "/predictions/tiny/2.0", body: image)
      #expect(try error(version, type: "ResourceNotFoundException").contains("no version '2.0'"))
      let empty = try await client.send(.post, "/predictions/tiny")
      #expect(empty.status == .badRequest)
      _ = try error(empty, type: "BadRequestException")
      let text = try await client.send(.post, "/predictions/tiny", body: Array("no image".utf8))
      #expect(text.status == .unsupportedMediaType)
      #expect(try !error(text, type: "BadRequestException").hasPrefix("instances"))
      for body in ["{", #"{"data":"*!*!"}"#, #"{"image":"AAAA"}"#, "{}", #"{"data":"AAAA","body":"AAAA"}"#] {
        let response = try await client.send(.post, "/predictions/tiny", body: Array(body.utf8))
        #expect(response.status == .badRequest, "\(body)")
        _ = try error(response, type: "BadRequestException")
      }
      for query in ["clas=7", "top=3", "model=other", "resolution=image", "steps=5", "include=picture"] {
        let response = try await client.send(.post, "/explanations/tiny?\(query)", body: image)
        #expect(response.status == .badRequest, "\(query)")
        _ = try error(response, type: "BadRequestException")
      }
      let unknownClass = try await client.send(.post, "/explanations/tiny?class=nosuch", body: image)
      #expect(unknownClass.status == .notFound)
      _ = try error(unknownClass, type: "ResourceNotFoundException")
      #expect(try await client.send(.post, "/predictions/tiny?class=7", body: image).status == .badRequest)
      let method = try await client.get("/predictions/tiny")
      #expect(method.status == .methodNotAllowed)
      _ = try error(method, type: "MethodNotAllowedException")
      _ = try error(try await client.get("/explanations"), type: "ResourceNotFoundException")
    }
  }
}
