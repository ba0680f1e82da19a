/// The JSON header of a safetensors file, each tensor checked by itself; how they lie together is for
/// `requireExactCover`.
struct SafetensorsHeader {
  struct Tensor {
    let entry: TensorEntry
    /// First byte and the byte after the last, from the end of the header.
    let begin: Int
    let end: Int
  }

  /// In the header's order.
  private(set) var tensors: [Tensor] = []
  private(set) var metadata: [String: String] = [:]

  init(_ json: UnsafeRawBufferPointer) throws(WeightFileError) {
    // Blanks before the brace would be JSON, but the format wants the brace first.
    if json.first != UInt8(ascii: "{") { throw .safetensors(.json(JSONMismatch(expected: .object, offset: 0))) }
    var scanner = JSONScanner(json)
    var names: Set<String> = []
    var isFirst = true
    while let name = try scanner.key(&isFirst) {
      if !names.insert(name).inserted { throw .duplicateTensor(name) }
      if name == SafetensorsFile.metadataKey {
        try readMetadata(&scanner)
      } else {
        tensors.append(try Self.tensor(name, &scanner))
      }
    }
    try scanner.end()
  }

  /// Throws unless the tensors cover the `count` bytes of data without hole and overlap.
  func requireExactCover(of count: Int) throws(WeightFileError) {
    var previousEnd = 0
    for tensor in tensors.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      if tensor.begin != previousEnd {
        throw .safetensors(.notAdjacent(tensor: tensor.entry.name, begin: tensor.begin, previousEnd: previousEnd))
      }
      previousEnd = tensor.end
    }
    if previousEnd != count { throw .safetensors(.dataEnd(tensors: previousEnd, file: count)) }
  }

  private mutating func readMetadata(_ scanner: inout JSONScanner) throws(WeightFileError) {
    var isFirst = true
    while let key = try scanner.key(&isFirst) {
      if metadata.updateValue(try scanner.string(), forKey: key) != nil { throw .safetensors(.repeatedMetadata(key)) }
    }
  }

  private static func tensor(_ name: String, _ scanner: inout JSONScanner) throws(WeightFileError) -> Tensor {
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    var isFirst = true
    while let field = try scanner.key(&isFirst) {
      let isRepeated =
        switch field {
        case "dtype": typeName.replace(try scanner.string())
        case "shape": shape.replace(try integers(&scanner))
        case "data_offsets": offsets.replace(try integers(&scanner))
        default: throw .safetensors(.unknownField(tensor: name, field: field))
        }
      if isRepeated { throw .safetensors(.repeatedField(tensor: name, field: field)) }
    }
    func missing(_ field: String) -> WeightFileError { .safetensors(.missingField(tensor: name, field: field)) }
    guard let typeName else { throw missing("dtype") }
    guard let shape else { throw missing("shape") }
    guard let offsets else { throw missing("data_offsets") }

    guard let type = ScalarType(safetensorsName: typeName) else {
      throw .safetensors(.unknownType(tensor: name, type: typeName))
    }
    if offsets.count != 2 { throw .safetensors(.offsetCount(tensor: name)) }
    let (begin, end) = (offsets[0], offsets[1])
    if end < begin { throw .safetensors(.reversedOffsets(tensor: name)) }
    try checking(name) { () throws(TensorFault) in
      let bytes = try type.byteCount(of: elementCount(shape))
      if bytes != end - begin { throw .byteCount(expected: bytes, found: end - begin) }
    }
    return Tensor(entry: TensorEntry(name: name, shape: shape, type: type), begin: begin, end: end)
  }

  private static func integers(_ scanner: inout JSONScanner) throws(WeightFileError) -> [Int] {
    var integers: [Int] = []
    var isFirst = true
    while try scanner.element(&isFirst) { integers.append(try scanner.unsignedInteger()) }
    return integers
  }
}

extension Optional {
  /// Sets the value and says whether there was one.
  fileprivate mutating func replace(_ value: Wrapped) -> Bool {
    defer { self = value }
    return self != nil
  }
}
