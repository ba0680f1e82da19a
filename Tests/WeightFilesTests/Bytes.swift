import TestSupport
import Testing

@testable import WeightFiles

/// Builders of small files, byte by byte.

/// A number in little-endian order.
func bytes<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func bytes(_ values: [Float]) -> [UInt8] { values.flatMap { bytes($0.bitPattern) } }

/// A safetensors file of this header, as it stands, and these data.
func safetensors(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  bytes(UInt64(header.utf8.count)) + bytes(header) + data
}

/// Pieces of pickles of protocol 2.
enum Pickle {
  static func pickle(_ body: [UInt8]) -> [UInt8] { [0x80, 2] + body + bytes(".") }
  static func text(_ text: String) -> [UInt8] { bytes("X") + bytes(UInt32(text.utf8.count)) + bytes(text) }
  static func integer(_ value: Int32) -> [UInt8] { bytes("J") + bytes(value) }
  static func global(_ module: String, _ name: String) -> [UInt8] { bytes("c\(module)\n\(name)\n") }
  static func tuple(_ items: [UInt8]...) -> [UInt8] { bytes("(") + items.flatMap { $0 } + bytes("t") }
  static func dictionary(_ items: [UInt8]...) -> [UInt8] { bytes("}(") + items.flatMap { $0 } + bytes("u") }

  /// The persistent id of a storage.
  static func storage(_ type: String, _ key: String, _ count: Int32, view: [UInt8]? = nil) -> [UInt8] {
    let location = text("cpu")
    let head = [text("storage"), global("torch", type), text(key), location, integer(count)]
    return bytes("(") + (head + (view.map { [$0] } ?? [])).flatMap { $0 } + bytes("tQ")
  }

  /// A tensor as `torch.save` describes it.
  static func tensor(_ storage: [UInt8], offset: Int32 = 0, _ shape: [Int32], _ strides: [Int32]) -> [UInt8] {
    func integers(_ values: [Int32]) -> [UInt8] { bytes("(") + values.flatMap(integer) + bytes("t") }
    let hooks = global("collections", "OrderedDict") + bytes(")R")
    return global("torch._utils", "_rebuild_tensor_v2")
      + tuple(storage, integer(offset), integers(shape), integers(strides), [0x89], hooks) + bytes("R")
  }

  static let magicNumber: [UInt8] =
    pickle([0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19])

  /// A file of PyTorch before 1.6.
  static func legacy(_ object: [UInt8], isLittleEndian: Bool = true, storages: [(key: String, data: [UInt8])])
    -> [UInt8]
  {
    let system = dictionary(text("little_endian"), [isLittleEndian ? 0x88 : 0x89])
    let keys = bytes("](") + storages.flatMap { text($0.key) } + bytes("e")
    return magicNumber + pickle(integer(1001)) + pickle(system) + pickle(object) + pickle(keys)
      + storages.flatMap(\.data)
  }

  /// The data of a storage in such a file.
  static func storageData(_ values: [Float]) -> [UInt8] { bytes(Int64(values.count)) + bytes(values) }
}

/// A zip archive; each field that a test wants to lie about can be set.
struct Zip {
  struct Member {
    var name: String
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    /// Sizes and offset in the zip64 extra field instead of the entry.
    var isWide = false
    var claimedSize: UInt32?
    var localName: String?
    var claimedOffset: UInt32?
  }

  var members: [Member]
  var isZip64 = false
  var claimedCount: UInt16?
  var claimedDirectory: UInt32?
  var comment = ""

  var file: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let offset = member.claimedOffset ?? UInt32(file.count)
      let size = member.claimedSize ?? UInt32(member.data.count)
      let localName = bytes(member.localName ?? member.name)
      let fields = bytes(UInt16(0)) + bytes(member.flags) + bytes(member.method) + bytes(UInt64(0))
      file += bytes("PK\u{3}\u{4}") + fields + bytes(size) + bytes(size) + bytes(UInt16(localName.count))
      file += bytes(UInt16(3)) + localName + [1, 2, 3] + member.data

      let extra =
        member.isWide
        ? bytes(UInt16(1)) + bytes(UInt16(24)) + bytes(UInt64(size)) + bytes(UInt64(size)) + bytes(UInt64(offset)) : []
      let narrowSize = member.isWide ? UInt32.max : size
      let name = bytes(member.name)
      directory += bytes("PK\u{1}\u{2}") + bytes(UInt16(0)) + fields + bytes(narrowSize) + bytes(narrowSize)
      directory += bytes(UInt16(name.count)) + bytes(UInt16(extra.count)) + bytes(UInt16(0)) + bytes(UInt64(0))
      directory += bytes(member.isWide ? UInt32.max : offset) + name + extra
    }
    let start = file.count
    file += directory
    let count = UInt64(members.count)
    if isZip64 {
      let record = UInt64(file.count)
      file +=
        bytes("PK\u{6}\u{6}") + bytes(UInt64(44)) + bytes(UInt32(0)) + bytes(UInt64(0)) + bytes(count) + bytes(count)
      file += bytes(UInt64(directory.count)) + bytes(UInt64(start))
      file += bytes("PK\u{6}\u{7}") + bytes(UInt32(0)) + bytes(record) + bytes(UInt32(1))
    }
    let narrowCount = claimedCount ?? (isZip64 ? UInt16.max : UInt16(count))
    file += bytes("PK\u{5}\u{6}") + bytes(UInt32(0)) + bytes(narrowCount) + bytes(narrowCount)
    file += bytes(isZip64 ? UInt32.max : UInt32(directory.count))
    file += bytes(claimedDirectory ?? (isZip64 ? UInt32.max : UInt32(start)))
    return file + bytes(UInt16(comment.utf8.count)) + bytes(comment)
  }
}

/// Opens a file of these bytes; the mapping outlives the file.
func open(_ bytes: [UInt8]) throws -> any WeightFile {
  let folder = try ScratchFolder()
  defer { withExtendedLifetime(folder) {} }
  return try openWeightFile(folder.add("file", bytes))
}

/// A file and the error that says what it lies about.
struct Lie: CustomTestStringConvertible, Sendable {
  let file: [UInt8]
  let error: WeightFileError

  init(_ file: [UInt8], _ error: WeightFileError) {
    self.file = file
    self.error = error
  }

  var testDescription: String { error.description }

  func expectError(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(throws: error, sourceLocation: sourceLocation) { try open(file) }
  }
}
