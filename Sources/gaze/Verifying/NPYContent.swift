import Explain

/// The numbers of a `.npy` file of maps, as Gaze writes it: float32, little-endian, in C order.
struct NPYContent {
  /// The numbers' bytes, one map after another.
  let data: ArraySlice<UInt8>

  /// nil for any other file.
  init?(_ file: [UInt8]) {
    let preamble = 10
    guard file.count > preamble, file.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]) else { return nil }
    let start = preamble + Int(file[8]) + Int(file[9]) << 8
    guard start <= file.count else { return nil }
    let header = String(decoding: file[preamble..<start], as: UTF8.self)
    guard header.contains("'descr': '<f4'"), header.contains("'fortran_order': False") else { return nil }
    data = file[start...]
  }

  /// One of several maps of the same number of values; nil where the file has other numbers.
  func map(_ index: Int, of count: Int, values: Int) -> [Float]? {
    guard values > 0, data.count == 4 * values * count else { return nil }
    let start = data.startIndex + 4 * values * index
    return data[start..<start + 4 * values].withUnsafeBytes { bytes in
      (0..<values).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }
}
