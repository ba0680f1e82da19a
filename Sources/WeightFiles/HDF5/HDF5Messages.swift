// What the messages of an object header say. Section numbers are of the HDF5 File Format Specification 3.0.

/// Element types that Keras uses (IV.A.2.d).
enum HDF5Type {
  case number(ScalarType)
  case fixedString(byteCount: Int)
  case variableString

  init(_ cursor: ByteCursor) throws(HDF5Fault) {
    var cursor = cursor
    guard let head = cursor.byte(), let bits = cursor.integer(UInt16.self), let moreBits = cursor.byte(),
      let size = cursor.integer(UInt32.self)
    else { throw .malformed(.datatype) }
    switch head & 0x0F {
    case 0: self = .number(try Self.integer(size, bits, &cursor))
    case 1: self = .number(try Self.ieee(size, bits, moreBits, &cursor))
    case 3: self = .fixedString(byteCount: Int(size))
    // A sequence of variable length; 1 in the lowest bits says that it is a string.
    case 9 where bits & 0x0F == 1 && size == 16: self = .variableString
    default: throw .elementType
    }
  }

  /// Counters and seeds: little-endian two's complement that fills its bytes.
  private static func integer(
    _ size: UInt32, _ bits: UInt16, _ cursor: inout ByteCursor
  ) throws(HDF5Fault) -> ScalarType {
    guard let offset = cursor.integer(UInt16.self), let precision = cursor.integer(UInt16.self) else {
      throw .malformed(.datatype)
    }
    guard bits & 0x01 == 0, offset == 0, Int(precision) == Int(size) * 8 else { throw .elementType }
    let isSigned = bits & 0x08 != 0
    return switch size {
    case 1: isSigned ? .int8 : .uint8
    case 4: isSigned ? .int32 : .uint32
    case 8: isSigned ? .int64 : .uint64
    default: throw .elementType
    }
  }

  /// Only the IEEE formats in little-endian order: the bits have to say exactly that.
  private static func ieee(
    _ size: UInt32, _ bits: UInt16, _ moreBits: UInt8, _ cursor: inout ByteCursor
  ) throws(HDF5Fault) -> ScalarType {
    guard let offset = cursor.integer(UInt16.self), let precision = cursor.integer(UInt16.self),
      let exponentPlace = cursor.byte(), let exponentSize = cursor.byte(), let mantissaPlace = cursor.byte(),
      let mantissaSize = cursor.byte(), let bias = cursor.integer(UInt32.self)
    else { throw .malformed(.datatype) }
    let isLittleEndian = bits & 0x41 == 0
    let sign = bits >> 8
    guard isLittleEndian, moreBits == 0, offset == 0, Int(precision) == Int(size) * 8, mantissaPlace == 0,
      mantissaSize == exponentPlace, Int(exponentPlace) + Int(exponentSize) == Int(sign),
      Int(sign) + 1 == Int(precision)
    else { throw .elementType }
    return switch (size, exponentSize, bias) {
    case (2, 5, 15): .float16
    case (4, 8, 127): .float32
    case (8, 11, 1023): .float64
    default: throw .elementType
    }
  }
}

/// Dataspace message (IV.A.2.b).
enum HDF5Dataspace {
  static func shape(_ cursor: ByteCursor) throws(HDF5Fault) -> [Int] {
    var cursor = cursor
    guard let version = cursor.byte(), let rank = cursor.byte(), cursor.take(1) != nil, let type = cursor.byte() else {
      throw .malformed(.dataspace)
    }
    switch version {
    case 1: if cursor.take(4) == nil { throw .malformed(.dataspace) }
    // Version 2 knows spaces without elements, type 2.
    case 2: if type == 2 { return [0] }
    default: throw .version(.dataspace, version)
    }
    var shape: [Int] = []
    for _ in 0..<rank {
      guard let size = cursor.integer(UInt64.self), let size = Int(exactly: size) else { throw .malformed(.dataspace) }
      shape.append(size)
    }
    return shape
  }
}

/// Data layout message (IV.A.2.i).
enum HDF5Layout {
  /// In the message itself.
  case bytes(Range<Int>)
  case contiguous(address: UInt64, byteCount: UInt64)
  case chunked(tree: UInt64, shape: [Int], elementBytes: Int)

  init(_ cursor: ByteCursor) throws(HDF5Fault) {
    var cursor = cursor
    guard let version = cursor.byte(), let layoutClass = cursor.byte() else { throw .malformed(.layout) }
    if version != 3 { throw .version(.layout, version) }
    switch layoutClass {
    case 0:
      guard let size = cursor.integer(UInt16.self), let range = cursor.take(Int(size)) else {
        throw .malformed(.layout)
      }
      self = .bytes(range)
    case 1:
      guard let address = cursor.integer(UInt64.self), let size = cursor.integer(UInt64.self) else {
        throw .malformed(.layout)
      }
      self = .contiguous(address: address, byteCount: size)
    case 2:
      // One dimension more than the dataset has: the bytes of an element.
      guard let rank = cursor.byte(), rank > 0, let tree = cursor.integer(UInt64.self) else {
        throw .malformed(.layout)
      }
      var sizes: [Int] = []
      for _ in 0..<rank {
        guard let size = cursor.integer(UInt32.self) else { throw .malformed(.layout) }
        sizes.append(Int(size))
      }
      self = .chunked(tree: tree, shape: sizes.dropLast(), elementBytes: sizes[sizes.count - 1])
    default: throw .malformed(.layout)
    }
  }
}

/// Filter pipeline message (IV.A.2.l): what was done to each chunk, in the order of writing.
struct HDF5Filters {
  enum Filter: UInt16 {
    case deflate = 1
    case shuffle = 2
  }

  private(set) var filters: [Filter] = []

  init() {}

  init(_ cursor: ByteCursor) throws(HDF5Fault) {
    var cursor = cursor
    guard let version = cursor.byte(), let count = cursor.byte() else { throw .malformed(.filters) }
    if version != 1 { throw .version(.filters, version) }
    if cursor.take(6) == nil { throw .malformed(.filters) }
    for _ in 0..<count {
      guard let id = cursor.integer(UInt16.self), let nameBytes = cursor.integer(UInt16.self), cursor.take(2) != nil,
        let valueCount = cursor.integer(UInt16.self), cursor.take(Int(nameBytes)) != nil,
        // An odd number of values is padded by one.
        cursor.take((Int(valueCount) + Int(valueCount) % 2) * 4) != nil
      else { throw .malformed(.filters) }
      guard let filter = Filter(rawValue: id) else { throw .filter(id) }
      if filters.contains(filter) { throw .malformed(.filters) }
      filters.append(filter)
    }
  }

  /// Undoes the filters on a chunk of `byteCount` bytes in all; those whose bit is set in `skipped` were not applied.
  func undo(
    _ packed: UnsafeRawBufferPointer, skipped: UInt32, elementBytes: Int, byteCount: Int
  ) throws(HDF5Fault) -> [UInt8] {
    var bytes = Array(packed)
    for (index, filter) in filters.enumerated().reversed() where skipped & (1 << UInt32(index)) == 0 {
      switch filter {
      case .deflate: bytes = try Self.inflate(bytes, byteCount)
      case .shuffle: bytes = Self.unshuffle(bytes, elementBytes)
      }
    }
    return bytes
  }

  private static func inflate(_ packed: [UInt8], _ byteCount: Int) throws(HDF5Fault) -> [UInt8] {
    // Typed throws do not reach through `withUnsafeBytes`.
    let result = packed.withUnsafeBytes { bytes in
      Result { () throws(InflateFault) in try Inflate.zlib(bytes, byteCount: byteCount) }
    }
    do throws(InflateFault) { return try result.get() } catch { throw .compressed(error) }
  }

  /// The first bytes of all elements come first, then the second ones, and so on; a rest that fills no element stays.
  private static func unshuffle(_ bytes: [UInt8], _ elementBytes: Int) -> [UInt8] {
    let count = bytes.count / elementBytes
    var result = bytes
    for byte in 0..<elementBytes {
      for element in 0..<count { result[element * elementBytes + byte] = bytes[byte * count + element] }
    }
    return result
  }
}

/// Attribute message (IV.A.2.m).
struct HDF5Attribute {
  let name: String
  let type: HDF5Type
  /// Number of elements.
  let count: Int
  let data: Range<Int>

  init(_ file: MappedFile, _ message: HDF5Reader.Message) throws(HDF5Fault) {
    var cursor = ByteCursor(file, message.data)
    guard let version = cursor.byte(), let flags = cursor.byte(), let nameSize = cursor.integer(UInt16.self),
      let typeSize = cursor.integer(UInt16.self), let spaceSize = cursor.integer(UInt16.self)
    else { throw .malformed(.attribute) }
    if !(1...3).contains(version) { throw .version(.attribute, version) }
    if message.isShared || version > 1 && flags != 0 { throw .shared(.attribute) }
    // Version 3 adds the name's character set; before version 2, each field is padded to 8 bytes.
    if version == 3, cursor.take(1) == nil { throw .malformed(.attribute) }
    func field(_ size: UInt16) throws(HDF5Fault) -> Range<Int> {
      let padded = version == 1 ? (Int(size) + 7) / 8 * 8 : Int(size)
      guard let range = cursor.take(padded) else { throw .malformed(.attribute) }
      return range.prefix(Int(size))
    }
    let nameField = try field(nameSize)
    // The name's NUL counts.
    guard let name = file.text(nameField.dropLast()) else { throw .invalidText }
    self.name = name
    let typeField = try field(typeSize)
    let shape = try HDF5Dataspace.shape(ByteCursor(file, try field(spaceSize)))
    guard let count = try? elementCount(shape) else { throw .malformed(.attribute) }
    self.count = count
    type = try count == 0 ? .variableString : HDF5Type(ByteCursor(file, typeField))
    data = cursor.position..<cursor.end
  }
}
