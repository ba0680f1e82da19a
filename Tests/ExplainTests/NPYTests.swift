import Explain
import Testing

/// Files written by NumPy 2.2.6 (`Tests/Golden/make_render_goldens.py`).
@Suite struct NPYTests {
  @Test func aMapIsTheFileThatNumPyWrites() {
    let map = SaliencyMap(width: 3, height: 2, values: [1.5, -2, 0, .infinity, .leastNonzeroMagnitude, -0.0])
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let data: [UInt8] = [
      0x00, 0x00, 0xC0, 0x3F, 0x00, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x80, 0x7F, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80,
    ]
    #expect(NPY.encode(map) == file(header: header, data: data))
  }

  @Test func aSingleNumberHasAnEmptyShape() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (), }"
    #expect(NPY.encode([3], shape: []) == file(header: header, data: [0x00, 0x00, 0x40, 0x40]))
  }

  @Test func aVectorsShapeIsATupleOfOne() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"
    #expect(NPY.encode([0, 0, 0], shape: [3]) == file(header: header, data: [UInt8](repeating: 0, count: 12)))
  }

  @Test func mapsOfOneSizeAreStacked() {
    let maps = [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]].map { SaliencyMap(width: 3, height: 2, values: $0) }
    #expect(NPY.encode(maps) == NPY.encode((1...12).map(Float.init), shape: [2, 2, 3]))
    #expect(NPY.encode([maps[0]]) == NPY.encode(maps[0].values, shape: [1, 2, 3]))
  }

  @Test(arguments: 0...30)
  func theDataBeginsAtAMultipleOf64WhateverTheRank(rank: Int) {
    let bytes = NPY.encode([1], shape: [Int](repeating: 1, count: rank))
    let headerLength = Int(bytes[8]) + Int(bytes[9]) << 8
    #expect((10 + headerLength) % 64 == 0)
    #expect(bytes.count == 10 + headerLength + 4)
    #expect(bytes[10 + headerLength - 1] == UInt8(ascii: "\n"))
    #expect(bytes.suffix(4) == [0x00, 0x00, 0x80, 0x3F])
  }

  /// Magic, version 1.0, a header length of 0x76 (so that the data begins at 128), the padded header, the data.
  private func file(header: String, data: [UInt8]) -> [UInt8] {
    let text = Array(header.utf8)
    let spaces = [UInt8](repeating: 0x20, count: 0x76 - 1 - text.count)
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 0x01, 0x00, 0x76, 0x00] + text + spaces + [0x0A] + data
  }
}
