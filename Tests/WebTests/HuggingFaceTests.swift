import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import Web

@Suite("Hugging Face's image classification") struct HuggingFaceTests {
  private func elements(_ response: TestResponse) throws -> [(label: String, score: Double)] {
    #expect(response.status == .ok && response.headers[.contentType] == "application/json")
    let list = try #require(try JSONSerialization.jsonObject(with: Data(response.bytes)) as? [[String: Any]])
    return try list.map { element in
      #expect(Set(element.keys) == ["label", "score"])
      return (try #require(element["label"] as? String), try #require(element["score"] as? Double))
    }
  }

  private func post(_ client: Client, _ json: String) async throws -> TestResponse {
    try await client.send(.post, "/hf/tiny", body: Array(json.utf8))
  }

  @Test func filesAreRecognisedWhateverTheirType() async throws {
    try await withService { client in
      let analysis = try await client.send(.post, "/api/analyses", body: TestImage.png()).object
      let expected = try #require(analysis["predictions"] as? [[String: Any]])
      for (path, type) in [
        ("/hf/tiny", nil), ("/hf/tiny", "image/jpeg"), ("/hf/tiny", "application/json"), ("/hf/models/tiny", nil),
        ("/hf/t%69ny", "application/octet-stream"),
      ] {
        let headers: HTTPFields = type.map { [.contentType: $0] } ?? [:]
        let answer = try elements(try await client.send(.post, path, body: TestImage.png(), headers: headers))
        #expect(answer.map(\.label) == expected.map { $0["label"] as? String })
        #expect(answer.map(\.score) == expected.map { $0["probability"] as? Double })
      }
    }
  }

  @Test func parametersSayHowManyClassesAndWhatBecomesOfTheLogits() async throws {
    try await withService { client in
      let analysis = try await client.send(.post, "/api/analyses?top=40", body: TestImage.png()).object
      let expected = try #require(analysis["predictions"] as? [[String: Any]])
      let logits = expected.map { $0["logit"] as? Double ?? .nan }
      let base64 = OpenInference.base64()
      func answer(_ parameters: String) async throws -> [(label: String, score: Double)] {
        try elements(try await post(client, #"{"inputs":"\#(base64)","parameters":\#(parameters)}"#))
      }
      #expect(try await answer(#"{"top_k":3}"#).count == 3)
      #expect(try await answer(#"{"top_k":1000}"#).count == 40)
      #expect(try await answer(#"{"top_k":null,"function_to_apply":null}"#).count == 5)
      #expect(try await answer(#"{"function_to_apply":"none","top_k":40}"#).map(\.score) == logits)
      let softmax = try await answer(#"{"function_to_apply":"softmax"}"#).map(\.score)
      #expect(softmax == expected.prefix(5).map { $0["probability"] as? Double })
      for (score, logit) in zip(try await answer(#"{"function_to_apply":"sigmoid","top_k":40}"#).map(\.score), logits) {
        #expect(abs(score - 1 / (1 + exp(-logit))) < 1e-6)
      }
    }
  }

  @Test(arguments: [
    ("{", 400, "begins as JSON"), ("{}", 400, "must have 'inputs'"),
    (#"{"inputs":"*!*!"}"#, 400, "inputs: this is not the Base64"),
    (#"{"inputs":"IMAGE","parameters":{"top_k":0}}"#, 400, "'parameters.top_k' must be a number of classes"),
    (#"{"inputs":"IMAGE","parameters":{"top_k":1.5}}"#, 400, "'parameters.top_k' must be a whole number"),
    (#"{"inputs":"IMAGE","parameters":{"function_to_apply":"tanh"}}"#, 400, "one of softmax, sigmoid, none"),
    (#"{"inputs":"IMAGE","parameters":{"topk":3}}"#, 400, "has a member 'topk'"),
    (#"{"inputs":"IMAGE","options":{}}"#, 400, "has a member 'options'"), ("hello", 415, "not an image"),
  ])
  func errorsAreATextUnderError(body: String, status: Int, sentence: String) async throws {
    try await withService { client in
      let response = try await post(client, body.replacing("IMAGE", with: OpenInference.base64()))
      #expect(Int(response.status.code) == status, "\(response.text)")
      let error = try OpenInference.error(response)
      #expect(error.contains(sentence) || error.hasPrefix(sentence), "\(error)")
      #expect(!error.hasPrefix("instances"))
    }
  }

  @Test func whatIsNotThereIsTold() async throws {
    try await withService { client in
      let unknown = try await client.send(.post, "/hf/nosuch", body: TestImage.png())
      #expect(unknown.status == .notFound)
      #expect(try OpenInference.error(unknown).contains("other, tiny"))
      for (method, path, status) in [(.get, "/hf/tiny", 405), (.get, "/hf", 404), (.post, "/hf/tiny?class=7", 400)]
        as [(HTTPRequest.Method, String, Int)]
      {
        let response = try await client.send(method, path, body: TestImage.png())
        #expect(Int(response.status.code) == status)
        _ = try OpenInference.error(response)
      }
    }
  }
}
