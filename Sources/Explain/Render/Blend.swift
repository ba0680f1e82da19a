package import Images

extension Canvas {
  /// Lays the map's colours over their part of the picture: round((1 − opacity)·picture + opacity·colour), halves up,
  /// in 8-bit sRGB values as the papers do it (not in linear light).
  ///
  /// - Parameter opacities: of each entry of the map's table.
  mutating func blend(_ map: ColoredMap, opacities: [Double]) {
    precondition(channels == 3, "Canvas.blend: the canvas has alpha")
    let rect = map.rect
    requirePlace(rect, on: size, opacities)
    // 24-bit fixed point: sums stay below 2³².
    let one: UInt32 = 1 << 24
    // Four numbers an entry: what it adds to each channel, and the picture's weight under it.
    let parts = zip(map.table, opacities).flatMap { color, opacity in
      let weight = UInt32((opacity * Double(one)).rounded())
      return [color.red, color.green, color.blue].map { UInt32($0) * weight + one / 2 } + [one - weight]
    }
    let stride = size.width
    withPixels { pixels in
      map.entries.withUnsafeBufferPointer { entries in
        parts.withUnsafeBufferPointer { parts in
          for row in 0..<rect.height {
            var target = pixels.baseAddress! + 3 * ((rect.y + row) * stride + rect.x)
            for entry in entries[row * rect.width..<(row + 1) * rect.width] {
              let part = parts.baseAddress! + 4 * Int(entry)
              for channel in 0..<3 {
                let sum = UInt32(target[channel]) &* part[3] &+ part[channel]
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
  /// `opacities` are those of each entry of the map's table.
  /// Composited over the picture in 8-bit sRGB values, as browsers do, it gives the picture of `Canvas.blend` within 1
  /// of each byte.
  init(_ map: ColoredMap, on size: ImageSize, opacities: [Double]) {
    requirePlace(map.rect, on: size, opacities)
    let palette = zip(map.table, opacities).map { color, opacity in
      IndexedImage.Color(
        red: color.red, green: color.green, blue: color.blue, alpha: UInt8((255 * opacity).rounded()))
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

private func requirePlace(_ rect: PixelRect, on size: ImageSize, _ opacities: [Double]) {
  precondition(
    rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height,
    "\(rect) does not lie within \(size)")
  precondition(
    opacities.count == 256 && opacities.allSatisfy((0...1).contains),
    "opacities \(opacities) are not 256 between 0 and 1")
}
