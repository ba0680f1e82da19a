package import Images

extension SaliencyMap {
  /// The map with `width` x `height` cells, bilinear.
  ///
  /// Half-pixel centres, edges clamped, no low-pass filter when it shrinks: OpenCV's `INTER_LINEAR`, PyTorch's
  /// `interpolate(mode="bilinear", align_corners=False, antialias=False)`.
  ///
  /// - Parameter rows: those of the result that are wanted; nil for all.
  package func resizedBilinear(width: Int, height: Int, rows: Range<Int>? = nil) -> SaliencyMap {
    let rows = rows ?? 0..<height
    return sampled(
      over: ImageRegion(x: 0, y: 0, width: Double(width), height: Double(height)),
      at: PixelRect(x: 0, y: rows.lowerBound, width: width, height: rows.count))
  }

  /// The map laid over an upright picture: `size.width` x `size.height` cells, one a pixel.
  ///
  /// - Parameters:
  ///   - crop: the part of the picture that the map covers, in the picture's pixels.
  ///   - size: the picture's size.
  ///   - rows: those of the picture that are wanted; nil for all. The result has no others.
  ///   - outside: the value of the pixels whose centre lies outside the crop, which the network did not see.
  package func placed(
    crop: ImageRegion, on size: ImageSize, rows: Range<Int>? = nil, outside: Float = .nan
  ) -> SaliencyMap {
    let rows = rows ?? 0..<size.height
    var inside = crop.pixels(of: size)
    let seen = (inside.y..<inside.y + inside.height).clamped(to: rows)
    (inside.y, inside.height) = (seen.lowerBound, seen.count)
    let patch = sampled(over: crop, at: inside)
    var values = [Float](repeating: outside, count: rows.count * size.width)
    for row in 0..<inside.height {
      let start = (inside.y - rows.lowerBound + row) * size.width + inside.x
      values.replaceSubrange(
        start..<start + inside.width, with: patch.values[row * inside.width..<(row + 1) * inside.width])
    }
    return SaliencyMap(width: size.width, height: rows.count, values: values)
  }

  /// The map, stretched over `region`, read at the centres of `pixels`: bilinear between the centres of its cells, and
  /// beyond the outermost centres the value of the nearest edge.
  ///
  /// Pixel x has its centre at x + ½; in the map's cells that is (x + ½ − region.x) · width / region.width − ½.
  ///
  /// - Parameters:
  ///   - region: what the map covers, in the picture's pixels; not empty.
  ///   - pixels: the pixels to read; the result has their width and height.
  package func sampled(over region: ImageRegion, at pixels: PixelRect) -> SaliencyMap {
    guard pixels.width > 0 && pixels.height > 0 else {
      return SaliencyMap(width: pixels.width, height: pixels.height, values: [])
    }
    let result = [Float](unsafeUninitializedCapacity: pixels.width * pixels.height) { output, initialized in
      var next = 0
      forEachSampledRow(over: region, at: pixels) { upper, lower, fraction in
        let row = output.baseAddress! + next
        for x in 0..<pixels.width { row[x] = mix(upper[x], lower[x], fraction) }
        next += pixels.width
      }
      initialized = next
    }
    return SaliencyMap(width: pixels.width, height: pixels.height, values: result)
  }

  /// The rows of `sampled(over:at:)` before they are mixed: for each row of pixels from the top, two rows of the map
  /// with `pixels.width` values each, sampled along x, and how far (0 to 1) the pixels lie from the first to the
  /// second.
  ///
  /// A row of the map serves many rows of pixels and is sampled along x once.
  func forEachSampledRow(
    over region: ImageRegion, at pixels: PixelRect,
    _ body: (_ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, _ fraction: Float) -> Void
  ) {
    guard pixels.width > 0 && pixels.height > 0 else { return }
    precondition(width > 0 && height > 0, "SaliencyMap.sampled: the map has no cells")
    let columns = taps(from: pixels.x, count: pixels.width, origin: region.x, length: region.width, cells: width)
    let rows = taps(from: pixels.y, count: pixels.height, origin: region.y, length: region.height, cells: height)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * pixels.width) { lines in
      values.withUnsafeBufferPointer { map in
        columns.withUnsafeBufferPointer { columns in
          func sample(_ row: Int, into line: UnsafeMutablePointer<Float>) {
            for x in 0..<columns.count {
              let column = columns[x]
              let left = row * width + column.cell
              (line + x).initialize(to: mix(map[left], map[left + column.step], column.fraction))
            }
          }
          var upper = lines.baseAddress!
          var lower = upper + pixels.width
          var (upperRow, lowerRow) = (-1, -1)
          for row in rows {
            if upperRow != row.cell {
              if lowerRow == row.cell {
                swap(&upper, &lower)
                swap(&upperRow, &lowerRow)
              } else {
                sample(row.cell, into: upper)
                upperRow = row.cell
              }
            }
            if lowerRow != row.cell + row.step {
              sample(row.cell + row.step, into: lower)
              lowerRow = row.cell + row.step
            }
            body(upper, lower, row.fraction)
          }
        }
      }
    }
  }
}

extension ImageRegion {
  /// The pixels of a picture whose centres lie in this region: left and top edge included, right and bottom not, so
  /// that no pixel belongs to two regions that touch. Width or height 0 where there is no such pixel.
  package func pixels(of size: ImageSize) -> PixelRect {
    let left = firstCentre(from: x, limit: size.width)
    let right = firstCentre(from: x + width, limit: size.width)
    let top = firstCentre(from: y, limit: size.height)
    let bottom = firstCentre(from: y + height, limit: size.height)
    return PixelRect(x: left, y: top, width: max(right - left, 0), height: max(bottom - top, 0))
  }

  /// This region of a picture, in the pixels of a copy of another size.
  package func scaled(from original: ImageSize, to copy: ImageSize) -> ImageRegion {
    precondition(original.width > 0 && original.height > 0, "ImageRegion.scaled: the original has no pixels")
    let horizontal = Double(copy.width) / Double(original.width)
    let vertical = Double(copy.height) / Double(original.height)
    return ImageRegion(x: x * horizontal, y: y * vertical, width: width * horizontal, height: height * vertical)
  }
}

/// The number of the first pixel whose centre is not before `edge`, within 0...limit.
private func firstCentre(from edge: Double, limit: Int) -> Int {
  Int(min(max((edge - 0.5).rounded(.up), 0), Double(limit)))
}

/// Where pixels' centres fall along one axis of a map.
private func taps(from first: Int, count: Int, origin: Double, length: Double, cells: Int) -> [BilinearTap] {
  precondition(length > 0, "SaliencyMap.sampled: the region is empty")
  let cellsPerPixel = Double(cells) / length
  return (first..<first + count).map { pixel in
    BilinearTap(at: (Double(pixel) + 0.5 - origin) * cellsPerPixel - 0.5, of: cells)
  }
}

/// a + (b − a)t, written so that it cannot overflow for finite a and b.
@inline(__always)
func mix(_ a: Float, _ b: Float, _ t: Float) -> Float {
  a * (1 - t) + b * t
}
