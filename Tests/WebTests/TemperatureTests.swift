import Foundation
import HTTPTypes
import Testing

@testable import Web

@Suite("A model with a temperature, served") struct ServedTemperatureTests {
  private static let temperature = 0.125

  private func predictions(_ answer: TestResponse) throws -> [Int: (logit: Double, probability: Double)] {
    let entries = try #require(try answer.object["predictions"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: try entries.map {
        (
          try #require($0["index"] as? Int),
          (try #require($0["logit"] as? Double), try #require($0["probability"] as? Double))
        )
      })
  }

  private static func softmax(_ logits: [Int: Double], by temperature: Double) -> [Int: Double] {
    let powers = logits.mapValues { exp($0 / temperature) }
    let sum = powers.values.reduce(0, +)
    return powers.mapValues { $0 / sum }
  }

  @Test func everyProbabilityIsByTheTemperatureAndEveryLogitRaw() async throws {
    let image = TestImage.png()
    nonisolated(unsafe) var plain: [Int: (logit: Double, probability: Double)] = [:]
    try await withService { client in
      plain = try predictions(try await client.send(.post, "/api/analyses?top=40", body: image))
    }
    let expected = Self.softmax(plain.mapValues { $0.logit }, by: Self.temperature)
    #expect(plain.allSatisfy { abs($1.probability - expected[$0]!) < 1e-3 } == false)
    try await withService(models: TinyModels(temperature: Self.temperature)) { client in
      let analysis = try await client.send(.post, "/api/analyses?top=40", body: image)
      let stateless = try await client.send(
        .post, "/api/explain?top=40&class=5", body: image, headers: [.accept: "application/json"])
      for answer in [analysis, stateless] {
        let served = try predictions(answer)
        #expect(served.count == 40)
        for (index, prediction) in served {
          #expect(prediction.logit == plain[index]?.logit)
          #expect(abs(prediction.probability - expected[index]!) < 1e-6)
        }
      }
      let explained = try #require(try stateless.object["class"] as? [String: Any])
      #expect(abs(try #require(explained["probability"] as? Double) - expected[5]!) < 1e-6)
      let receipt = try #require(try stateless.object["receipt"] as? [String: Any])
      #expect((receipt["model"] as? [String: Any])?["temperature"] as? Double == Self.temperature)

      let instance = Data(image).base64EncodedString()
      let predict = try await client.send(
        .post, "/v1/models/tiny:predict", body: Array(#"{"instances":[{"b64":"\#(instance)"}]}"#.utf8),
        headers: [.contentType: "application/json"])
      let row = try #require(try predict.object["predictions"] as? [[String: Any]])[0]
      for (index, probability) in try #require(row["PROBABILITIES"] as? [Double]).enumerated() {
        #expect(abs(probability - expected[index]!) < 1e-6)
      }

      let id = try #require(try analysis.object["id"] as? String)
      let page = try await client.get("/analyses/\(id)", headers: [.accept: "text/html"]).text
      let top = try #require(expected.values.max())
      #expect(page.contains(String(format: "width=\"%.2f\"", 100 * top)), "\(top)")
    }
  }

  @Test func theModelTellsIt() async throws {
    try await withService(models: TinyModels(temperature: Self.temperature)) { client in
      let model = try await client.get("/api/models/tiny").object
      #expect(model["temperature"] as? Double == Self.temperature)
      #expect((model["calibration"] as? [String: Any])?["images"] as? Int == 1)
      let list = try #require(try await client.get("/api/models").object["models"] as? [[String: Any]])
      #expect(list.allSatisfy { $0["temperature"] as? Double == Self.temperature })
    }
    try await withService { client in
      let model = try await client.get("/api/models/tiny").object
      #expect(model["temperature"] is NSNull && model["calibration"] is NSNull)
    }
  }
}
