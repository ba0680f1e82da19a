import Explain
import Foundation
import HTTPTypes
import Models
import Serving
import TestSupport
import Testing

@testable import Web

/// Bodies of TensorFlow Serving, KServe V1 and Vertex AI.
enum Instances {
  static func base64(_ image: [UInt8] = TestImage.png()) -> String { Data(image).base64EncodedString() }

  /// - Parameters:
  ///   - list: the member that has the instances.
  ///   - more: further members, as JSON.
  static func body(_ images: [[UInt8]] = [TestImage.png()], in list: String = "instances", _ more: String = "")
    -> [UInt8]
  {
    let instances = images.map { #"{"bytes":{"b64":"\#(base64($0))"}}"# }.joined(separator: ",")
    return Array(#"{"\#(list)":[\#(instances)]\#(more.isEmpty ? "" : ",")\#(more)}"#.utf8)
  }
}

@Suite("Model servers' addresses") struct ModelServingTests {
  private func error(_ response: TestResponse) throws -> String {
    #expect(response.headers[.contentType] == "application/json")
    let object = try response.object
    #expect(Array(object.keys) == ["error"])
    return try #require(object["error"] as? String)
  }

  // MARK: TensorFlow Serving

  @Test func versionsLabelsAndCaseNameTheSameModel() async throws {
    try await withService { client in
      let expected = try await client.send(.post, "/v1/models/tiny:predict", body: Instances.body()).text
      #expect(expected.hasPrefix(#"{"predictions":[{"CLASSES":"#))
      for path in [
        "/v1/models/tiny/versions/1:predict", "/v1/models/tiny/labels/stable:predict",
        "/v1/models/tiny/labels/latest:predict", "/V1/Models/tiny:Predict", "/v1/MODELS/tiny/Versions/1:PREDICT",
        "/v1/models/tiny/LABELS/stable%3Apredict",
      ] {
        let response = try await client.send(.post, path, body: Instances.body())
        #expect(response.text == expected, "\(path)")
      }
      let status = try await client.get("/v1/models/tiny").text
      for path in ["/v1/models/tiny/versions/1", "/v1/models/tiny/labels/stable", "/V1/models/tiny/VERSIONS/1"] {
        #expect(try await client.get(path).text == status, "\(path)")
      }
    }
  }

  @Test(arguments: [
    ("/v1/models/tiny/versions/2:predict", "has no version '2'"),
    ("/v1/models/tiny/versions/one:predict", "has no version 'one'"),
    ("/v1/models/tiny/labels/canary:predict", "stable and latest stand for its one version"),
    ("/v1/models/TINY:predict", "There is no model 'TINY'"),
    ("/v1/models/tiny:predict/versions/1", "nothing at this address"),
    ("/v1/nothing", "nothing at this address"), ("/v1", "nothing at this address"),
  ])
  func whatIsNotThereIs404(path: String, words: String) async throws {
    try await withService { client in
      let response = try await client.send(.post, path, body: Instances.body())
      #expect(response.status == .notFound)
      let message = try error(response)
      #expect(message.contains(words), "\(message)")
    }
  }

  @Test func unknownVersionsHaveNoStatusEither() async throws {
    try await withService { client in
      for path in ["versions/2", "labels/canary", "versions/2/metadata"] {
        let response = try await client.get("/v1/models/tiny/\(path)")
        #expect(response.status == .notFound)
      }
      let unknown = try await client.get("/v1/models/nosuch/metadata")
      #expect(unknown.status == .notFound)
      let asked = try await client.get("/v1/models/tiny:predict")
      #expect(asked.headers[.allow] == "POST")
      let posted = try await client.send(.post, "/v1/models/tiny/versions/1", body: [])
      #expect(posted.headers[.allow] == "GET, HEAD")
    }
  }

  @Test func classificationsAreTheMostLikelyClasses() async throws {
    try await withService { client in
      let images = [TestImage.png(), TestImage.png(seed: 2)]
      for list in ["examples", "instances"] {
        let response = try await client.send(
          .post, "/v1/models/tiny:classify", body: Instances.body(images, in: list, #""parameters":{"top":3}"#))
        let results = try #require(try response.object["results"] as? [[[Any]]])
        #expect(results.map(\.count) == [3, 3])
        for (image, result) in zip(images, results) {
          let analysis = try await client.send(.post, "/api/analyses?top=3", body: image).object
          let expected = try #require(analysis["predictions"] as? [[String: Any]])
          #expect(result.map { $0[0] as? String } == expected.map { $0["label"] as? String })
          #expect(result.map { $0[1] as? Double } == expected.map { $0["probability"] as? Double })
        }
      }
      let five = try await client.send(.post, "/v1/models/tiny:classify", body: Instances.body())
      #expect(try (five.object["results"] as? [[[Any]]])?[0].count == 5)
    }
  }

  @Test(arguments: [
    (Instances.body(in: "inputs"), "Missing 'instances' or 'examples' key"),
    (Instances.body(in: "examples", #""context":{"a":1}"#), "There is no member 'context' here"),
    (Instances.body(in: "examples", #""parameters":{"top":41}"#), "'top' must be a whole number from 1 to 40"),
  ])
  func whatCannotBeClassifiedIsToldWhatWouldWork(body: [UInt8], words: String) async throws {
    try await withService { client in
      let response = try await client.send(.post, "/v1/models/tiny:classify", body: body)
      #expect(response.status == .badRequest)
      let message = try error(response)
      #expect(message.contains(words), "\(message)")
    }
  }

  @Test func classifiersDoNotRegress() async throws {
    try await withService { client in
      let response = try await client.send(.post, "/v1/models/tiny:regress", body: Instances.body(in: "examples"))
      #expect(response.status == .badRequest)
      #expect(try error(response).contains("classifiers"))
    }
  }

  @Test func metadataIsOneSignature() async throws {
    try await withService { client in
      let expected =
        #"{"metadata":{"signature_def":{"signature_def":{"serving_default":{"inputs":{"bytes":{"dtype":"DT_STRING","#
        + #""name":"bytes:0","tensor_shape":{"dim":[{"name":"","size":"-1"}],"unknown_rank":false}}},"#
        + #""method_name":"tensorflow/serving/predict","outputs":{"CLASSES":{"dtype":"DT_INT64","name":"CLASSES:0","#
        + #""tensor_shape":{"dim":[{"name":"","size":"-1"}],"unknown_rank":false}},"PROBABILITIES":{"dtype":"DT_FLOAT","#
        + #""name":"PROBABILITIES:0","tensor_shape":{"dim":[{"name":"","size":"-1"},{"name":"","size":"40"}],"#
        + #""unknown_rank":false}}}}}}},"model_spec":{"name":"tiny","signature_name":"","version":"1"}}"#
      for path in ["", "/versions/1", "/labels/stable"] {
        let response = try await client.get("/v1/models/tiny\(path)/metadata")
        #expect(response.text == expected)
      }
      let shouted = try await client.get("/v1/models/tiny/METADATA")
      #expect(shouted.text == expected)
    }
  }

  // MARK: KServe V1

  @Test func theModelsAreListed() async throws {
    try await withService { client in
      let response = try await client.get("/v1/models")
      #expect(response.headers[.contentType] == "application/json")
      #expect(response.text == #"{"models":["other","tiny"]}"#)
    }
  }

  @Test(arguments: [
    ("", #""parameters":{}"#), ("class=7&method=layercam", #""parameters":{"class":7.0,"method":"layercam"}"#),
    ("class=7&against=3&resolution=input", #""parameters":{"class":"kind 7","against":3,"resolution":"input"}"#),
    ("classes=7,3&include=picture&side=64", #""parameters":{"classes":[7,3],"include":"picture","side":64}"#),
    ("method=rise&masks=20&seed=3&top=2", #""parameters":{"method":"rise","masks":20,"seed":3,"top":2}"#),
  ])
  func explanationsAreThoseOfTheOwnInterface(query: String, parameters: String) async throws {
    try await withService { client in
      let images = (1...3).map { TestImage.png(seed: UInt64($0)) }
      let path = "/v1/models/tiny:explain"
      let response = try await client.send(.post, path, body: Instances.body(images, parameters))
      #expect(response.status == .ok, "\(response.text)")
      #expect(response.headers[.contentType] == "application/json")
      #expect(Array(try response.object.keys) == ["explanations"])
      let explanations = try #require(try response.object["explanations"] as? [NSDictionary])
      #expect(explanations.count == 3)
      for (image, explanation) in zip(images, explanations) {
        let own = try await client.send(
          .post, "/api/explain?\(query)", body: image, headers: [.accept: "application/json"])
        #expect(try own.object as NSDictionary == explanation)
      }
      // What stands in the query means the same.
      let asked = try await client.send(.post, "\(path)?\(query)", body: Instances.body(images))
      #expect(asked.text == response.text)
    }
  }

  @Test(arguments: [
    ("", #""parameters":{"clas":7}"#, HTTPResponse.Status.badRequest, "clas"),
    ("", #""parameters":{"class":"nosuch"}"#, .notFound, "nosuch"),
    ("class=7", #""parameters":{"class":7}"#, .badRequest, "given 2 times"),
    ("", #""parameters":{"model":"other"}"#, .badRequest, "The model stands in the address"),
    ("", #""inputs":[]"#, .badRequest, "There is no member 'inputs' here. There are instances, parameters"),
    ("", #""parameters":{"method":"rise","masks":100000}"#, .badRequest, "masks"),
    ("method=rise&mask=7", "", .badRequest, "mask"),
  ])
  func parametersAreUsedOrRefused(
    query: String, more: String, status: HTTPResponse.Status, words: String
  ) async throws {
    try await withService { client in
      let response = try await client.send(
        .post, "/v1/models/tiny:explain?\(query)", body: Instances.body([TestImage.png()], more))
      #expect(response.status == status)
      let message = try error(response)
      #expect(message.contains(words), "\(message)")
    }
  }

  @Test func theCostOfAllImagesIsToldBeforeTheFirstMap() async throws {
    let models = TinyModels()
    try await withService(models: models, configuration: [.set(\.limits.maximumPasses, 100)]) { client in
      let parameters = #""parameters":{"method":"rise","masks":40}"#
      let two = Instances.body([TestImage.png(), TestImage.png(seed: 2)], parameters)
      #expect(try await client.send(.post, "/v1/models/tiny:explain", body: two).status == .ok)
      let before = models.passes.count
      let three = Instances.body((1...3).map { TestImage.png(seed: $0) }, parameters)
      let response = try await client.send(.post, "/v1/models/tiny:explain", body: three)
      #expect(response.status == .badRequest)
      #expect(try error(response).contains("the limit of a request is 100"))
      #expect(models.passes.count - before == 1)
    }
  }

  @Test func aBrokenImageNamesItsPlaceAndTheNumberIsBounded() async throws {
    try await withService(configuration: [.set(\.limits.maximumInstances, 3)]) { client in
      let broken = Array(TestImage.png().prefix(900))
      let response = try await client.send(
        .post, "/v1/models/tiny:explain", body: Instances.body([TestImage.png(), broken]))
      #expect(response.status == .badRequest)
      #expect(try error(response).hasPrefix("instances[1]: The PNG file is broken"))
      let four = try await client.send(
        .post, "/v1/models/tiny:explain", body: Instances.body(Array(repeating: TestImage.png(), count: 4)))
      #expect(four.status == .contentTooLarge)
      let large = try await client.send(
        .post, "/v1/models/tiny:explain",
        body: Instances.body(
          [TestImage.png(width: 700, height: 800), TestImage.png(width: 700, height: 800)],
          #""parameters":{"resolution":"image"}"#))
      #expect(large.status == .contentTooLarge)
      #expect(try error(large).contains("numbers"))
    }
  }

  @Test func whoLeavesIsNotExplainedFor() async throws {
    let models = TinyModels()
    // Far more passes than are done before the client is seen to leave.
    let limit = Change.set(\.limits.maximumPasses, 1_000_000)
    try await withService(models: models, reach: .socket, configuration: [limit]) { client in
      let images = Array(repeating: TestImage.png(), count: 30)
      let body = Instances.body(images, #""parameters":{"method":"rise","masks":10000}"#)
      let socket = try PlainSocket(port: client.port)
      let head = "POST /v1/models/tiny:explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\r\n"
      try socket.send(Array(head.utf8) + body)
      try await client.wait(for: "gaze_forward_passes_total") { $0 > 30 }
      socket.reset()
      let left = #"gaze_requests_total{route="/v1/models/{model}",method="POST",status="499"}"#
      try await client.wait(for: left) { $0 == 1 }
      try await client.wait(for: "gaze_compute_slots_busy") { $0 == 0 }
      #expect(models.passes.count < 300_000)
    }
  }

  @Test func theServerLives() async throws {
    try await withService { client in
      for accept in ["*/*", "application/json"] {
        let response = try await client.get("/", headers: [.accept: accept])
        #expect(response.text == #"{"status":"alive"}"#)
      }
      let page = try await client.get("/", headers: [.accept: "text/html"])
      #expect(page.text.contains("<!doctype html>"))
    }
  }
}
