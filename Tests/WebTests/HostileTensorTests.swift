import HTTPTypes
import Hummingbird
import Testing

@testable import Web

/// Bodies that lie about their tensors: each is refused with a sentence, and nothing is allocated by what it claims.
@Suite("Hostile tensors") struct HostileTensorTests {
  private static let file = OpenInference.element(TestImage.png())

  private func refuse(
    _ client: Client, _ json: String, _ binary: [UInt8] = [], length: String? = nil, status: Int = 400,
    _ sentence: String
  ) async throws {
    let response = try await OpenInference.post(client, json, binary, length: length)
    #expect(Int(response.status.code) == status, "\(json): \(response.text)")
    let error = try OpenInference.error(response)
    #expect(error.contains(sentence), "\(json): \(error)")
  }

  private static func input(_ shape: String, type: String = "BYTES", _ rest: String) -> String {
    #"{"inputs":[{"name":"image","datatype":"\#(type)","shape":\#(shape)\#(rest)}]}"#
  }

  private static func binary(_ shape: String, type: String = "BYTES", size: String) -> String {
    input(shape, type: type, #","parameters":{"binary_data_size":\#(size)}"#)
  }

  @Test(arguments: [
    "-1", "+5", "abc", "", "1e3", "9223372036854775808", "99999999999999999999999", "0x10", "1000000", "5 5",
  ])
  func headersOfALengthThatCannotBe(length: String) async throws {
    try await withService { client in
      let json = Self.binary("[1]", size: String(Self.file.count))
      let response = try await OpenInference.post(client, json, Self.file, length: length)
      #expect(response.status == .badRequest)
      #expect(try OpenInference.error(response).contains("Inference-Header-Content-Length"))
    }
  }

  /// JSON cut too early or too late.
  @Test(arguments: [-1, 1, 2, 40]) func headersThatEndElsewhere(by: Int) async throws {
    try await withService { client in
      let json = Self.binary("[1]", size: String(Self.file.count))
      try await refuse(client, json, Self.file, length: String(json.utf8.count + by), "The body is not JSON")
    }
  }

  @Test(arguments: [
    "0", "-1", "-9223372036854775808", "9223372036854775807", "4294967295", "1", "100000000000",
  ])
  func sizesThatAreNotThoseOfTheData(size: String) async throws {
    try await withService { client in
      try await refuse(client, Self.binary("[1]", size: size), Self.file, "bytes follow the JSON")
    }
  }

  @Test(arguments: ["9223372036854775808", "18446744073709551616", "1.5", "\"5\"", "null", "[5]", "1e400", "true"])
  func sizesThatAreNoNumbers(size: String) async throws {
    try await withService { client in
      // A size that is null is none.
      let sentence = size == "null" ? "must have 'data', or 'binary_data_size'" : "must be a whole number"
      try await refuse(client, Self.binary("[1]", size: size), Self.file, sentence)
    }
  }

  /// Elements whose lengths lead beyond the data, or do not fill them.
  @Test(
    arguments: [
      [], [1], [1, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F, 1], [5, 0, 0, 0, 1, 2, 3, 4],
      [0, 0, 0, 0x80, 0, 0, 0, 0],
    ] as [[UInt8]])
  func elementsThatLeadBeyondTheData(data: [UInt8]) async throws {
    try await withService { client in
      try await refuse(client, Self.binary("[1]", size: String(data.count)), data, "ends within its element 0")
    }
  }

  @Test func elementsThatAreTooManyTooFewOrEmpty() async throws {
    try await withService { client in
      let two = Self.file + Self.file
      try await refuse(client, Self.binary("[1]", size: String(two.count)), two, "behind its last element")
      try await refuse(client, Self.binary("[3]", size: String(two.count)), two, "ends within its element 2")
      let empty = Self.file + OpenInference.element([])
      try await refuse(client, Self.binary("[2]", size: String(empty.count)), empty, "'inputs[0].data[1]': ")
      let broken = OpenInference.element(Array(TestImage.png().prefix(100)))
      try await refuse(
        client, Self.binary("[1]", size: String(broken.count)), broken, status: 422, "'inputs[0].data[0]': ")
    }
  }

  @Test(arguments: [
    ("[]", "must be [N] or [N, 1]"), ("[0]", "must be of numbers from 1 on"), ("[-1]", "must be of numbers from 1 on"),
    ("[1,2]", "must be [N] or [N, 1]"), ("[9223372036854775808]", "must be a whole number"),
    ("[1.5]", "must be a whole number"), ("[[1]]", "must be a whole number"), ("\"1\"", "must be a list"),
    ("{}", "must be a list"), ("[1,1,1,1,1]", "has 5 dimensions"), ("[2]", "has 1 elements, but the shape says 2"),
  ])
  func shapesOfFilesThatCannotBe(shape: String, sentence: String) async throws {
    try await withService { client in
      let json = Self.input(shape, #","data":["\#(OpenInference.base64())"]"#)
      let response = try await OpenInference.post(client, json)
      #expect(response.status == .badRequest, "\(response.text)")
      #expect(try OpenInference.error(response).contains(sentence), "\(response.text)")
    }
  }

  @Test(arguments: [
    ("[1,9223372036854775807,9223372036854775807,3]", "more elements than there can be"),
    ("[1,4611686018427387904,4,3]", "more elements than there can be"),
    ("[1,2147483648,2147483648,3]", "more elements than there can be"),
    ("[1,1000000,1000000,3]", "asks for 3000000000000"), ("[1,2,2,4]", "must be [N, height, width, 3]"),
    ("[2,2,3]", "must be [N, height, width, 3]"), ("[1,0,2,3]", "must be of numbers from 1 on"),
    ("[1,2,2,3]", "has 11 bytes, but its shape [1, 2, 2, 3] asks for 12"),
  ])
  func shapesOfPixelsThatCannotBe(shape: String, sentence: String) async throws {
    try await withService { client in
      let data = [UInt8](repeating: 1, count: 11)
      try await refuse(client, Self.binary(shape, type: "UINT8", size: "11"), data, sentence)
    }
  }

  @Test func countsOfImagesBeyondTheLimit() async throws {
    try await withService { client in
      for shape in ["[129]", "[9223372036854775807]", "[4294967296,1]"] {
        try await refuse(
          client, Self.binary(shape, size: String(Self.file.count)), Self.file, status: 413, "images at most")
      }
      try await refuse(
        client, Self.binary("[9223372036854775807,1,1,3]", type: "UINT8", size: "3"), [1, 2, 3], status: 413,
        "images at most")
    }
  }

  @Test(arguments: [
    (#","data":[1,2,3,4,5,6,7,8,9,10,11,256]"#, "whole numbers from 0 to 255"),
    (#","data":[1,2,3,4,5,6,7,8,9,10,11,-1]"#, "whole numbers from 0 to 255"),
    (#","data":[1,2,3,4,5,6,7,8,9,10,11,0.5]"#, "whole numbers from 0 to 255"),
    (#","data":[1,2,3,4,5,6,7,8,9,10,11]"#, "lists as long as the shape says"),
    (#","data":[[[[1,2,3],[4,5,6]],[[7,8,9]]]]"#, "'inputs[0].data[0][1]' must be lists as long as the shape says"),
    (#","data":[[[[1,2,3],[4,5,6]],[[7,8,9],[1,2,[3]]]]]"#, "whole numbers from 0 to 255"),
    (#","data":[]"#, "lists as long as the shape says"),
    (#","data":"AAAA""#, "lists as long as the shape says"),
    (#","data":[1],"parameters":{"binary_data_size":0}"#, "both 'data' and 'binary_data_size'"),
    ("", "must have 'data', or 'binary_data_size'"),
    (#","parameters":{"shared_memory_region":"x"}"#, "has a member 'shared_memory_region'"),
  ])
  func pixelsInJSONThatCannotBe(rest: String, sentence: String) async throws {
    try await withService { client in
      let response = try await OpenInference.post(client, Self.input("[1,2,2,3]", type: "UINT8", rest))
      #expect(response.status == .badRequest, "\(response.text)")
      #expect(try OpenInference.error(response).contains(sentence), "\(response.text)")
    }
  }

  @Test(arguments: [
    ("", "has no body"), ("{", "is not JSON"), ("[]", "must be a JSON object"), ("{}", "must have 'inputs'"),
    (#"{"inputs":[]}"#, "must have 'inputs'"), (#"{"inputs":{}}"#, "'inputs' must be a list"),
    (#"{"inputs":[5]}"#, "'inputs[0]' must be a JSON object"),
    (#"{"inputs":[{"name":"image"}]}"#, "must have name, shape and datatype"),
    (#"{"inputs":[{"name":"other","datatype":"BYTES","shape":[1],"data":["a"]}]}"#, "must be 'image'"),
    (#"{"inputs":[{"name":"image","datatype":"FP32","shape":[1],"data":["a"]}]}"#, "must be BYTES"),
    (#"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":["a"]}]}"#, "is not the Base64"),
    (#"{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":"a"}]}"#, "must be a list"),
  ])
  func bodiesThatAreNoRequest(json: String, sentence: String) async throws {
    try await withService { client in
      let response = try await OpenInference.post(client, json)
      #expect(response.status == .badRequest, "\(response.text)")
      #expect(try OpenInference.error(response).contains(sentence), "\(response.text)")
    }
  }

  @Test func twoInputsAndTensorsThatShareTheirData() async throws {
    try await withService { client in
      let one =
        #"{"name":"image","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":\#(Self.file.count)}}"#
      try await refuse(client, #"{"inputs":[\#(one),\#(one)]}"#, Self.file, "one input too many")
      let data = #"{"name":"image","datatype":"BYTES","shape":[1],"data":["\#(OpenInference.base64())"]}"#
      try await refuse(client, #"{"inputs":[\#(data)]}"#, Self.file, "bytes follow it")
    }
  }

  /// More values than a body may have, and lists too deep in each other.
  @Test func bodiesOfTooManyValues() async throws {
    try await withService { client in
      let numbers = String(repeating: "1,", count: 1 << 20) + "1"
      let response = try await OpenInference.post(
        client, Self.input("[1,1,1,3]", type: "UINT8", ",\"data\":[\(numbers)]"))
      #expect(response.status == .badRequest)
      #expect(try OpenInference.error(response).contains("values"))
      let deep = String(repeating: "[", count: 100_000)
      let nested = try await OpenInference.post(client, Self.input("[1,1,1,3]", type: "UINT8", ",\"data\":\(deep)"))
      #expect(nested.status == .badRequest)
      #expect(try OpenInference.error(nested).contains("too deep"))
    }
  }
}
