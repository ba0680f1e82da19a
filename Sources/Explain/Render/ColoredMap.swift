import Images

/// A map in the colours of a table, on the pixels of a picture that the network saw.
struct ColoredMap {
  /// Where it lies, within the picture.
  let rect: PixelRect
  /// For each pixel of `rect` the entry of `table`.
  let entries: [UInt8]
  /// 256 colours.
  let table: [RGB8]

  init(at rect: PixelRect, entries: [UInt8], table: [RGB8]) {
    precondition(
      entries.count == rect.width * rect.height && table.count == 256,
      "ColoredMap: \(entries.count) entries of \(table.count) colours on \(rect)")
    self.rect = rect
    self.entries = entries
    self.table = table
  }

  /// The map, stretched over `region`, at the centres of the pixels of `rect` (see `SaliencyMap.sampled`), each in
  /// entry ⌊255·p + ½⌋ of the table for p = v / limit (signed evidence: ½ + v / (2·limit)), clamped to 0...1.
  ///
  /// Places are linear in the map's values and so is the sampling between them: the map's few cells are scaled, and the
  /// picture's many pixels only sampled. The clamp comes after the sampling, or saturated cells would lose their slope.
  ///
  /// - Parameters:
  ///   - map: what is shown (`SaliencyMap.showing(_:)`).
  ///   - limit: the magnitude that gets the last colour; where it is not above zero there is nothing to divide by, and
  ///     every pixel has zero's colour.
  init(
    _ map: SaliencyMap, over region: ImageRegion, at rect: PixelRect, limit: Double, evidence: Evidence,
    in table: [RGB8]
  ) {
    let scaled = map.scaledToEntries(limit: limit, zero: evidence.zero)
    let width = rect.width
    let entries = [UInt8](unsafeUninitializedCapacity: width * rect.height) { output, initialized in
      var next = 0
      scaled.forEachSampledRow(over: region, at: rect) { upper, lower, fraction in
        write(nearestEntriesOf: upper, lower, fraction, to: output.baseAddress! + next, count: width)
        next += width
      }
      initialized = next
    }
    self.init(at: rect, entries: entries, table: table)
  }
}

extension SaliencyMap {
  /// 255·(z + (1 − z)·v / limit) in each cell, where z is zero's place; large magnitudes are cut where Float still
  /// counts in steps far below theirs, so that no sum of two cells overflows.
  fileprivate func scaledToEntries(limit: Double, zero: Double) -> SaliencyMap {
    let scale = limit > 0 ? min(255 * (1 - zero) / limit, .greatestFiniteMagnitude) : 0
    let last = 0x1p100
    return SaliencyMap(
      width: width, height: height,
      values: values.map { Float(min(max(255 * zero + Double($0) * scale, -last), last)) })
  }
}

/// The entries of a row between two. A function to itself, of plain pointers: so the compiler makes vectors of its
/// loop.
private func write(
  nearestEntriesOf upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ fraction: Float,
  to output: UnsafeMutablePointer<UInt8>, count: Int
) {
  for x in 0..<count { output[x] = nearestEntry(mix(upper[x], lower[x], fraction)) }
}

/// ⌊v + ½⌋ clamped to 0...255, NaN as 0, without a branch or a conversion, which vectors have not.
@inline(__always)
private func nearestEntry(_ value: Float) -> UInt8 {
  // From 2²³ on a Float counts in ones: adding that rounds to the nearest whole number, which then is the lowest bits.
  let whole: Float = 0x1p23
  let sum = (value > 0 ? (value < 255 ? value : 255) : 0) + 0.5
  let rounded = (sum + whole) - whole
  let floor = rounded > sum ? rounded - 1 : rounded
  return UInt8(truncatingIfNeeded: (floor + whole).bitPattern)
}
