/// NumPy's array file, format version 1.0.
///
/// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays", and `numpy.lib.format`.
package enum NPY {
  /// The bytes of a `.npy` file: little-endian float32 (`<f4`) in C order.
  ///
  /// Layout: the magic `\x93NUMPY`, version 1.0, the header's length as a little-endian 16-bit number, the header (a
  /// Python literal padded with spaces and ended by a newline, so that the data begins at a multiple of 64), the data.
  ///
  /// - Parameters:
  ///   - values: the numbers, the last axis running fastest; NaN and infinities are kept bit for bit.
  ///   - shape: the length of each axis, for a map `[height, width]`; empty for a single number.
  package static func encode(_ values: [Float], shape: [Int]) -> [UInt8] {
    precondition(
      shape.reduce(1, *) == values.count, "NPY.encode: shape \(shape) does not hold \(values.count) values")
    let header = header(shape: shape)
    let count = header.count + 4 * values.count
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      for (index, byte) in header.enumerated() { bytes.initializeElement(at: index, to: byte) }
      let data = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[header.count...])
      for (index, value) in values.enumerated() {
        data.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      }
      initialized = count
    }
  }

  /// Maps of one size as an array of shape (maps, height, width).
  package static func encode(_ maps: [SaliencyMap]) -> [UInt8] {
    precondition(
      maps.allSatisfy { $0.width == maps[0].width && $0.height == maps[0].height }, "NPY.encode: maps of several sizes")
    return encode(maps.flatMap { $0.values }, shape: [maps.count, maps[0].height, maps[0].width])
  }

  /// A map as an array of shape (height, width).
  package static func encode(_ map: SaliencyMap) -> [UInt8] {
    encode(map.values, shape: [map.height, map.width])
  }

  private static func header(shape: [Int]) -> [UInt8] {
    // A tuple of one needs its comma in Python: (3,).
    let axes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array("{'descr': '<f4', 'fortran_order': False, 'shape': (\(axes)), }".utf8)
    let preamble = 10
    let unpadded = preamble + text.count + 1
    let padding = (64 - unpadded % 64) % 64
    text += [UInt8](repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
    precondition(text.count <= UInt16.max, "NPY.encode: a header of \(text.count) bytes needs format version 2.0")
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
  }
}
