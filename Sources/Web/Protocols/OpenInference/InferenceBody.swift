import Explain
import HTTPTypes
import JSON

/// The body of a request: JSON, and behind it the data of tensors as they are in memory.
///
/// Source: Triton's extension "binary tensor data".
enum InferenceBody: Sendable {
  case json(JSONValue, tail: ArraySlice<UInt8>)
  /// The data of the one input and nothing else.
  case raw([UInt8])

  /// Pixels as lists of numbers: a picture of 590 x 590. What is larger goes as binary data.
  private static let maximumJSONValues = 1 << 20

  /// - Parameters:
  ///   - bytes: hostile until they are read.
  ///   - headerLength: how many of them are JSON; nil for all.
  init(_ bytes: [UInt8], headerLength: Int?) throws(ServiceError) {
    guard !bytes.isEmpty else { throw .badRequest("The request has no body. \(InferenceRequest.example)") }
    if headerLength == 0 {
      self = .raw(bytes)
      return
    }
    let length = headerLength ?? bytes.count
    guard length <= bytes.count else {
      throw .badRequest(
        "\(HTTPField.Name.inferenceHeaderLength) is \(length), but the body has only \(bytes.count) bytes.")
    }
    do {
      let value = try JSONValue(bytes[..<length], maximumValues: Self.maximumJSONValues)
      self = .json(value, tail: bytes[length...])
    } catch {
      throw .badRequest("The body is not JSON: \(error). \(InferenceRequest.example)")
    }
  }

  /// The number of bytes of JSON before the binary data; nil where there is none.
  static func headerLength(_ headers: HTTPFields) throws(ServiceError) -> Int? {
    let values = headers[values: .inferenceHeaderLength]
    guard let text = values.first else { return nil }
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard values.count == 1, isNumber, let length = Int(text) else {
      throw .badRequest(
        "\(HTTPField.Name.inferenceHeaderLength) must be given once, as the number of bytes of JSON that the body "
          + "begins with, or 0 where there is no JSON.")
    }
    return length
  }
}

extension HTTPField.Name {
  static let inferenceHeaderLength = HTTPField.Name("Inference-Header-Content-Length")!
}
