import TestSupport
import Testing

@testable import WeightFiles

/// Archives of NumPy arrays, byte by byte: those that NumPy writes, and those that lie.
@Suite("NumPy archives")
struct NPZTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func open(_ members: [(name: String, data: [UInt8])]) throws -> NPZFile {
    try NPZFile(try folder.add("a.npz", zip(members)))
  }

  @Test("numbers of several types, text, and both orders are read")
  func reads() throws {
    let file = try open([
      ("x.npy", npy("<f4", "(2, 3)", bytes([1, 2, 3, 4, 5, 6] as [Float]))),
      ("stage/a.b.npy", npy("<f4", "(2, 3)", bytes([1, 2, 3, 4, 5, 6] as [Float]), isFortran: true)),
      ("class.npy", npy("<i8", "()", bytes(Int64(7)))),
      ("layer.npy", npy("<U6", "()", Array("layer4".unicodeScalars).flatMap { bytes($0.value) })),
      ("note.txt", [1]),
    ])
    #expect(file.entries.map(\.name) == ["x", "stage/a.b", "class"])
    #expect(file.entries.map(\.shape) == [[2, 3], [2, 3], []])
    #expect(try file.floats("x") == [1, 2, 3, 4, 5, 6])
    #expect(try file.floats("stage/a.b") == [1, 3, 5, 2, 4, 6])
    #expect(try file.floats("class") == [7])
    #expect(file.metadata == ["layer": "layer4"])
  }

  @Test(
    "an array that lies is refused",
    arguments: [
      ("objects", npy("|O", "(1,)", [0, 0, 0, 0])),
      ("another type", npy("<c8", "(1,)", [UInt8](repeating: 0, count: 8))),
      ("big-endian", npy(">f4", "(1,)", [0, 0, 0, 0])),
      ("too few bytes", npy("<f4", "(2,)", [0, 0, 0, 0])),
      ("too many bytes", npy("<f4", "(1,)", [UInt8](repeating: 0, count: 8))),
      ("more elements than can be counted", npy("<f4", "(4611686018427387904, 4611686018427387904)", [])),
      ("a text of its own length", npy("<U999999", "()", [0, 0, 0, 0])),
      ("a header beyond its end", [0x93] + bytes("NUMPY") + [1, 0, 255, 255] + [UInt8](repeating: 32, count: 90)),
      ("a header that is code", npy("<f4', 'x': __import__('os'), 'y': '", "(1,)", [0, 0, 0, 0])),
      ("no array", bytes("a text that is longer than twelve bytes")),
      ("nothing", []),
    ])
  func lies(_ what: String, _ array: [UInt8]) throws {
    #expect(throws: WeightFileError.self, "\(what)") { try open([("x.npy", array)]) }
  }

  @Test("an archive without arrays, and one that claims to unpack to more than is allowed, are refused")
  func archives() throws {
    #expect(throws: WeightFileError.numpy(.noArrays)) { try open([("x.txt", [1])]) }
    let path = try folder.add("b.npz", zip([("x.npy", [1, 2, 3])], deflatedTo: 1 << 31))
    #expect(throws: WeightFileError.numpy(.tooLarge)) { try NPZFile(path) }
  }
}

/// A `.npy` file of version 1.0.
private func npy(_ type: String, _ shape: String, _ data: [UInt8], isFortran: Bool = false) -> [UInt8] {
  var header = bytes("{'descr': '\(type)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': \(shape), }")
  header += [UInt8](repeating: 32, count: (63 - (10 + header.count) % 64) % 64) + [10]
  return [0x93] + bytes("NUMPY") + [1, 0] + bytes(UInt16(header.count)) + header + data
}

/// A zip archive of these members, uncompressed.
///
/// - Parameter size: what each claims to unpack to, as if it were compressed; nil where none is.
private func zip(_ members: [(name: String, data: [UInt8])], deflatedTo size: UInt32? = nil) -> [UInt8] {
  var (archive, directory) = ([UInt8](), [UInt8]())
  for (name, data) in members {
    let offset = UInt32(archive.count)
    let method = bytes(UInt16(size == nil ? 0 : 8))
    let rest =
      bytes(UInt32(0)) + bytes(UInt32(0)) + bytes(UInt32(data.count)) + bytes(size ?? UInt32(data.count))
      + bytes(UInt16(name.utf8.count)) + bytes(UInt16(0))
    archive += bytes(UInt32(0x0403_4B50)) + bytes(UInt16(20)) + bytes(UInt16(0)) + method + rest + bytes(name) + data
    directory +=
      bytes(UInt32(0x0201_4B50)) + bytes(UInt16(20)) + bytes(UInt16(20)) + bytes(UInt16(0)) + method + rest
      + bytes(UInt16(0)) + bytes(UInt16(0)) + bytes(UInt16(0)) + bytes(UInt32(0)) + bytes(offset) + bytes(name)
  }
  let count = bytes(UInt16(members.count))
  return archive + directory + bytes(UInt32(0x0605_4B50)) + bytes(UInt16(0)) + bytes(UInt16(0)) + count + count
    + bytes(UInt32(directory.count)) + bytes(UInt32(archive.count)) + bytes(UInt16(0))
}
