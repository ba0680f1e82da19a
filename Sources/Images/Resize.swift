import Glibc

/// An interpolation filter, widened when a picture shrinks so that every source pixel counts (antialiasing).
///
/// The names and formulas are Pillow's, so that networks see the pixels that they were trained on.
package enum ResizeFilter: String, Sendable, Codable, CaseIterable {
  /// The triangle of radius 1.
  case bilinear
  /// Keys' cubic convolution with a = -0.5, radius 2.
  ///
  /// Source: R. Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29 (1981).
  case bicubic
  /// sinc(x) sinc(x / 3), radius 3.
  case lanczos3

  /// Radius in source pixels at scale 1.
  var radius: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos3: 3
    }
  }

  func weight(at position: Double) -> Double {
    let x = abs(position)
    guard x < radius else { return 0 }
    switch self {
    case .bilinear:
      return 1 - x
    case .bicubic:
      let a = -0.5
      return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * a
    case .lanczos3:
      return sinc(x) * sinc(x / 3)
    }
  }

  private func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}

/// Resizes a picture exactly as Pillow's `Image.resize` does: the same bytes.
///
/// Two passes, first along the rows and then along the columns, with weights of 22 fractional bits; between the passes
/// pixels are rounded to 8 bits. A pass whose length does not change is left out.
///
/// - Parameters:
///   - size: of the whole resized picture; both sides at least 1.
///   - region: the rectangle of the resized picture that is wanted, all of it by default. It equals the same rectangle cut
///     out of the whole result, but nothing outside it is computed or allocated.
/// - Returns: a picture of the size of `region`.
///
/// Source: Pillow, src/libImaging/Resample.c.
package func resize(
  _ image: RGBImage, to size: ImageSize, filter: ResizeFilter, region: PixelRect? = nil
) -> RGBImage {
  precondition(image.width > 0 && image.height > 0, "resize: a picture without pixels")
  precondition(size.width > 0 && size.height > 0, "resize: \(size) has no pixels")
  let region = region ?? PixelRect(x: 0, y: 0, width: size.width, height: size.height)
  precondition(
    region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0
      && region.x <= size.width - region.width && region.y <= size.height - region.height,
    "resize: \(region) is not inside \(size)")

  let columns = region.x..<region.x + region.width
  let rows = region.y..<region.y + region.height
  let vertical =
    size.height == image.height ? nil : ResizeTaps(from: image.height, to: size.height, filter: filter, only: rows)
  let sourceRows = vertical?.sources ?? rows
  let narrowed =
    if size.width == image.width {
      image.cut(columns: columns, rows: sourceRows)
    } else {
      resizeRows(
        of: image, rows: sourceRows,
        by: ResizeTaps(from: image.width, to: size.width, filter: filter, only: columns))
    }
  return vertical.map { resizeColumns(of: narrowed, firstRow: sourceRows.lowerBound, by: $0) } ?? narrowed
}

/// Shrinks a picture for display so that its longer side is `longestSide` pixels; a smaller picture comes back as it is.
package func resizeToFit(_ image: RGBImage, longestSide: Int) -> RGBImage {
  precondition(longestSide > 0, "resizeToFit: a side of \(longestSide) pixels")
  let longer = max(image.width, image.height)
  guard longer > longestSide else { return image }
  let scaled = { (side: Int) in max(1, (side * longestSide + longer / 2) / longer) }
  return resize(
    image, to: ImageSize(width: scaled(image.width), height: scaled(image.height)), filter: .bilinear)
}

// MARK: - Weights

/// For each of a run of target pixels along one axis: where its source pixels begin, and their weights.
private struct ResizeTaps {
  struct Target {
    /// Number of the first source pixel.
    let source: Int
    /// Where the weights stand in `weights`.
    let weights: Range<Int>
  }

  /// Fractional bits of a weight: 32 less 8 for a pixel and 2 against overflow where weights are negative.
  static let fractionBits: Int32 = 32 - 8 - 2

  private(set) var targets: [Target] = []
  private(set) var weights: [Int32] = []

  /// The source pixels that any of the targets needs.
  var sources: Range<Int> {
    // Both ends grow with the target, so the first and the last target bound them all.
    targets[0].source..<targets[targets.count - 1].source + targets[targets.count - 1].weights.count
  }

  init(from sourceCount: Int, to targetCount: Int, filter: ResizeFilter, only wanted: Range<Int>) {
    let scale = Double(sourceCount) / Double(targetCount)
    let widening = max(scale, 1)
    let radius = filter.radius * widening
    // Pillow multiplies by the reciprocal; a division would round differently.
    let narrowing = 1 / widening
    targets.reserveCapacity(wanted.count)
    var exact: [Double] = []
    for target in wanted {
      let center = (Double(target) + 0.5) * scale
      let first = max(0, Int(center - radius + 0.5))
      let end = min(sourceCount, Int(center + radius + 0.5))
      exact.removeAll(keepingCapacity: true)
      for source in first..<end {
        exact.append(filter.weight(at: (Double(source) - center + 0.5) * narrowing))
      }
      let sum = exact.reduce(0, +)
      let start = weights.count
      weights.append(contentsOf: exact.lazy.map { Self.fixedPoint(sum == 0 ? $0 : $0 / sum) })
      targets.append(Target(source: first, weights: start..<weights.count))
    }
  }

  private static func fixedPoint(_ weight: Double) -> Int32 {
    Int32(weight * Double(1 << fractionBits) + (weight < 0 ? -0.5 : 0.5))
  }

  /// A half, so that dropping the fraction rounds.
  static let rounding: Int32 = 1 << (fractionBits - 1)

  static func pixel(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: min(max(sum >> fractionBits, 0), 255)) }
}

// MARK: - Passes

/// The pass along the rows, over `rows` of the picture only.
private func resizeRows(of image: RGBImage, rows: Range<Int>, by taps: ResizeTaps) -> RGBImage {
  let size = ImageSize(width: taps.targets.count, height: rows.count)
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
    image.pixels.withUnsafeBufferPointer { source in
      taps.weights.withUnsafeBufferPointer { weights in
        var to = 0
        for y in rows {
          for column in taps.targets {
            var from = (y * image.width + column.source) * 3
            var (red, green, blue) = (ResizeTaps.rounding, ResizeTaps.rounding, ResizeTaps.rounding)
            for index in column.weights {
              let weight = weights[index]
              red &+= Int32(source[from]) &* weight
              green &+= Int32(source[from + 1]) &* weight
              blue &+= Int32(source[from + 2]) &* weight
              from += 3
            }
            target[to] = ResizeTaps.pixel(red)
            target[to + 1] = ResizeTaps.pixel(green)
            target[to + 2] = ResizeTaps.pixel(blue)
            to += 3
          }
        }
      }
    }
    count = target.count
  }
  return RGBImage(size: size, pixels: pixels)
}

/// The pass along the columns; row 0 of `image` is the source row `firstRow` of the taps.
private func resizeColumns(of image: RGBImage, firstRow: Int, by taps: ResizeTaps) -> RGBImage {
  let size = ImageSize(width: image.width, height: taps.targets.count)
  let rowBytes = size.width * 3
  var sums = [Int32](repeating: 0, count: rowBytes)
  let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
    image.pixels.withUnsafeBufferPointer { source in
      sums.withUnsafeMutableBufferPointer { sums in
        for (y, row) in taps.targets.enumerated() {
          sums.update(repeating: ResizeTaps.rounding)
          var from = (row.source - firstRow) * rowBytes
          for weight in taps.weights[row.weights] {
            for x in 0..<rowBytes { sums[x] &+= Int32(source[from + x]) &* weight }
            from += rowBytes
          }
          for x in 0..<rowBytes { target[y * rowBytes + x] = ResizeTaps.pixel(sums[x]) }
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
