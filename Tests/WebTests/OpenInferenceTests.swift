import Foundation
import HTTPTypes
import Hummingbird
import Images
import Models
import Serving
import Testing

@testable import Web

/// A request and an answer of the protocol with binary tensors.
enum OpenInference {
  static let path = "/v2/models/tiny/infer"
  static let lengthField = HTTPField.Name("Inference-Header-Content-Length")!

  static func base64(_ image: [UInt8] = TestImage.png()) -> String { Data(image).base64EncodedString() }

  /// An element of a BYTES tensor.
  static func element(_ bytes: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt32(bytes.count).littleEndian) { Array($0) } + bytes
  }

  static func post(_ client: Client, _ json: String, to path: String = path) async throws -> TestResponse {
    try await client.send(.post, path, body: Array(json.utf8), headers: [.contentType: "application/json"])
  }

  /// Images in JSON, and what else the request has, as JSON members.
  static func ask(
    _ client: Client, _ images: [[UInt8]] = [TestImage.png()], _ rest: String = "", to path: String = path
  ) async throws -> TestResponse {
    let data = images.map { "\"\(base64($0))\"" }.joined(separator: ",")
    return try await post(
      client,
      #"{"inputs":[{"name":"image","datatype":"BYTES","shape":[\#(images.count)],"data":[\#(data)]}]\#(rest)}"#,
      to: path)
  }

  static func post(
    _ client: Client, _ json: String, _ binary: [UInt8], to path: String = path, length: String? = nil
  ) async throws -> TestResponse {
    try await client.send(
      .post, path, body: Array(json.utf8) + binary, headers: [lengthField: length ?? String(json.utf8.count)])
  }

  /// `{"error": "…"}` and nothing else.
  static func error(_ response: TestResponse) throws -> String {
    #expect(response.headers[.contentType] == "application/json")
    let object = try response.object
    #expect(Array(object.keys) == ["error"])
    return try #require(object["error"] as? String)
  }
}

extension TestResponse {
  /// The outputs of an answer by name: what JSON says of each, and its binary data.
  fileprivate var outputs: [String: (json: [String: Any], data: [UInt8])] {
    get throws {
      let length = try headers[OpenInference.lengthField].map { try #require(Int($0)) } ?? bytes.count
      let json = try JSONSerialization.jsonObject(with: Data(bytes[..<length])) as? [String: Any]
      var rest = bytes[length...]
      var outputs: [String: (json: [String: Any], data: [UInt8])] = [:]
      for output in try #require(json?["outputs"] as? [[String: Any]]) {
        let size = (output["parameters"] as? [String: Any])?["binary_data_size"] as? Int ?? 0
        #expect(rest.count >= size)
        outputs[try #require(output["name"] as? String)] = (output, Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      #expect(rest.isEmpty)
      return outputs
    }
  }
}

/// The numbers of a `.npy` file.
private func numbers(ofNPY bytes: [UInt8]) -> [UInt8] { Array(bytes[(10 + Int(bytes[8]) + Int(bytes[9]) << 8)...]) }

private func floats(_ bytes: [UInt8]) -> [Float] {
  stride(from: 0, to: bytes.count, by: 4).map { start in
    Float(bitPattern: bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
  }
}

@Suite("Open Inference Protocol") struct OpenInferenceTests {
  private static let accept: HTTPFields = [.accept: "application/x-npy"]

  @Test func probabilitiesAreGivenWhereNothingIsAskedFor() async throws {
    try await withService { client in
      let images = [TestImage.png(seed: 1), TestImage.png(seed: 2)]
      let response = try await OpenInference.ask(client, images, #","id":"42""#)
      #expect(response.status == .ok && response.headers[.contentType] == "application/json")
      let answer = try response.object
      #expect(Set(answer.keys) == ["id", "model_name", "model_version", "outputs"])
      #expect(answer["id"] as? String == "42" && answer["model_name"] as? String == "tiny")
      #expect(answer["model_version"] as? String == "1")
      let output = try #require(try response.outputs["probabilities"]).json
      #expect(output["datatype"] as? String == "FP32" && output["shape"] as? [Int] == [2, 40])
      let data = try #require(output["data"] as? [Double])
      for (place, image) in images.enumerated() {
        let analysis = try await client.send(.post, "/api/analyses?top=40", body: image).object
        for entry in try #require(analysis["predictions"] as? [[String: Any]]) {
          let index = try #require(entry["index"] as? Int)
          #expect(data[place * 40 + index] == entry["probability"] as? Double)
        }
      }
      // Whoever gives the request no name is told the service's.
      let named = try #require(try await OpenInference.ask(client).object["id"] as? String)
      #expect(!named.isEmpty)
    }
  }

  /// The same numbers as the service's own interface, to the bit, in JSON and in binary, for short and long methods.
  @Test(arguments: [
    "", "class=7", "class=index:7&method=layercam", "method=integrated-gradients&steps=8&class=3&resolution=input",
    "method=rise&masks=40&seed=5", "class=5&against=6",
  ])
  func mapsAreThoseOfTheServicesOwnInterface(query: String) async throws {
    try await withService { client in
      let images = [TestImage.png(seed: 1), TestImage.png(seed: 2)]
      let fields = try queryFields(query).map { "\"\($0.name)\":\"\($0.value)\"" }
      let parameters = #","parameters":{\#(fields.joined(separator: ","))}"#
      let binary = try await OpenInference.ask(
        client, images, parameters + #","outputs":[{"name":"saliency","parameters":{"binary_data":true}}]"#)
      #expect(binary.status == .ok && binary.headers[.contentType] == "application/octet-stream")
      let json = try await OpenInference.ask(client, images, parameters + #","outputs":[{"name":"saliency"}]"#)
      let map = try #require(try binary.outputs["saliency"])
      var expected: [UInt8] = []
      var shape = [2]
      for image in images {
        let npy = try await client.send(.post, "/api/explain?\(query)", body: image, headers: Self.accept)
        #expect(npy.status == .ok)
        expected += numbers(ofNPY: npy.bytes)
        let alone = try await client.send(
          .post, "/api/explain?\(query)", body: image, headers: [.accept: "application/json"])
        shape = [2] + (try #require(try alone.object["shape"] as? [Int]))
      }
      #expect(map.data == expected)
      #expect(map.json["shape"] as? [Int] == shape)
      let written = try #require(try json.outputs["saliency"]).json
      #expect(written["shape"] as? [Int] == shape)
      #expect(try #require(written["data"] as? [Double]).map { Float($0) } == floats(expected))
      // The query says the same as the parameters.
      let queried = try await OpenInference.ask(
        client, images, #","outputs":[{"name":"saliency","parameters":{"binary_data":true}}]"#,
        to: OpenInference.path + "?" + query)
      #expect(try queried.outputs["saliency"]?.data == expected)
    }
  }

  @Test func anOutputsOwnParametersGoBeforeTheRequests() async throws {
    try await withService { client in
      let answer = try await OpenInference.ask(
        client, [TestImage.png()],
        #","parameters":{"class":7,"method":"layercam"},"outputs":[{"name":"saliency","parameters":{"class":5}},{"name":"heatmap"}]"#
      )
      let outputs = try answer.outputs
      let saliency = try #require(outputs["saliency"]?.json["parameters"] as? [String: String])
      #expect(saliency["class"] == "5" && saliency["method"] == "layercam")
      #expect(saliency["status"] == "ok" && saliency["layer"] == "features")
      let data = try #require(outputs["heatmap"]?.json["data"] as? [String])
      let picture = try await client.send(
        .post, "/api/explain?class=7&method=layercam", body: TestImage.png(), headers: [.accept: "image/png"])
      #expect(Data(base64Encoded: data[0]) == Data(picture.bytes))
    }
  }

  @Test func severalClassesAreADimension() async throws {
    try await withService { client in
      let images = [TestImage.png(seed: 1), TestImage.png(seed: 2), TestImage.png(seed: 3)]
      let answer = try await OpenInference.ask(
        client, images, #","parameters":{"classes":[7,5]},"outputs":[{"name":"saliency"}]"#)
      let output = try #require(try answer.outputs["saliency"]).json
      let shape = try #require(output["shape"] as? [Int])
      #expect(shape.count == 4 && shape[..<2] == [3, 2])
      #expect((output["parameters"] as? [String: String])?["class"] == "7,5,7,5,7,5")
      #expect((output["data"] as? [Double])?.count == shape.reduce(1, *))
    }
  }

  @Test func binaryTensorsGoInAndOut() async throws {
    try await withService { client in
      let images = [TestImage.png(seed: 1), TestImage.png(seed: 2)]
      let binary = images.flatMap(OpenInference.element)
      for shape in ["[2]", "[2,1]"] {
        let request =
          #"{"inputs":[{"name":"image","datatype":"BYTES","shape":\#(shape),"parameters":{"binary_data_size":\#(binary.count)}}],"#
          + #""parameters":{"binary_data_output":true},"outputs":[{"name":"classes"},{"name":"logits"},{"name":"heatmap"},"#
          + #"{"name":"probabilities","parameters":{"binary_data":false}}]}"#
        let response = try await OpenInference.post(client, request, binary)
        #expect(response.status == .ok)
        let outputs = try response.outputs
        let json = try await OpenInference.ask(
          client, images, #","outputs":[{"name":"classes"},{"name":"logits"},{"name":"probabilities"}]"#
        ).outputs
        let logits = try #require(json["logits"]?.json["data"] as? [Double])
        #expect(try floats(#require(outputs["logits"]).data) == logits.map { Float($0) })
        #expect(outputs["probabilities"]?.json["data"] as? [Double] == json["probabilities"]?.json["data"] as? [Double])
        let classes = try #require(json["classes"]?.json["data"] as? [Int])
        #expect(try #require(outputs["classes"]).data.count == 16)
        #expect(try #require(outputs["classes"]).data[0] == UInt8(classes[0]))
        let heatmaps = try #require(outputs["heatmap"]).data
        #expect(Array(heatmaps[4..<8]) == [0x89, 0x50, 0x4E, 0x47])
      }
    }
  }

  /// Triton: a header of no bytes, and the data of the one input.
  @Test func aFileAloneIsARequest() async throws {
    try await withService { client in
      let response = try await OpenInference.post(client, "", TestImage.png(), length: "0")
      #expect(response.status == .ok && response.headers[.contentType] == "application/octet-stream")
      let output = try #require(try await OpenInference.ask(client).outputs["probabilities"])
      let probabilities = try #require(output.json["data"] as? [Double])
      let binary = try #require(try response.outputs["probabilities"]).data
      #expect(floats(binary) == probabilities.map { Float($0) })
    }
  }

  /// Pixels go the same way as a file of these pixels.
  @Test func pixelsAreLookedAtAsAFileIs() async throws {
    try await withService { client in
      let image = TestImage.image()
      let rest = #","outputs":[{"name":"logits"},{"name":"saliency"}]"#
      let file = try await OpenInference.ask(client, [encodePNG(image)], rest).outputs
      let flat = image.pixels.map(String.init).joined(separator: ",")
      let nested = (0..<61).map { y in
        "["
          + (0..<97).map { x in
            "[" + image.pixels[(y * 97 + x) * 3..<(y * 97 + x) * 3 + 3].map(String.init).joined(separator: ",") + "]"
          }.joined(separator: ",") + "]"
      }.joined(separator: ",")
      let head = #"{"name":"image","datatype":"UINT8","shape":[1,61,97,3]"#
      for response in [
        try await OpenInference.post(client, #"{"inputs":[\#(head),"data":[\#(flat)]}]\#(rest)}"#),
        try await OpenInference.post(client, #"{"inputs":[\#(head),"data":[[\#(nested)]]}]\#(rest)}"#),
        try await OpenInference.post(
          client, #"{"inputs":[\#(head),"parameters":{"binary_data_size":\#(image.pixels.count)}}]\#(rest)}"#,
          image.pixels),
      ] {
        #expect(response.status == .ok)
        let outputs = try response.outputs
        for name in ["logits", "saliency"] {
          #expect(outputs[name]?.json["data"] as? [Double] == file[name]?.json["data"] as? [Double])
        }
      }
      let windowed = try await OpenInference.ask(client, [encodePNG(image)], #","parameters":{"window":"20,200"}"#)
      let pixels = try await OpenInference.post(
        client, #"{"inputs":[\#(head),"data":[\#(flat)]}],"parameters":{"window":"20,200"}}"#)
      #expect(
        try windowed.outputs["probabilities"]?.json["data"] as? [Double]
          == pixels.outputs["probabilities"]?.json["data"] as? [Double])
      #expect(
        try windowed.outputs["probabilities"]?.json["data"] as? [Double] != file["probabilities"]?.json["data"]
          as? [Double]
      )
    }
  }

  @Test func classesAreToldByValueIndexAndLabel() async throws {
    try await withService { client in
      let asked = #","outputs":[{"name":"probabilities","parameters":{"classification":3}}]"#
      let output = try #require(
        try await OpenInference.ask(client, [TestImage.png(seed: 1), TestImage.png(seed: 2)], asked).outputs[
          "probabilities"]
      ).json
      #expect(output["datatype"] as? String == "BYTES" && output["shape"] as? [Int] == [2, 3])
      let analysis = try await client.send(.post, "/api/analyses?top=3", body: TestImage.png(seed: 1)).object
      let expected = try #require(analysis["predictions"] as? [[String: Any]])
      for (text, entry) in zip(try #require(output["data"] as? [String]), expected) {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        #expect(Float(parts[0]) == (entry["probability"] as? Double).map { Float($0) })
        #expect(Int(parts[1]) == entry["index"] as? Int && parts[2] == entry["label"] as? String)
      }
      // More than there are: all.
      let all = try await OpenInference.ask(
        client, [TestImage.png()], #","outputs":[{"name":"logits","parameters":{"classification":1000}}]"#)
      #expect(try all.outputs["logits"]?.json["shape"] as? [Int] == [1, 40])
    }
  }

  /// What clients send by default has no effect, and what has one that nothing here has is refused.
  @Test func tritonsOwnParametersAreUsedOrRefused() async throws {
    try await withService { client in
      let idle = #","parameters":{"sequence_id":0,"sequence_start":false,"sequence_end":false,"priority":0}"#
      #expect(try await OpenInference.ask(client, [TestImage.png()], idle).status == .ok)
      for parameter in [#""sequence_id":5"#, #""priority":1"#, #""timeout":1000"#, #""sequence_start":true"#] {
        let response = try await OpenInference.ask(client, [TestImage.png()], ",\"parameters\":{\(parameter)}")
        #expect(response.status == .badRequest)
        #expect(try OpenInference.error(response).hasPrefix("'parameters."))
      }
    }
  }

  @Test(arguments: [
    (#","parameters":{"clas":3}"#, "'clas'"),
    (#","parameters":{"class":3}"#, "'class' means nothing to the outputs"),
    (#","parameters":{"clas":3},"outputs":[{"name":"saliency"}]"#, "clas"),
    (#","parameters":{"model":"other"},"outputs":[{"name":"saliency"}]"#, "'model' means nothing here"),
    (#","parameters":{"top":3},"outputs":[{"name":"saliency"}]"#, "'top' means nothing here"),
    (#","parameters":{"class":{"a":1}},"outputs":[{"name":"saliency"}]"#, "'parameters' must be an object of texts"),
    (#","outputs":[{"name":"nosuch"}]"#, "'outputs[0].name' must be one of probabilities, logits"),
    (#","outputs":[{"name":"saliency"},{"name":"saliency"}]"#, "'outputs[1]' is named twice"),
    (#","outputs":[{"name":"classes","parameters":{"classification":2}}]"#, "names no classes"),
    (#","outputs":[{"name":"classes","parameters":{"class":2}}]"#, "means nothing to classes"),
    (#","outputs":[{"name":"saliency","parameters":{"window":"1,2"}}]"#, "in the parameters of the request"),
    (#","outputs":{}"#, "'outputs' must be a list"),
    (#","model_name":"other""#, "'model_name' is not the model in the address"),
    (#","model_version":"2""#, "'model_version' must be 1"),
    (#","nosuch":1"#, "The body has a member 'nosuch'"),
    (#","id":7"#, "'id' must be a text"),
    (#","outputs":[{"name":"saliency"}],"parameters":{"resolution":"image"}"#, "Ask for binary data"),
  ])
  func whatMeansNothingIsRefusedByName(rest: String, sentence: String) async throws {
    try await withService { client in
      let response = try await OpenInference.ask(client, [TestImage.png()], rest)
      #expect(response.status == .badRequest)
      #expect(try OpenInference.error(response).contains(sentence), "\(response.text)")
    }
  }

  @Test func mapsOnImagesOfSeveralSizesAreNoTensor() async throws {
    try await withService { client in
      let images = [TestImage.png(), TestImage.png(width: 50, height: 50)]
      let asked =
        #","parameters":{"resolution":"image"},"outputs":[{"name":"saliency","parameters":{"binary_data":true}}]"#
      let response = try await OpenInference.ask(client, images, asked)
      #expect(response.status == .badRequest)
      #expect(try OpenInference.error(response).contains("several sizes"))
      // Binary data can say that a pixel was not seen.
      let alone = try await OpenInference.ask(client, [TestImage.png()], asked)
      let map = try #require(try alone.outputs["saliency"])
      #expect(map.json["shape"] as? [Int] == [1, 61, 97])
      #expect(floats(map.data).contains { $0.isNaN })
    }
  }

  /// Maps of megabytes are made while they are sent, behind the JSON and beside other outputs.
  @Test func largeMapsAreSentPartByPart() async throws {
    try await withService { client in
      let images = [UInt64(1), 2].map { TestImage.png(width: 640, height: 500, seed: $0) }
      let response = try await OpenInference.ask(
        client, images,
        #","parameters":{"resolution":"image","class":7,"binary_data_output":true},"outputs":[{"name":"classes"},{"name":"saliency"},{"name":"logits"}]"#
      )
      #expect(response.status == .ok)
      #expect(response.headers[.contentLength] == String(response.bytes.count))
      let outputs = try response.outputs
      #expect(outputs["saliency"]?.json["shape"] as? [Int] == [2, 500, 640])
      var expected: [UInt8] = []
      for image in images {
        let path = "/api/explain?class=7&resolution=image"
        expected += numbers(ofNPY: try await client.send(.post, path, body: image, headers: Self.accept).bytes)
      }
      #expect(outputs["saliency"]?.data == expected)
      #expect(outputs["classes"]?.data.count == 16 && outputs["logits"]?.data.count == 2 * 40 * 4)
    }
  }

  /// The passes of all images are counted before the first map.
  @Test func whatCostsTooMuchTogetherIsRefusedBeforeItBegins() async throws {
    let models = TinyModels()
    try await withService(models: models, configuration: [.set(\.limits.maximumPasses, 30)]) { client in
      let asked = #","parameters":{"method":"rise","masks":20},"outputs":[{"name":"saliency"}]"#
      #expect(try await OpenInference.ask(client, [TestImage.png()], asked).status == .ok)
      let before = models.passes.count
      let refused = try await OpenInference.ask(client, [TestImage.png(seed: 1), TestImage.png(seed: 2)], asked)
      #expect(refused.status == .badRequest)
      #expect(try OpenInference.error(refused).contains("Ask for fewer images"))
      // The analysis of the first image, by which the cost is known.
      #expect(models.passes.count == before + 1)
    }
  }

  @Test func whatIsTooMuchIsRefused() async throws {
    try await withService(configuration: [
      .set(\.limits.maximumInstances, 2), .set(\.limits.maximumJSONValues, 50), .set(\.limits.maximumPixels, 10_000),
    ]) { client in
      let three = try await OpenInference.ask(client, [[UInt8]](repeating: TestImage.png(), count: 3))
      #expect(three.status == .contentTooLarge)
      #expect(try OpenInference.error(three).contains("2 images at most"))
      let numbers = try await OpenInference.ask(client, [TestImage.png(), TestImage.png()])
      #expect(numbers.status == .contentTooLarge)
      #expect(try OpenInference.error(numbers).contains("Ask for binary data"))
      let wide = TestImage.png(width: 101, height: 100)
      let pixels = try await OpenInference.ask(client, [TestImage.png(), wide])
      #expect(pixels.status == .contentTooLarge)
      #expect(try OpenInference.error(pixels).hasPrefix("'inputs[0].data[1]': The picture has 101x100 pixels"))
      let raw = [UInt8](repeating: 0, count: 101 * 100 * 3)
      let decoded = try await OpenInference.post(
        client,
        #"{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,100,101,3],"parameters":{"binary_data_size":\#(raw.count)}}]}"#,
        raw)
      #expect(decoded.status == .contentTooLarge)
      _ = try OpenInference.error(decoded)
    }
  }

  @Test func theServerAndItsModelsDescribeThemselves() async throws {
    try await withService { client in
      let server = try await client.get("/v2").object
      #expect(server["name"] as? String == "gaze" && server["version"] is String)
      #expect((server["extensions"] as? [String])?.contains("binary_tensor_data") == true)
      #expect(try await client.get("/v2/health/live").text == #"{"live":true}"#)
      #expect(try await client.get("/v2/health/ready").text == #"{"live":true,"ready":true}"#)
      #expect(try await client.get("/v2/models").text == #"{"models":["other","tiny"]}"#)
      for path in ["/v2/models/tiny", "/v2/models/tiny/versions/1"] {
        let model = try await client.get(path).object
        #expect(model["name"] as? String == "tiny" && model["versions"] as? [String] == ["1"])
        let inputs = try #require(model["inputs"] as? [[String: Any]])
        #expect(inputs.map { $0["name"] as? String } == ["image"] && inputs[0]["shape"] as? [Int] == [-1])
        let outputs = try #require(model["outputs"] as? [[String: Any]])
        #expect(
          outputs.map { $0["name"] as? String } == ["probabilities", "logits", "classes", "saliency", "heatmap"])
        #expect(outputs[0]["shape"] as? [Int] == [-1, 40])
        #expect(try await client.get(path + "/ready").text == #"{"name":"tiny","ready":true}"#)
        #expect(try await OpenInference.ask(client, to: path + "/infer").status == .ok)
      }
    }
  }

  @Test func aModelThatWouldNotLoadIsNotReady() async throws {
    var models = TinyModels()
    models.faults["tiny"] = .unknownModel("tiny", known: [])
    try await withService(models: models) { client in
      for path in ["/v2/models/tiny/ready", "/v2/health/ready"] {
        let response = try await client.get(path)
        #expect(response.status == .serviceUnavailable)
        #expect(try response.object["ready"] as? Bool == false && response.object["error"] is String)
      }
      #expect(try await client.get("/v2/health/live").status == .ok)
      #expect(try await client.get("/v2/models/other/ready").status == .ok)
      #expect(try await client.get("/ping").status == .serviceUnavailable)
    }
  }

  /// Every error under /v2 has the one form that its clients read.
  @Test func everyErrorIsATextUnderError() async throws {
    try await withService { client in
      for (method, path, status) in [
        (.get, "/v2/nothing", 404), (.get, "/v2/models/nosuch", 404), (.get, "/v2/models/nosuch/ready", 404),
        (.get, "/v2/models/tiny/versions/2", 404), (.get, "/v2/models/tiny/versions/2/ready", 404),
        (.post, "/v2/models/tiny/versions/2/infer", 404), (.get, "/v2/models/tiny/config", 404), (.get, "/v2/", 404),
        (.post, "/v2", 405), (.get, "/v2/models/tiny/infer", 405), (.delete, "/v2/models/tiny", 405),
        (.post, "/v2/models/nosuch/infer", 404), (.get, "/v2/models/%FF", 400),
      ] as [(HTTPRequest.Method, String, Int)] {
        let response =
          method == .post
          ? try await OpenInference.ask(client, to: path) : try await client.send(method, path)
        #expect(response.status.code == status, "\(method) \(path)")
        _ = try OpenInference.error(response)
      }
      let foreign = try await client.send(.post, "/v2/models/tiny/infer", headers: [.origin: "http://evil.example"])
      #expect(foreign.status == .forbidden)
      _ = try OpenInference.error(foreign)
    }
  }
}
