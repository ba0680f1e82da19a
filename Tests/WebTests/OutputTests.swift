import Foundation
import HTTPTypes
import Models
import Testing

@testable import Web

@Suite("Models of sigmoids and of values, served") struct ServedOutputTests {
  private static let instance = #"{"b64":"\#(Data(TestImage.png()).base64EncodedString())"}"#
  private static let values = TinyModels(["tiny": 1], output: .value, unit: "mm")
  private static let sigmoids = TinyModels(["tiny": 7], temperature: 2, output: .sigmoid)

  private func post(_ client: Client, _ path: String, _ body: String) async throws -> TestResponse {
    try await client.send(.post, path, body: Array(body.utf8), headers: [.contentType: "application/json"])
  }

  private static func sigmoid(_ logit: Double) -> Double { 1 / (1 + exp(-logit / 2)) }

  @Test func sigmoidsAreProbabilitiesOfTheirOwn() async throws {
    try await withService(models: Self.sigmoids) { client in
      let analysis = try await client.send(.post, "/api/analyses?top=7", body: TestImage.png()).object
      #expect(analysis["output"] as? String == "sigmoid")
      let predictions = try #require(analysis["predictions"] as? [[String: Any]])
      #expect(predictions.count == 7)
      var told: [Int: Double] = [:]
      for prediction in predictions {
        let (logit, probability) = (prediction["logit"] as? Double, prediction["probability"] as? Double)
        #expect(abs(try #require(probability) - Self.sigmoid(try #require(logit))) < 1e-6)
        #expect(prediction["value"] == nil)
        told[try #require(prediction["index"] as? Int)] = probability
      }
      #expect(abs(told.values.reduce(0, +) - 1) > 0.1)

      let predict = try await post(client, "/v1/models/tiny:predict", #"{"instances":[\#(Self.instance)]}"#).object
      let row = try #require((predict["predictions"] as? [[String: Any]])?.first)
      for (index, probability) in try #require(row["PROBABILITIES"] as? [Double]).enumerated() {
        #expect(abs(probability - told[index]!) < 1e-6)
      }
      let labels = try await client.send(.post, "/hf/tiny", body: TestImage.png())
      let list = try #require(JSONSerialization.jsonObject(with: Data(labels.bytes)) as? [[String: Any]])
      #expect(abs(try #require(list[0]["score"] as? Double) - told.values.max()!) < 1e-6)
      let softmax = try await post(
        client, "/hf/tiny",
        #"{"inputs":"\#(Data(TestImage.png()).base64EncodedString())","parameters":{"function_to_apply":"softmax"}}"#)
      #expect(softmax.status == .badRequest)
    }
  }

  @Test func valuesAreToldAsTheyAre() async throws {
    try await withService(models: Self.values) { client in
      let model = try await client.get("/api/models/tiny").object
      #expect(model["output"] as? String == "value" && model["unit"] as? String == "mm")
      let answer = try await client.send(.post, "/api/analyses", body: TestImage.png())
      let analysis = try answer.object
      #expect(analysis["output"] as? String == "value")
      let prediction = try #require((analysis["predictions"] as? [[String: Any]])?.first)
      let value = try #require(prediction["value"] as? Double)
      #expect(prediction["logit"] as? Double == value && prediction["unit"] as? String == "mm")
      #expect(prediction["probability"] == nil)

      let id = try #require(analysis["id"] as? String)
      let page = try await client.get("/analyses/\(id)", headers: [.accept: "text/html"]).text
      #expect(page.contains("\(DisplayText.number(Float(value)))\u{A0}mm"))
      #expect(page.contains("1 value: kind 0."))
      let list = try #require(page.split(separator: "<ol id=\"predictions\"").last?.split(separator: "</ol>").first)
      #expect(!list.contains("%"))

      let contrast = try await client.get("/api/analyses/\(id)/saliency.json?class=0&against=0")
      #expect(contrast.status == .badRequest)
      #expect(try contrast.errorField == "against")
      let map = try await client.get("/api/analyses/\(id)/saliency.json?include=picture").object
      let receipt = try #require(map["receipt"] as? [String: Any])
      #expect((receipt["model"] as? [String: Any])?["output"] as? String == "value")
      #expect((receipt["display"] as? [String: Any])?["evidence"] as? String == "signed")

      let faithfulness = try await post(
        client, "/api/analyses/\(id)/faithfulness", #"{"metrics": ["deletion", "confidence"], "steps": 2}"#)
      #expect(faithfulness.status == .badRequest)
      #expect(try faithfulness.errorField == "metrics")
      let measured = try await post(client, "/api/analyses/\(id)/faithfulness", #"{"steps": 2}"#)
      let maps = try #require(try measured.object["maps"] as? [[String: Any]])
      #expect(maps[0]["deletion"] != nil && maps[0]["confidence"] == nil)
    }
  }

  @Test func protocolsHaveValuesUnderTheirNames() async throws {
    try await withService(models: Self.values) { client in
      let body = #"{"instances":[\#(Self.instance)]}"#
      let predict = try await post(client, "/v1/models/tiny:predict", body).object
      let row = try #require((predict["predictions"] as? [[String: Any]])?.first)
      let value = try #require((row["VALUES"] as? [Double])?.first)
      #expect(row["PROBABILITIES"] == nil && row["CLASSES"] == nil)
      let columns = try await post(
        client, "/v1/models/tiny:predict", #"{"inputs":{"bytes":[\#(Self.instance)]}}"#
      ).object
      #expect(columns["outputs"] as? [String: [[Double]]] == ["VALUES": [[value]]])
      let regress = try await post(client, "/v1/models/tiny:regress", body).object
      #expect(regress["results"] as? [Double] == [value])
      #expect(try await post(client, "/v1/models/tiny:classify", body).status == .badRequest)
      let signature = try await client.get("/v1/models/tiny/metadata").text
      #expect(signature.contains("VALUES") && !signature.contains("PROBABILITIES"))

      let text = Data(TestImage.png()).base64EncodedString()
      func infer(_ outputs: String) async throws -> TestResponse {
        try await post(
          client, "/v2/models/tiny/infer",
          #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["\#(text)"]}]\#(outputs)}"#)
      }
      let inferred = try await infer("").object
      let output = try #require((inferred["outputs"] as? [[String: Any]])?.first)
      #expect(output["name"] as? String == "values")
      #expect(output["data"] as? [Double] == [value])
      #expect(try await infer(#","outputs":[{"name":"probabilities"}]"#).status == .badRequest)
      let described = try #require(try await client.get("/v2/models/tiny").object["outputs"] as? [[String: Any]])
      #expect(described.compactMap { $0["name"] as? String } == ["saliency", "heatmap", "values"])

      let torchServe = try await client.send(.post, "/predictions/tiny", body: TestImage.png()).object
      #expect(torchServe["kind 0"] as? Double == value)
      let labels = try await client.send(.post, "/hf/tiny", body: TestImage.png())
      let list = try #require(JSONSerialization.jsonObject(with: Data(labels.bytes)) as? [[String: Any]])
      #expect(list[0]["score"] as? Double == value)
    }
    try await withService { client in
      let regress = try await post(client, "/v1/models/tiny:regress", #"{"instances":[\#(Self.instance)]}"#)
      #expect(regress.status == .badRequest)
      let described = try #require(try await client.get("/v2/models/tiny").object["outputs"] as? [[String: Any]])
      #expect(!described.contains { $0["name"] as? String == "values" })
    }
  }
}
