import CKernels
import Glibc

/// An interpolation filter, widened when a picture shrinks so that every source pixel counts (antialiasing); `nearest`
/// alone takes one source pixel for each.
///
/// The names and formulas are Pillow's, so that networks see the pixels that they were trained on.
package enum ResizeFilter: String, Sendable, Codable, CaseIterable {
  /// The source pixel that the middle of the target pixel falls into.
  case nearest
  /// The mean of the source pixels under the target pixel.
  case box
  /// The triangle of radius 1.
  case bilinear
  /// A sinc of radius 1 under Hamming's window.
  case hamming
  /// Keys' cubic convolution with a = -0.5, radius 2.
  ///
  /// Source: R. Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29 (1981).
  case bicubic
  /// A sinc of radius 3 under the wider sinc of Lanczos' window.
  case lanczos

  /// Radius in source pixels at scale 1.
  var radius: Double {
    switch self {
    case .nearest, .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  func weight(at position: Double) -> Double {
    // A pixel on the edge of two boxes belongs to the one before it.
    if self == .nearest || self == .box { return position > -0.5 && position <= 0.5 ? 1 : 0 }
    let x = abs(position)
    guard x < radius else { return 0 }
    switch self {
    case .nearest, .box:
      return 1
    case .hamming:
      return x == 0 ? 1 : sinc(x) * (0.54 + 0.46 * cos(.pi * x))
    case .lanczos:
      return sinc(x) * sinc(x / 3)
    case .bilinear:
      return 1 - x
    case .bicubic:
      let a = -0.5
      return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a
    }
  }
}

/// sin(pi x) / (pi x).
private func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }

/// Resizes a picture exactly as Pillow's `Image.resize` does: the same bytes.
///
/// Two passes, first along the rows and then along the columns, with weights of 22 fractional bits; between the passes
/// pixels are rounded to 8 bits. A pass that changes nothing is left out.
///
/// - Parameters:
///   - size: of the whole resized picture; both sides at least 1.
///   - region: the rectangle of the resized picture that is wanted, all of it by default. It equals the same rectangle
///     cut out of the whole result, but nothing outside it is computed or allocated.
///   - part: the part of the source that becomes the whole resized picture, all of it by default: Pillow's `box`. Its
///     edges need not lie on whole pixels, and it lies within the source.
///   - loop: whose threads share the rows.
/// - Returns: a picture of the size of `region`.
///
/// Source: Pillow, src/libImaging/Resample.c.
package func resize(
  _ image: RGBImage, to size: ImageSize, filter: ResizeFilter, region: PixelRect? = nil, of part: ImageRegion? = nil,
  by loop: ParallelLoop = onThisThread
) -> RGBImage {
  resize(image, to: size, filter: filter, region: region, of: part, kernels: .current, by: loop)
}

/// `resize` with the kernels of one instruction set; all give the same bytes.
func resize(
  _ image: RGBImage, to size: ImageSize, filter: ResizeFilter, region: PixelRect?, of part: ImageRegion?,
  kernels: PixelKernels, by loop: ParallelLoop = onThisThread
) -> RGBImage {
  precondition(image.width > 0 && image.height > 0, "resize: a picture without pixels")
  precondition(size.width > 0 && size.height > 0, "resize: \(size) has no pixels")
  let region = region ?? PixelRect(x: 0, y: 0, width: size.width, height: size.height)
  precondition(
    region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0
      && region.x <= size.width - region.width && region.y <= size.height - region.height,
    "resize: \(region) is not inside \(size)")
  let part = part ?? ImageRegion(x: 0, y: 0, width: Double(image.width), height: Double(image.height))
  precondition(
    part.x >= 0 && part.y >= 0 && part.width > 0 && part.height > 0 && part.x + part.width <= Double(image.width)
      && part.y + part.height <= Double(image.height), "resize: \(part) is not inside \(image.size)")

  let columns = region.x..<region.x + region.width
  let rows = region.y..<region.y + region.height
  let horizontal = ResizeTaps(
    from: image.width, part.x, part.width, to: size.width, filter: filter, only: columns)
  let vertical = ResizeTaps(from: image.height, part.y, part.height, to: size.height, filter: filter, only: rows)
  let sourceRows = vertical?.sources ?? rows
  let narrowed =
    if let horizontal {
      resizeRows(of: image, rows: sourceRows, by: horizontal, kernels, loop)
    } else {
      image.cut(columns: columns, rows: sourceRows)
    }
  guard let vertical else { return narrowed }
  return resizeColumns(of: narrowed, firstRow: sourceRows.lowerBound, by: vertical, kernels, loop)
}

extension DecodedImage {
  /// The picture for display: its longer side has at most `longestSide` pixels, and it shows the original to its edges.
  ///
  /// A picture that was decoded to less stays as it is, so that none is enlarged.
  package func fitted(longestSide: Int, by loop: ParallelLoop = onThisThread) -> RGBImage {
    precondition(longestSide > 0, "fitted: a side of \(longestSide) pixels")
    let longer = max(originalSize.width, originalSize.height)
    let wanted = min(longestSide, max(image.width, image.height))
    let scaled = { (side: Int) in max(1, (side * wanted + longer / 2) / longer) }
    let size = ImageSize(width: scaled(originalSize.width), height: scaled(originalSize.height))
    return resize(image, to: size, filter: .bilinear, of: covered, by: loop)
  }
}

// MARK: - Weights

/// For each of a run of target pixels along one axis: where its source pixels begin, and their weights.
private struct ResizeTaps {
  /// The number of each target's first source pixel.
  private(set) var first: [Int32] = []
  /// How many source pixels each target has.
  private(set) var counts: [Int] = []
  /// `stride` weights for each target; those beyond its last source pixel are 0.
  private(set) var weights: [Int32] = []
  /// The largest of `counts`, rounded up to a multiple of four, as the kernels want it.
  let stride: Int

  /// Fractional bits of a weight: 32 less 8 for a pixel and 2 against overflow where weights are negative. The kernels
  /// have the same number.
  static let fractionBits: Int32 = 32 - 8 - 2

  var count: Int { first.count }

  /// The source pixels that any of the targets needs.
  var sources: Range<Int> {
    // Both ends grow with the target, so the first and the last target bound them all.
    Int(first[0])..<Int(first[count - 1]) + counts[count - 1]
  }

  /// - Parameters:
  ///   - start: where the part of the source that becomes all targets begins.
  ///   - length: of that part, in source pixels.
  /// - Returns: nil where each target is the source pixel of its own number.
  init?(
    from sourceCount: Int, _ start: Double, _ length: Double, to targetCount: Int, filter: ResizeFilter,
    only wanted: Range<Int>
  ) {
    if sourceCount == targetCount, start == 0, length == Double(sourceCount) { return nil }
    let scale = length / Double(targetCount)
    if filter == .nearest {
      stride = 4
      appendNearest(from: start, scale, sourceCount: sourceCount, only: wanted)
      return
    }
    let widening = max(scale, 1)
    let radius = filter.radius * widening
    // Pillow multiplies by the reciprocal; a division would round differently.
    let narrowing = 1 / widening
    stride = (2 * Int(radius.rounded(.up)) + 1 + 3) / 4 * 4
    first.reserveCapacity(wanted.count)
    counts.reserveCapacity(wanted.count)
    weights.reserveCapacity(wanted.count * stride)
    var exact: [Double] = []
    for target in wanted {
      let center = start + (Double(target) + 0.5) * scale
      let begin = max(0, Int(center - radius + 0.5))
      let end = min(sourceCount, Int(center + radius + 0.5))
      exact.removeAll(keepingCapacity: true)
      for source in begin..<end {
        exact.append(filter.weight(at: (Double(source) - center + 0.5) * narrowing))
      }
      let sum = exact.reduce(0, +)
      for weight in exact { weights.append(Self.fixedPoint(sum == 0 ? weight : weight / sum)) }
      weights.append(contentsOf: repeatElement(0, count: stride - exact.count))
      first.append(Int32(begin))
      counts.append(end - begin)
    }
  }

  /// One source pixel for each target: the one that its middle falls into.
  ///
  /// Pillow reaches the middles by adding the scale again and again, and so does this, since the sums' rounding decides
  /// where a middle falls between two pixels.
  private mutating func appendNearest(from start: Double, _ scale: Double, sourceCount: Int, only wanted: Range<Int>) {
    var middle = start + scale * 0.5
    for target in 0..<wanted.upperBound {
      if target >= wanted.lowerBound {
        first.append(Int32(min(max(Int(middle), 0), sourceCount - 1)))
        counts.append(1)
        weights += [Self.fixedPoint(1), 0, 0, 0]
      }
      middle += scale
    }
  }

  private static func fixedPoint(_ weight: Double) -> Int32 {
    Int32(weight * Double(1 << fractionBits) + (weight < 0 ? -0.5 : 0.5))
  }
}

// MARK: - Passes

/// The kernels of one instruction set. `@unchecked Sendable`: the table is a constant.
struct PixelKernels: @unchecked Sendable {
  fileprivate let table: UnsafePointer<gaze_pixel_kernels>

  /// Those that run on this processor, the best first.
  static let supported = [GAZE_AVX512, GAZE_AVX2, GAZE_NEON, GAZE_GENERIC].compactMap { set in
    gaze_pixel_kernels(set).map { PixelKernels(table: $0) }
  }

  /// The best: all give the same bytes, so nothing else depends on the choice.
  static let current = supported[0]
}

/// Calls `body` for each row below `count`, in runs that are worth a thread's while.
private func forEachRow(_ count: Int, by loop: ParallelLoop, _ body: @escaping @Sendable (Int) -> Void) {
  let runs = max(1, min(8, count / 16))
  loop(runs) { run in
    for row in run * count / runs..<(run + 1) * count / runs { body(row) }
  }
}

/// The pass along the rows, over `rows` of the picture only.
private func resizeRows(
  of image: RGBImage, rows: Range<Int>, by taps: ResizeTaps, _ kernels: PixelKernels, _ loop: ParallelLoop
) -> RGBImage {
  let size = ImageSize(width: taps.count, height: rows.count)
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
    let result = target.baseAddress!
    image.pixels.withUnsafeBufferPointer { source in
      taps.first.withUnsafeBufferPointer { first in
        taps.weights.withUnsafeBufferPointer { weights in
          // Iterations write rows of their own and read what none writes.
          nonisolated(unsafe) let (source, result) = (source, result)
          nonisolated(unsafe) let rowTaps = gaze_row_taps(
            first: first.baseAddress, weights: weights.baseAddress, taps: taps.stride, count: taps.count)
          forEachRow(rows.count, by: loop) { row in
            let start = (rows.lowerBound + row) * image.width * 3
            kernels.table.pointee.resample_row(
              source.baseAddress! + start, source.count - start, rowTaps, result + row * size.width * 3)
          }
        }
      }
    }
    count = target.count
  }
  return RGBImage(size: size, pixels: pixels)
}

/// The pass along the columns; row 0 of `image` is the source row `firstRow` of the taps.
private func resizeColumns(
  of image: RGBImage, firstRow: Int, by taps: ResizeTaps, _ kernels: PixelKernels, _ loop: ParallelLoop
) -> RGBImage {
  let size = ImageSize(width: image.width, height: taps.count)
  let rowBytes = size.width * 3
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
    let result = target.baseAddress!
    image.pixels.withUnsafeBufferPointer { source in
      taps.weights.withUnsafeBufferPointer { weights in
        // Iterations write rows of their own and read what none writes.
        nonisolated(unsafe) let (source, weights, result) = (source, weights, result)
        forEachRow(taps.count, by: loop) { y in
          kernels.table.pointee.resample_column(
            source.baseAddress! + (Int(taps.first[y]) - firstRow) * rowBytes, rowBytes,
            weights.baseAddress! + y * taps.stride, taps.counts[y], result + y * rowBytes)
        }
      }
    }
    count = target.count
  }
  return RGBImage(size: size, pixels: pixels)
}

extension RGBImage {
  /// The rectangle where `columns` and `rows` meet.
  fileprivate func cut(columns: Range<Int>, rows: Range<Int>) -> RGBImage {
    if columns.count == width, rows.count == height { return self }
    var cut: [UInt8] = []
    cut.reserveCapacity(columns.count * rows.count * 3)
    for y in rows {
      let row = y * width
      cut += pixels[(row + columns.lowerBound) * 3..<(row + columns.upperBound) * 3]
    }
    return RGBImage(size: ImageSize(width: columns.count, height: rows.count), pixels: cut)
  }
}
