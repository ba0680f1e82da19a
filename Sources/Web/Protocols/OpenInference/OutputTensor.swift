import Explain
import Foundation
import Serving

/// A tensor of an answer, in JSON or as binary data.
struct OutputTensor: Sendable {
  enum Datatype: String {
    case fp32 = "FP32"
    case int64 = "INT64"
    case bytes = "BYTES"
  }

  enum Content: Sendable {
    case numbers([Float])
    /// Maps, one after another, whose numbers are worked out when they are written.
    case maps([Attribution], MapResolution)
    case indices([Int])
    /// Texts, which JSON holds as they are.
    case texts([String])
    /// Files, which JSON holds as Base64.
    case files([[UInt8]])
  }

  let name: String
  let shape: [Int]
  /// What there is to say beside the data.
  var parameters: [String: String] = [:]
  let isBinary: Bool
  let content: Content

  var datatype: Datatype {
    switch content {
    case .numbers, .maps: .fp32
    case .indices: .int64
    case .texts, .files: .bytes
    }
  }

  /// Numbers that JSON would hold, each as a text of its own.
  var count: Int { shape.reduce(1, *) }

  // MARK: JSON

  /// The tensor within the JSON of an answer.
  ///
  /// - Parameter binaryByteCount: of the data that follow the JSON; nil where they stand in it.
  func json(binaryByteCount: Int?) throws -> [UInt8] {
    var object = JSONObject()
    if binaryByteCount == nil { object.add("data", text: try data()) }
    try object.add(
      membersOf: Members(
        datatype: datatype.rawValue, name: name,
        parameters: parameters.isEmpty && binaryByteCount == nil
          ? nil : Parameters(texts: parameters, binaryByteCount: binaryByteCount),
        shape: shape))
    return object.text()
  }

  private struct Members: Encodable {
    let datatype: String
    let name: String
    let parameters: Parameters?
    let shape: [Int]
  }

  private struct Parameters: Encodable {
    let texts: [String: String]
    let binaryByteCount: Int?

    func encode(to encoder: any Encoder) throws {
      try texts.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(binaryByteCount, forKey: .binaryDataSize)
    }

    enum CodingKeys: String, CodingKey { case binaryDataSize = "binary_data_size" }
  }

  private func data() throws -> [UInt8] {
    switch content {
    case .numbers(let values): return Self.list(values) { $0.description }
    case .indices(let values): return Self.list(values) { $0.description }
    case .texts(let texts): return [UInt8](try encodeJSON(texts))
    case .files(let files): return Self.list(files) { "\"\(Data($0).base64EncodedString())\"" }
    case .maps(let attributions, let resolution):
      let values = attributions.flatMap { $0.map(at: resolution).values }
      // FP32 has no null, and JSON no NaN.
      guard !values.contains(where: \.isNaN) else { throw ServiceError.unseenInJSON(name) }
      return Self.list(values) { $0.description }
    }
  }

  private static func list<Value>(_ values: [Value], _ text: (Value) -> String) -> [UInt8] {
    var bytes = [UInt8(ascii: "[")]
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += text(value).utf8
    }
    bytes.append(UInt8(ascii: "]"))
    return bytes
  }

  // MARK: Binary data

  /// The data as they are in memory: numbers little-endian, texts and files each with its length before it.
  var binary: BinaryData {
    switch content {
    case .numbers(let values): .bytes(values.flatMap { Self.bytes(of: $0.bitPattern) })
    case .indices(let values): .bytes(values.flatMap { Self.bytes(of: Int64($0)) })
    case .texts(let texts): .bytes(Self.elements(texts.map { Array($0.utf8) }))
    case .files(let files): .bytes(Self.elements(files))
    case .maps(let attributions, let resolution):
      .maps(NPYFile(of: attributions, at: resolution, axes: [attributions.count]))
    }
  }

  enum BinaryData: Sendable {
    case bytes([UInt8])
    /// The numbers of the file, without what stands before them.
    case maps(NPYFile)

    var byteCount: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .maps(let file): file.dataByteCount
      }
    }

    var unmadeByteCount: Int {
      switch self {
      case .bytes: 0
      case .maps(let file): file.dataByteCount
      }
    }

    var partCount: Int {
      switch self {
      case .bytes: 1
      case .maps(let file): file.partCount - 1
      }
    }

    func part(_ index: Int) -> [UInt8] {
      switch self {
      case .bytes(let bytes): bytes
      case .maps(let file): file.part(index + 1)
      }
    }
  }

  private static func elements(_ elements: [[UInt8]]) -> [UInt8] {
    elements.flatMap { bytes(of: UInt32($0.count)) + $0 }
  }

  private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) }
  }
}

extension ServiceError {
  static func unseenInJSON(_ output: String) -> ServiceError {
    .badRequest(
      "The map '\(output)' has pixels that the network did not see: they are NaN, which JSON does not have. "
        + "Ask for binary data, or for resolution=input.")
  }
}
