/// A safetensors file, mapped into memory and read in place.
///
/// Layout: the header's length (8 bytes, little-endian), the header (a JSON object: tensor name to dtype, shape and
/// data offsets, and `__metadata__`), then the tensors' bytes without gaps. Source: the format text of
/// https://github.com/huggingface/safetensors; this reader refuses all that the reference refuses, and unknown fields.
package final class SafetensorsFile: WeightFile {
  /// The reference's limit too.
  static let maximumHeaderBytes = 100_000_000
  static let metadataKey = "__metadata__"

  package var format: String { "safetensors" }
  package let entries: [TensorEntry]
  package let metadata: [String: String]
  private let file: MappedFile
  private let tensors: [String: (entry: TensorEntry, place: Range<Int>)]

  /// - Parameter readsAhead: false where only the header is wanted: that it covers the file exactly is checked.
  package convenience init(_ path: String, readsAhead: Bool = true) throws(WeightFileError) {
    try self.init(MappedFile(path, readsAhead: readsAhead))
  }

  init(_ file: MappedFile) throws(WeightFileError) {
    var cursor = ByteCursor(file)
    guard let length = cursor.integer(UInt64.self) else { throw .safetensors(.tooShort) }
    if length > Self.maximumHeaderBytes { throw .safetensors(.headerTooLong(length)) }
    guard let place = cursor.take(Int(length)) else {
      throw .safetensors(.headerBeyondEnd(header: length, file: file.count))
    }
    let header = try file.withBytes(place) { (bytes) throws(WeightFileError) in try SafetensorsHeader(bytes) }
    try header.requireExactCover(of: file.count - place.upperBound)

    self.file = file
    entries = header.tensors.map(\.entry)
    metadata = header.metadata
    // Names are unique, the header saw to it.
    tensors = Dictionary(
      uniqueKeysWithValues: header.tensors.map { tensor in
        let start = place.upperBound + tensor.begin
        return (tensor.entry.name, (tensor.entry, start..<place.upperBound + tensor.end))
      })
  }

  package func floats(_ name: String) throws(WeightFileError) -> [Float] {
    guard let (entry, place) = tensors[name] else { throw .noSuchTensor(name) }
    let layout = try checking(name) { () throws(TensorFault) in try StridedLayout(contiguous: entry.shape) }
    guard let floats = file.withBytes(place, { entry.type.floats(of: $0, layout) }) else {
      throw .notConvertible(name: name, entry.type)
    }
    return floats
  }

  /// The tensor's bytes where they lie in the file: little-endian, C order, at any alignment. They are valid only
  /// within `body`. Throws `noSuchTensor`, and what `body` throws.
  package func withUnsafeBytes<R>(_ name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let (_, place) = tensors[name] else { throw WeightFileError.noSuchTensor(name) }
    return try file.withBytes(place, body)
  }

  /// Lets go of the memory behind a tensor that has been read for good; it can still be read again.
  package func release(_ name: String) {
    if let (_, place) = tensors[name] { file.release(place) }
  }
}

/// The names of element types in safetensors headers.
extension ScalarType {
  private static let safetensorsNames: [ScalarType: String] = [
    .float64: "F64", .float32: "F32", .float16: "F16", .bfloat16: "BF16",
    .int64: "I64", .int32: "I32", .int16: "I16", .int8: "I8",
    .uint64: "U64", .uint32: "U32", .uint16: "U16", .uint8: "U8",
    .bool: "BOOL", .complex64: "C64",
    .float8E4M3: "F8_E4M3", .float8E5M2: "F8_E5M2", .float8E4M3FNUZ: "F8_E4M3FNUZ", .float8E5M2FNUZ: "F8_E5M2FNUZ",
    .float8E8M0: "F8_E8M0", .float6E2M3: "F6_E2M3", .float6E3M2: "F6_E3M2", .float4: "F4",
  ]
  private static let ofSafetensorsName = Dictionary(uniqueKeysWithValues: safetensorsNames.map { ($1, $0) })

  init?(safetensorsName name: String) {
    guard let type = Self.ofSafetensorsName[name] else { return nil }
    self = type
  }

  var safetensorsName: String { Self.safetensorsNames[self]! }
}

/// What is wrong with a safetensors file as a whole.
package enum SafetensorsFault: Hashable, Sendable {
  /// Fewer than the eight bytes of the header's length.
  case tooShort
  case headerTooLong(UInt64)
  case headerBeyondEnd(header: UInt64, file: Int)
  case json(JSONMismatch)
  case unknownField(tensor: String, field: String)
  case repeatedField(tensor: String, field: String)
  case missingField(tensor: String, field: String)
  case repeatedMetadata(String)
  case unknownType(tensor: String, type: String)
  case offsetCount(tensor: String)
  case reversedOffsets(tensor: String)
  /// The tensor begins elsewhere than where the one before it ends: a hole or an overlap.
  case notAdjacent(tensor: String, begin: Int, previousEnd: Int)
  /// The last tensor ends elsewhere than the file.
  case dataEnd(tensors: Int, file: Int)
}

extension SafetensorsFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tooShort: "it is shorter than the eight bytes of the header's length"
    case .headerTooLong(let length):
      "its header claims \(length) bytes; \(SafetensorsFile.maximumHeaderBytes) are the limit"
    case .headerBeyondEnd(let header, let file): "its header claims \(header) bytes of a file of \(file)"
    case .json(let mismatch): "its header should have \(mismatch.expected.rawValue) at byte \(mismatch.offset)"
    case .unknownField(let tensor, let field): "the tensor \(quoted(tensor)) has an unknown field \(quoted(field))"
    case .repeatedField(let tensor, let field): "the tensor \(quoted(tensor)) has the field \(quoted(field)) twice"
    case .missingField(let tensor, let field): "the tensor \(quoted(tensor)) has no field \(quoted(field))"
    case .repeatedMetadata(let key): "the metadata \(quoted(key)) occur twice"
    case .unknownType(let tensor, let type): "the tensor \(quoted(tensor)) has the unknown type \(quoted(type))"
    case .offsetCount(let tensor): "the data_offsets of the tensor \(quoted(tensor)) are not two numbers"
    case .reversedOffsets(let tensor): "the tensor \(quoted(tensor)) ends before it begins"
    case .notAdjacent(let tensor, let begin, let previousEnd):
      "the tensor \(quoted(tensor)) begins at \(begin) but the one before it ends at \(previousEnd)"
    case .dataEnd(let tensors, let file): "its tensors end at byte \(tensors) of \(file) bytes of data"
    }
  }
}
