import Foundation
import HTTPTypes
import Testing

@testable import Web

@Suite("Vertex AI's container") struct VertexTests {
  private func container(_ environment: [String: String] = [:]) throws -> VertexContainer {
    try #require(try VertexContainer(environment: ["AIP_HTTP_PORT": "8080"].merging(environment) { $1 }))
  }

  private func withContainer(
    _ environment: [String: String] = [:], _ test: @Sendable (Client) async throws -> Void
  ) async throws {
    let container = try self.container(environment)
    try await withService(configuration: [Change { $0.take(container) }], test)
  }

  // MARK: The environment

  @Test func outsideOfVertexThereIsNone() throws {
    #expect(try VertexContainer(environment: ["PATH": "/bin", "AIP_PREDICT_ROUTE": ""]) == nil)
  }

  @Test(arguments: [
    ([:], "/predict", "/explain"),
    (["AIP_PREDICT_ROUTE": "/a/predict"], "/a/predict", "/a/explain"),
    (["AIP_PREDICT_ROUTE": "/guess"], "/guess", "/explain"),
    (
      ["AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict"], "/v1/endpoints/1/deployedModels/2:predict",
      "/v1/endpoints/1/deployedModels/2:explain"
    ),
    (["AIP_EXPLAIN_ROUTE": "/why"], "/predict", "/why"),
  ])
  func theRoutesFollowFromTheVariables(environment: [String: String], predict: String, explain: String) throws {
    let container = try self.container(environment)
    #expect(container.predictRoute == predict && container.explainRoute == explain && container.port == 8080)
  }

  @Test(arguments: [
    ["AIP_HTTP_PORT": "http"], ["AIP_HTTP_PORT": "0"], ["AIP_HTTP_PORT": "70000"], ["AIP_PREDICT_ROUTE": "predict"],
    ["AIP_PREDICT_ROUTE": "/a//b"], ["AIP_PREDICT_ROUTE": "/a?b"], ["AIP_PREDICT_ROUTE": "/:a"],
    ["AIP_PREDICT_ROUTE": "/*"], ["AIP_PREDICT_ROUTE": "/{a}"], ["AIP_HEALTH_ROUTE": "/a/"],
    ["AIP_EXPLAIN_ROUTE": "/predict"],
  ])
  func wrongVariablesAreErrors(environment: [String: String]) {
    #expect(throws: VertexError.self) { try container(environment) }
  }

  @Test func whatIsTakenIsNotGivenAway() async throws {
    for route in ["/api/analyses", "/api/batch"] {
      await #expect(throws: StartError.self) {
        try await withContainer(["AIP_PREDICT_ROUTE": route]) { _ in }
      }
    }
    // Whatever answers lives.
    try await withContainer(["AIP_HEALTH_ROUTE": "/healthz"]) { client in
      let response = try await client.get("/healthz")
      #expect(response.text == #"{"status":"ok"}"#)
    }
  }

  @Test func theContainerListensToVertexAlone() throws {
    var configuration = ServiceConfiguration()
    configuration.take(try container(["AIP_HTTP_PORT": "9090"]))
    #expect(configuration.host == "0.0.0.0" && configuration.port == 9090 && configuration.allowedHosts == ["*"])
  }

  // MARK: What it answers

  @Test(arguments: [
    (["AIP_HEALTH_ROUTE": "/health", "AIP_PREDICT_ROUTE": "/predict"], "/health", "/predict", "/explain"),
    (
      [
        "AIP_HEALTH_ROUTE": "/v1/endpoints/1/deployedModels/2:predict",
        "AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict",
      ], "/v1/endpoints/1/deployedModels/2:predict", "/v1/endpoints/1/deployedModels/2:predict",
      "/v1/endpoints/1/deployedModels/2:explain"
    ),
    (
      ["AIP_HEALTH_ROUTE": "/v1/models/mugs", "AIP_PREDICT_ROUTE": "/v1/models/mugs:predict"], "/v1/models/mugs",
      "/v1/models/mugs:predict", "/v1/models/mugs:explain"
    ),
  ])
  func itAnswersWhereVertexAsks(environment: [String: String], health: String, predict: String, explain: String)
    async throws
  {
    try await withContainer(environment) { client in
      #expect(try await client.get(health).status == .ok)
      let predictions = try await client.send(.post, predict, body: Instances.body())
      let own = try await client.send(.post, "/v1/models/tiny:predict", body: Instances.body())
      #expect(predictions.text == own.text)
      let explanations = try await client.send(.post, explain, body: Instances.body())
      #expect(explanations.status == .ok)
      #expect(Set(try explanations.object.keys) == ["deployedModelId", "explanations", "predictions"])
    }
  }

  private func attributions(
    _ client: Client, _ parameters: String, images: [[UInt8]] = [TestImage.png()]
  ) async throws -> [[[String: Any]]] {
    let response = try await client.send(
      .post, "/explain", body: Instances.body(images, #""parameters":{\#(parameters)}"#))
    #expect(response.status == .ok, "\(response.text)")
    let explanations = try #require(try response.object["explanations"] as? [[String: Any]])
    return try explanations.map { try #require($0["attributions"] as? [[String: Any]]) }
  }

  @Test func theErrorOfIntegratedGradientsIsTrue() async throws {
    try await withContainer { client in
      for steps in [1, 3, 50] {
        let all = try await attributions(
          client, #""method":"integrated-gradients","steps":\#(steps),"class":7"#,
          images: [TestImage.png(), TestImage.png(seed: 5)])
        for attributions in all {
          let one = try #require(attributions.first)
          #expect(
            Set(one.keys) == [
              "approximationError", "baselineOutputValue", "featureAttributions", "instanceOutputValue",
              "outputDisplayName", "outputIndex", "outputName",
            ])
          let rows = try #require((one["featureAttributions"] as? [String: Any])?["image"] as? [[Double]])
          #expect(rows.count == 29 && rows.allSatisfy { $0.count == 33 })
          let sum = rows.joined().reduce(0, +)
          let value = try #require(one["instanceOutputValue"] as? Double)
          let difference = value - (try #require(one["baselineOutputValue"] as? Double))
          let error = try #require(one["approximationError"] as? Double)
          #expect(abs(error - abs(sum - difference) / abs(difference)) < 1e-3)
          #expect(one["outputIndex"] as? [Int] == [7] && one["outputDisplayName"] as? String == "kind 7")
          #expect(one["outputName"] as? String == "logits")
        }
      }
    }
  }

  @Test func whatIsNotKnownIsLeftOut() async throws {
    try await withContainer { client in
      for parameters in [#""method":"grad-cam""#, #""method":"rise","masks":8"#, #""method":"saliency""#] {
        let one = try await attributions(client, parameters)[0][0]
        #expect(one["approximationError"] == nil && one["baselineOutputValue"] == nil)
      }
      // Magnitudes sum up to nothing, nor do values of another grid.
      for more in [#""channels":"l2""#, #""resolution":"image""#] {
        let one = try await attributions(client, #""method":"integrated-gradients","steps":3,\#(more)"#)[0][0]
        #expect(one["approximationError"] == nil && one["baselineOutputValue"] is Double)
      }
    }
  }

  @Test func vertexOwnNamesChooseClasses() async throws {
    try await withContainer { client in
      let images = [TestImage.png(), TestImage.png(seed: 2)]
      for (image, attributions) in zip(images, try await attributions(client, #""topK":3"#, images: images)) {
        let analysis = try await client.send(.post, "/api/analyses?top=3", body: image).object
        let expected = try #require(analysis["predictions"] as? [[String: Any]]).map { [$0["index"] as? Int] }
        #expect(attributions.map { $0["outputIndex"] as? [Int?] } == expected)
      }
      let chosen = try await attributions(client, #""outputIndices":[7,[3],39]"#)[0]
      #expect(chosen.map { $0["outputIndex"] as? [Int] } == [[7], [3], [39]])
      let one = try await attributions(client, #""class":"kind 5""#)[0]
      #expect(one.map { $0["outputIndex"] as? [Int] } == [[5]])
    }
  }

  @Test func thePictureComesBesideTheNumbers() async throws {
    try await withContainer { client in
      let one = try await attributions(client, #""include":"picture","side":64"#)[0][0]
      let features = try #require(one["featureAttributions"] as? [String: Any])
      let picture = try #require((features["picture_png"] as? String).flatMap { Data(base64Encoded: $0) })
      #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    }
  }

  @Test(arguments: [
    (#""parameters":{"topK":0}"#, "'topK' must be a whole number from 1 to 20"),
    (#""parameters":{"topK":2,"class":3}"#, "'topK' and 'class' both choose classes"),
    (#""parameters":{"outputIndices":[1],"topK":2}"#, "'topK' and 'outputIndices' both choose classes"),
    (#""parameters":{"outputIndices":["kind 1"]}"#, "'outputIndices' must be a list"),
    (#""parameters":{"outputIndices":[]}"#, "'outputIndices' must be a list"),
    (#""parameters":{"model":"other"}"#, "the model that it was started with"),
    (#""parameters":{"confidenceThreshold":0.5}"#, "confidenceThreshold"),
    (#""explanationSpecOverride":{}"#, "There is no member 'explanationSpecOverride' here"),
  ])
  func whatIsWrongIsToldInVertexForm(more: String, words: String) async throws {
    try await withContainer { client in
      let response = try await client.send(.post, "/explain", body: Instances.body([TestImage.png()], more))
      #expect(response.status == .badRequest)
      let message = try #require(try response.object["error"] as? String)
      #expect(message.contains(words), "\(message)")
      #expect(try await client.get("/explain").headers[.allow] == "POST")
      let wrongMethod = try await client.get("/explain").object
      #expect(wrongMethod["error"] is String)
    }
  }

  @Test func theDeployedModelIsNamed() async throws {
    try await withContainer(["AIP_DEPLOYED_MODEL_ID": "1234"]) { client in
      let answer = try await client.send(.post, "/explain", body: Instances.body()).object
      #expect(answer["deployedModelId"] as? String == "1234")
    }
    try await withContainer { client in
      let answer = try await client.send(.post, "/explain", body: Instances.body()).object
      #expect(answer["deployedModelId"] as? String == "tiny")
    }
  }
}
