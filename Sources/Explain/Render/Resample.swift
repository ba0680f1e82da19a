package import Images

extension SaliencyMap {
  /// The map with `width` x `height` cells, bilinear.
  ///
  /// Half-pixel centres, edges clamped, no low-pass filter when it shrinks: OpenCV's `INTER_LINEAR`, PyTorch's
  /// `interpolate(mode="bilinear", align_corners=False, antialias=False)`.
  package func resizedBilinear(width: Int, height: Int) -> SaliencyMap {
    sampled(
      over: ImageRegion(x: 0, y: 0, width: Double(width), height: Double(height)),
      at: PixelRect(x: 0, y: 0, width: width, height: height))
  }

  /// The map laid over an upright picture: `size.width` x `size.height` cells, one a pixel.
  ///
  /// - Parameters:
  ///   - crop: the part of the picture that the map covers, in the picture's pixels.
  ///   - size: the picture's size.
  ///   - outside: the value of the pixels whose centre lies outside the crop, which the network did not see.
  package func placed(crop: ImageRegion, on size: ImageSize, outside: Float = .nan) -> SaliencyMap {
    let inside = crop.pixels(of: size)
    let patch = sampled(over: crop, at: inside)
    var values = [Float](repeating: outside, count: size.pixelCount)
    for row in 0..<inside.height {
      let start = (inside.y + row) * size.width + inside.x
      values.replaceSubrange(
        start..<start + inside.width, with: patch.values[row * inside.width..<(row + 1) * inside.width])
    }
    return SaliencyMap(width: size.width, height: size.height, values: values)
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
    precondition(width > 0 && height > 0, "SaliencyMap.sampled: the map has no cells")
    let columns = taps(from: pixels.x, count: pixels.width, origin: region.x, length: region.width, cells: width)
    let rows = taps(from: pixels.y, count: pixels.height, origin: region.y, length: region.height, cells: height)
    let result = [Float](unsafeUninitializedCapacity: pixels.width * pixels.height) { output, initialized in
      // One row between two of the map's, with its last value doubled so that `cell + 1` always exists.
      withUnsafeTemporaryAllocation(of: Float.self, capacity: width + 1) { line in
        values.withUnsafeBufferPointer { map in
          var next = 0
          for row in rows {
            let upper = row.cell * width
            let lower = min(row.cell + 1, height - 1) * width
            for x in 0..<width {
              line.initializeElement(at: x, to: mix(map[upper + x], map[lower + x], row.fraction))
            }
            line.initializeElement(at: width, to: line[width - 1])
            for column in columns {
              output.initializeElement(at: next, to: mix(line[column.cell], line[column.cell + 1], column.fraction))
              next += 1
            }
          }
          initialized = next
        }
      }
    }
    return SaliencyMap(width: pixels.width, height: pixels.height, values: result)
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

/// Where a pixel's centre falls along one axis of a map: `fraction` of the way from `cell` to its next neighbour.
private struct Tap {
  var cell: Int
  var fraction: Float
}

private func taps(from first: Int, count: Int, origin: Double, length: Double, cells: Int) -> [Tap] {
  precondition(length > 0, "SaliencyMap.sampled: the region is empty")
  let cellsPerPixel = Double(cells) / length
  return (first..<first + count).map { pixel in
    let position = (Double(pixel) + 0.5 - origin) * cellsPerPixel - 0.5
    let clamped = min(max(position, 0), Double(cells - 1))
    let cell = Int(clamped)
    return Tap(cell: cell, fraction: Float(clamped - Double(cell)))
  }
}

/// a + (b − a)t, written so that it cannot overflow for finite a and b.
@inline(__always)
private func mix(_ a: Float, _ b: Float, _ t: Float) -> Float {
  a * (1 - t) + b * t
}
