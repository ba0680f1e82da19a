package import Images

extension Canvas {
  /// Lays the map's colours over their part of the picture: round((1 − opacity)·picture + opacity·colour), halves up,
  /// in 8-bit sRGB values as the papers do it (not in linear light).
  mutating func blend(_ map: ColoredMap, opacity: Double) {
    precondition(channels == 3, "Canvas.blend: the canvas has alpha")
    let rect = map.rect
    requirePlace(rect, on: size, opacity: opacity)
    // 24-bit fixed point: sums stay below 2³².
    let one: UInt32 = 1 << 24
    let colorWeight = UInt32((opacity * Double(one)).rounded())
    let pictureWeight = one - colorWeight
    let parts = map.table.flatMap { [$0.red, $0.green, $0.blue] }.map { UInt32($0) * colorWeight + one / 2 }
    let stride = size.width
    withPixels { pixels in
      map.entries.withUnsafeBufferPointer { entries in
        parts.withUnsafeBufferPointer { parts in
          for row in 0..<rect.height {
            var target = pixels.baseAddress! + 3 * ((rect.y + row) * stride + rect.x)
            for entry in entries[row * rect.width..<(row + 1) * rect.width] {
              let part = parts.baseAddress! + 3 * Int(entry)
              for channel in 0..<3 {
                let sum = UInt32(target[channel]) &* pictureWeight &+ part[channel]
                target[channel] = UInt8(truncatingIfNeeded: sum >> 24)
              }
              target += 3
            }
          }
        }
      }
    }
  }
}

/// A map's colours to be laid over a picture: transparent where the network did not see.
package enum HeatmapLayer: Hashable, Sendable {
  /// Where 256 colours, transparent among them, are enough: a quarter of the bytes.
  case indexed(IndexedImage)
  case rgba(RGBAImage)

  package var rgba: RGBAImage {
    switch self {
    case .indexed(let image): image.rgba
    case .rgba(let image): image
    }
  }
}

extension HeatmapLayer {
  /// The colours on a transparent picture: alpha is round(255·opacity) in the map's rectangle, and 0 elsewhere.
  /// Composited over the picture in 8-bit sRGB values, as browsers do, it gives the picture of `Canvas.blend` within 1
  /// of each byte.
  init(_ map: ColoredMap, on size: ImageSize, opacity: Double) {
    requirePlace(map.rect, on: size, opacity: opacity)
    let alpha = UInt8((255 * opacity).rounded())
    let palette = map.table.map {
      IndexedImage.Color(red: $0.red, green: $0.green, blue: $0.blue, alpha: alpha)
    }
    if map.rect == PixelRect(x: 0, y: 0, width: size.width, height: size.height) {
      self = .indexed(IndexedImage(size: size, palette: palette, indices: map.entries))
    } else if let free = map.unusedEntry {
      var withHole = palette
      withHole[Int(free)] = IndexedImage.Color(red: 0, green: 0, blue: 0, alpha: 0)
      self = .indexed(IndexedImage(size: size, palette: withHole, indices: map.laid(on: size, outside: free)))
    } else {
      // All 256 entries are in use, and the transparent outside is one too many.
      let colors = IndexedImage(
        size: ImageSize(width: map.rect.width, height: map.rect.height), palette: palette, indices: map.entries
      ).rgba.pixels
      var pixels = [UInt8](repeating: 0, count: 4 * size.pixelCount)
      let rowBytes = 4 * map.rect.width
      for row in 0..<map.rect.height {
        let start = 4 * ((map.rect.y + row) * size.width + map.rect.x)
        pixels.replaceSubrange(start..<start + rowBytes, with: colors[row * rowBytes..<(row + 1) * rowBytes])
      }
      self = .rgba(RGBAImage(size: size, pixels: pixels))
    }
  }
}

extension ColoredMap {
  /// The first entry of the table that no pixel has.
  fileprivate var unusedEntry: UInt8? {
    var isUsed = [Bool](repeating: false, count: 256)
    for entry in entries { isUsed[Int(entry)] = true }
    return isUsed.firstIndex(of: false).map(UInt8.init)
  }

  /// The entries at their place in a picture of another entry.
  fileprivate func laid(on size: ImageSize, outside: UInt8) -> [UInt8] {
    var pixels = [UInt8](repeating: outside, count: size.pixelCount)
    for row in 0..<rect.height {
      let start = (rect.y + row) * size.width + rect.x
      pixels.replaceSubrange(start..<start + rect.width, with: entries[row * rect.width..<(row + 1) * rect.width])
    }
    return pixels
  }
}

private func requirePlace(_ rect: PixelRect, on size: ImageSize, opacity: Double) {
  precondition(
    rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height,
    "\(rect) does not lie within \(size)")
  precondition((0...1).contains(opacity), "opacity \(opacity) is not between 0 and 1")
}
