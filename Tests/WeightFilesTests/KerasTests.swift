import Foundation
import TestSupport
import Testing

@testable import WeightFiles

/// Files of `Tests/Golden/weights`, as they are and with single fields changed.
@Suite
struct KerasTests {
  @Test("the legacy layout: names by position, every float type, chunks over the edges, deflate and shuffle")
  func legacy() throws {
    let file = try open(KerasGolden.legacy)
    #expect(file.metadata == ["keras_version": "2.2.4"])
    #expect(
      file.entries == [
        TensorEntry(name: "block/conv/kernel", shape: [3, 3, 2, 5], type: .float32),
        TensorEntry(name: "bn/gamma", shape: [5], type: .float64),
        TensorEntry(name: "bn/beta", shape: [5], type: .float64),
        TensorEntry(name: "bn/moving_mean", shape: [5], type: .float64),
        TensorEntry(name: "bn/moving_variance", shape: [5], type: .float64),
        TensorEntry(name: "sep/depthwise_kernel", shape: [1, 1, 7, 1], type: .float32),
        TensorEntry(name: "sep/pointwise_kernel", shape: [1, 1, 5, 6], type: .float32),
        TensorEntry(name: "fc/kernel", shape: [5, 3], type: .float16),
        TensorEntry(name: "fc/bias", shape: [3], type: .float16),
        // No known kind of layer: the names of the file.
        TensorEntry(name: "odd/odd/scale", shape: [], type: .float32),
        TensorEntry(name: "odd/odd/table", shape: [2, 2, 2], type: .float32),
      ])
    #expect(try file.floats("block/conv/kernel") == KerasGolden.values(90, "block/conv/kernel:0".count))
    #expect(try file.floats("bn/beta") == [-0.875, -0.25, 0.375, 1, 1.625])
    #expect(try file.floats("sep/depthwise_kernel") == [-1.875, -1.25, -0.625, 0, 0.625, 1.25, 1.875])
    #expect(try file.floats("sep/pointwise_kernel") == KerasGolden.values(30, 1))
    #expect(try file.floats("fc/kernel") == KerasGolden.values(15, 4))
    #expect(try file.floats("odd/odd/scale") == [-0.875])
    #expect(throws: WeightFileError.noSuchTensor("fc")) { try file.floats("fc") }
  }

  @Test("Keras 3's layout: names from the attribute, weights by number")
  func keras3() throws {
    let file = try open(KerasGolden.keras3)
    #expect(
      file.entries.map(\.name) == [
        "stem_bn/gamma", "stem_bn/beta", "stem_bn/moving_mean", "stem_bn/moving_variance", "stem/kernel", "stem/bias",
        "head/kernel", "head/bias",
      ])
    #expect(try file.floats("head/kernel") == [-2, -1.375, -0.75, -0.125, 0.5, 1.125])
    #expect(try file.floats("stem_bn/moving_variance") == [-1.625, -1])
  }

  @Test("every lie is named", arguments: lies)
  func lie(_ lie: Lie) { lie.expectError() }

  private static let lies: [Lie] = {
    let file = KerasGolden.legacy
    /// Sets the byte so far after the first occurrence of the letters.
    func set(_ value: UInt8, _ offset: Int, after letters: String) -> [UInt8] {
      var changed = file
      changed[KerasGolden.place(of: letters) + offset] = value
      return changed
    }
    func set(_ word: UInt64, at offset: Int) -> [UInt8] {
      var changed = file
      changed.replaceSubrange(offset..<offset + 8, with: bytes(word))
      return changed
    }
    let tree = UInt64(KerasGolden.place(of: "TREE"))
    let heap = UInt64(KerasGolden.place(of: "HEAP"))
    let symbols = UInt64(KerasGolden.place(of: "SNOD"))
    let strings = UInt64(KerasGolden.place(of: "GCOL"))
    return [
      Lie(Array(file.prefix(8)), .hdf5(.outside(.superblock, address: 0))),
      Lie(Array(file.dropLast()), .hdf5(.truncated(expected: UInt64(file.count), found: file.count - 1))),
      Lie(set(3, 8, after: "\u{89}HDF"), .hdf5(.version(.superblock, 3))),
      Lie(set(4, 13, after: "\u{89}HDF"), .hdf5(.addressSize)),
      Lie(set(512, at: 24), .hdf5(.userBlock)),
      Lie(set(1 << 62, at: 40), .hdf5(.truncated(expected: 1 << 62, found: file.count))),
      Lie(set(1 << 62, at: 64), .hdf5(.outside(.objectHeader, address: 1 << 62))),
      Lie(set(.max, at: 64), .hdf5(.outside(.objectHeader, address: .max))),
      Lie(set(tree, at: 64), .hdf5(.version(.objectHeader, UInt8(ascii: "T")))),
      Lie(set(1, 4, after: "TREE"), .hdf5(.malformed(.groupTree))),
      // The root's tree has one level: as the root of a tree of two levels it leads to a symbol table, as its own child
      // into itself.
      Lie(set(1, 5, after: "TREE"), .hdf5(.badSignature(.groupTree, address: symbols))),
      Lie(set(tree, at: Int(tree) + 32), .hdf5(.badSignature(.symbolTable, address: tree))),
      Lie(
        {
          var changed = set(tree, at: Int(tree) + 32)
          changed[Int(tree) + 5] = 1
          return changed
        }(), .hdf5(.cycle(address: tree))),
      Lie(set(0xFF, 7, after: "TREE"), .hdf5(.outside(.groupTree, address: tree))),
      Lie(set(2, 4, after: "SNOD"), .hdf5(.version(.symbolTable, 2))),
      Lie(set(2, 8 + 16, after: "SNOD"), .hdf5(.softLink("block"))),
      Lie(set(1, 4, after: "HEAP"), .hdf5(.version(.nameHeap, 1))),
      Lie(set(1 << 40, at: Int(heap) + 8), .hdf5(.outside(.nameHeap, address: heap + 32))),
      Lie(set(1 << 40, at: Int(symbols) + 8), .hdf5(.malformed(.nameHeap))),
      Lie(set(0, 4, after: "GCOL"), .hdf5(.version(.stringHeap, 0))),
      Lie(set(8, at: Int(strings) + 8), .hdf5(.malformed(.stringHeap))),
      Lie(set(1 << 62, at: Int(strings) + 8), .hdf5(.outside(.stringHeap, address: strings))),
      Lie(set(1 << 62, at: Int(strings) + 24), .hdf5(.malformed(.stringHeap))),
      Lie(set(9, 16, after: "GCOL"), .hdf5(.malformed(.stringHeap))),
      Lie(set(UInt8(ascii: "x"), 0, after: "layer_names"), .hdf5(.missingAttribute("layer_names"))),
      Lie(set(UInt8(ascii: "x"), 0, after: "weight_names"), .hdf5(.missingAttribute("weight_names"))),
    ]
  }()

  @Test("half a file and changed bytes are refused or read, never more", arguments: ["legacy.h5", "keras3.weights.h5"])
  func damage(_ name: String) throws {
    try expectSoundness(of: KerasGolden.bytes(name), cuts: 500, flips: 1500)
  }
}

/// The grid of a dataset's chunks and the filters, apart from files.
@Suite
struct HDF5PieceTests {
  @Test("a chunk stands at a multiple of its shape within the dataset")
  func grid() throws {
    let grid = try HDF5ChunkGrid(shape: [7, 4], chunk: [3, 4])
    #expect(grid.count == 3)
    #expect(grid.contains(origin: [6, 0]))
    #expect(!grid.contains(origin: [7, 0]))
    #expect(!grid.contains(origin: [9, 0]))
    #expect(!grid.contains(origin: [0, 4]))
    #expect(!grid.contains(origin: [2, 0]))
    #expect(try HDF5ChunkGrid(shape: [0], chunk: [1]).count == 0)
  }

  @Test(
    "chunks without extent, larger than the dataset or of another rank are refused",
    arguments: [([4], [0]), ([4], [5]), ([4], [2, 2]), ([Int.max, Int.max], [1, 1])] as [([Int], [Int])])
  func badGrid(_ shape: [Int], _ chunk: [Int]) {
    #expect(throws: HDF5Fault.chunkShape) { try HDF5ChunkGrid(shape: shape, chunk: chunk) }
  }
}

enum KerasGolden {
  static let legacy = (try? bytes("legacy.h5")) ?? []
  static let keras3 = (try? bytes("keras3.weights.h5")) ?? []

  static func bytes(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).appending(path: "../../Golden/weights").standardizedFileURL
    return [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  /// The rule of `make.py`.
  static func values(_ count: Int, _ start: Int) -> [Float] {
    (0..<count).map { Float(($0 * 5 + start) % 33 - 16) / 8 }
  }

  /// Where the letters (Latin-1) first occur in `legacy.h5`.
  static func place(of letters: String) -> Int {
    let wanted = letters.unicodeScalars.map { UInt8($0.value) }
    return legacy.indices.first { legacy[$0...].starts(with: wanted) }!
  }
}
