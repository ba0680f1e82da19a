import Images

/// NumPy's array file, format version 1.0.
///
/// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays", and `numpy.lib.format`.
package enum NPY {
  /// The bytes of a `.npy` file: little-endian float32 (`<f4`) in C order.
  ///
  /// - Parameters:
  ///   - values: the numbers, the last axis running fastest; NaN and infinities are kept bit for bit.
  ///   - shape: the length of each axis, for a map `[height, width]`; empty for a single number.
  package static func encode(_ values: [Float], shape: [Int]) -> [UInt8] {
    precondition(
      shape.reduce(1, *) == values.count, "NPY.encode: shape \(shape) does not hold \(values.count) values")
    return header(shape: shape) + data(of: values)
  }

  /// The same of float16 (`<f2`).
  package static func encode(halves values: [Float16], shape: [Int]) -> [UInt8] {
    precondition(
      shape.reduce(1, *) == values.count, "NPY.encode: shape \(shape) does not hold \(values.count) values")
    var bytes = header(shape: shape, type: "<f2")
    bytes.reserveCapacity(bytes.count + 2 * values.count)
    for value in values {
      let bits = value.bitPattern
      bytes.append(UInt8(truncatingIfNeeded: bits))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
    }
    return bytes
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

  /// What stands before the numbers: the magic `\x93NUMPY`, version 1.0, the header's length as a little-endian 16-bit
  /// number, the header (a Python literal padded with spaces and ended by a newline, so that the data begins at a
  /// multiple of 64).
  ///
  /// - Parameter type: as NumPy writes it.
  fileprivate static func header(shape: [Int], type: String = "<f4") -> [UInt8] {
    // A tuple of one needs its comma in Python: (3,).
    let axes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(axes)), }".utf8)
    let preamble = 10
    let unpadded = preamble + text.count + 1
    let padding = (64 - unpadded % 64) % 64
    text += [UInt8](repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
    precondition(text.count <= UInt16.max, "NPY.encode: a header of \(text.count) bytes needs format version 2.0")
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
  }

  fileprivate static func data(of values: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 4 * values.count) { bytes, initialized in
      let data = UnsafeMutableRawBufferPointer(bytes)
      for (index, value) in values.enumerated() {
        data.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      }
      initialized = 4 * values.count
    }
  }
}

/// The numbers of maps as a NumPy file that is made part by part: a hundred megabytes need not be in memory at once.
package struct NPYFile: Sendable {
  /// Bytes of one part, but for the header and where a row has more.
  private static let partBytes = 1 << 20

  private let header: [UInt8]
  private let attributions: [Attribution]
  private let resolution: MapResolution
  /// Of each map; all are alike.
  private let size: ImageSize
  private let rowsOfPart: Int

  /// - Parameter axes: how many maps lie along each axis before [H, W]; none of one map.
  package init(of attributions: [Attribution], at resolution: MapResolution, axes: [Int]) {
    self.attributions = attributions
    self.resolution = resolution
    size = attributions[0].size(at: resolution)
    precondition(attributions.allSatisfy { $0.size(at: resolution) == attributions[0].size(at: resolution) })
    precondition(axes.reduce(1, *) == attributions.count, "NPYFile: \(attributions.count) maps along axes of \(axes)")
    header = NPY.header(shape: axes + [size.height, size.width])
    rowsOfPart = max(1, Self.partBytes / (4 * max(size.width, 1)))
  }

  package var byteCount: Int { header.count + dataByteCount }

  /// Of the numbers alone: of all parts but the first.
  package var dataByteCount: Int { 4 * size.pixelCount * attributions.count }

  private var partsOfMap: Int { (size.height + rowsOfPart - 1) / rowsOfPart }

  /// The header, and each map in parts of its own.
  package var partCount: Int { 1 + attributions.count * partsOfMap }

  /// The bytes of a part, worked out when they are asked for.
  package func part(_ index: Int) -> [UInt8] {
    guard index > 0 else { return header }
    let (map, place) = (index - 1).quotientAndRemainder(dividingBy: partsOfMap)
    let rows = place * rowsOfPart..<min((place + 1) * rowsOfPart, size.height)
    return NPY.data(of: attributions[map].values(ofRows: rows, at: resolution))
  }

  /// The whole file.
  package var bytes: [UInt8] { (0..<partCount).flatMap(part) }
}
