/// The bytes of a member of an archive: where they lie in the file, or unpacked.
struct NPYContents: Sendable {
  private let file: MappedFile
  private let place: Range<Int>
  private let unpacked: [UInt8]?
  /// How many bytes at the beginning are left out.
  var start = 0

  /// - Parameter byteCount: what the member unpacks to; nil where it is not compressed.
  init(
    _ file: MappedFile, _ place: Range<Int>, unpackedTo byteCount: Int?, _ name: String
  ) throws(WeightFileError) {
    self.file = file
    self.place = place
    guard let byteCount else {
      unpacked = nil
      return
    }
    do {
      unpacked = try file.withBytes(place) { (packed) throws(InflateFault) in
        try Inflate.deflate(packed, byteCount: byteCount)
      }
    } catch {
      throw .numpy(.inflate(name: name, error))
    }
  }

  var count: Int { (unpacked?.count ?? place.count) - start }

  func withBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    if let unpacked {
      return unpacked.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }
    return file.withBytes(place) { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
  }
}

/// An array of numbers in a `.npy` file.
struct NPYArray: Sendable {
  let entry: TensorEntry
  let layout: StridedLayout
  /// The elements alone.
  let content: NPYContents

  /// What a `.npy` file holds.
  enum Value {
    case numbers(NPYArray)
    case text(String)
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let maximumHeader = 1 << 16

  /// Reads the header; the elements must fill what is left.
  static func value(of content: NPYContents, named name: String) throws(WeightFileError) -> Value {
    let header = try Header(content, name)
    var elements = content
    elements.start = header.byteCount
    let count: Int
    do { count = try elementCount(header.shape) } catch { throw .tensor(name: name, error) }

    if let characters = header.characters {
      let bytes = header.isWide ? 4 * characters : characters
      guard count == 1, bytes <= maximumHeader, elements.count == bytes else {
        throw .numpy(.type(name: name, header.type))
      }
      return .text(text(of: elements, isWide: header.isWide))
    }
    guard let type = header.scalar else {
      throw .numpy(header.type.contains("O") ? .objects(name: name) : .type(name: name, header.type))
    }
    let layout = try checking(name) { () throws(TensorFault) in
      let byteCount = try type.byteCount(of: count)
      if byteCount != elements.count { throw TensorFault.byteCount(expected: byteCount, found: elements.count) }
      return try StridedLayout(
        shape: header.shape, strides: header.strides, offset: 0, storageCount: count)
    }
    let entry = TensorEntry(name: name, shape: header.shape, type: type)
    return .numbers(NPYArray(entry: entry, layout: layout, content: elements))
  }

  /// NumPy fills a text's place with zeros.
  private static func text(of content: NPYContents, isWide: Bool) -> String {
    content.withBytes { bytes in
      if !isWide { return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
      var text = ""
      for offset in stride(from: 0, to: bytes.count, by: 4) {
        let scalar = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        guard scalar != 0 else { break }
        text.unicodeScalars.append(Unicode.Scalar(scalar) ?? "\u{FFFD}")
      }
      return text
    }
  }

  /// What stands before the elements: the magic, a version, the length of a Python literal, and the literal.
  private struct Header {
    /// As NumPy writes it: `<f4`.
    let type: String
    let shape: [Int]
    let isFortran: Bool
    /// With the magic.
    let byteCount: Int

    init(_ content: NPYContents, _ name: String) throws(WeightFileError) {
      let head = content.withBytes { Array($0.prefix(NPYArray.maximumHeader)) }
      guard head.count > 12, head.starts(with: NPYArray.magic) else { throw .numpy(.notAnArray(name: name)) }
      let isShort = head[6] == 1
      let start = isShort ? 10 : 12
      let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(head[$1]) }
      guard (1...3).contains(head[6]), length <= head.count - start,
        let literal = String(validating: head[start..<start + length], as: UTF8.self),
        let match = literal.wholeMatch(
          of: /\{'descr': '([^']{1,16})', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\),? ?\}\s*/)
      else { throw .numpy(.header(name: name)) }
      type = String(match.1)
      isFortran = match.2 == "True"
      var shape: [Int] = []
      for axis in match.3.split(whereSeparator: { $0 == "," || $0 == " " }) {
        guard let extent = Int(axis) else { throw .numpy(.header(name: name)) }
        shape.append(extent)
      }
      self.shape = shape
      byteCount = start + length
    }

    var scalar: ScalarType? {
      switch type {
      case "<f8": .float64
      case "<f4": .float32
      case "<f2": .float16
      case "<i8": .int64
      case "<i4": .int32
      case "<i2": .int16
      case "|i1": .int8
      case "<u8": .uint64
      case "<u4": .uint32
      case "<u2": .uint16
      case "|u1": .uint8
      case "|b1": .bool
      default: nil
      }
    }

    /// How many characters a text of this type has; nil for other types.
    var characters: Int? {
      type.hasPrefix("<U") || type.hasPrefix("|S") ? Int(type.dropFirst(2)) : nil
    }
    var isWide: Bool { type.hasPrefix("<U") }

    /// In elements; Fortran's order has the first axis run fastest.
    var strides: [Int] {
      var strides = shape
      var stride = 1
      for axis in isFortran ? Array(shape.indices) : shape.indices.reversed() {
        strides[axis] = stride
        stride = stride.multipliedReportingOverflow(by: max(shape[axis], 1)).partialValue
      }
      return strides
    }
  }
}
