import CDrawing
package import Images

/// Pixels with premultiplied alpha, rows from the top: what is laid over a picture.
package struct PremultipliedLayer: Hashable, Sendable {
  package let size: ImageSize
  /// Four bytes a pixel: R, G, B, each at most A, then A.
  package let pixels: [UInt8]
}

extension Figure {
  /// On white, `scale` pixels to a unit.
  ///
  /// - Throws: where the libraries are not on the machine.
  package func rgb(scale: Int = 2) throws(DrawingError) -> RGBImage {
    let layer = try layer(scale: scale)
    let pixels = [UInt8](unsafeUninitializedCapacity: 3 * layer.size.pixelCount) { output, initialized in
      layer.pixels.withUnsafeBufferPointer { source in
        for pixel in 0..<layer.size.pixelCount {
          let white = 255 - source[4 * pixel + 3]
          for channel in 0..<3 { output[3 * pixel + channel] = source[4 * pixel + channel] + white }
        }
      }
      initialized = 3 * layer.size.pixelCount
    }
    return RGBImage(size: layer.size, pixels: pixels)
  }

  /// On nothing, `scale` pixels to a unit.
  ///
  /// - Throws: where the libraries are not on the machine.
  package func layer(scale: Int = 1) throws(DrawingError) -> PremultipliedLayer {
    precondition(
      scale > 0 && max(width, height) * scale <= Self.mostPixels,
      "Figure: \(width) by \(height) units of \(scale) pixels; at most \(Self.mostPixels) to a side")
    let size = ImageSize(width: width * scale, height: height * scale)
    let pixels = try Fonts.lend { fonts in
      let surface = cdrawing_surface_of_pixels(Int32(size.width), Int32(size.height), Double(scale))
      defer { cdrawing_surface_free(surface) }
      draw(on: surface, fonts)
      var rowBytes = 0
      guard let rows = cdrawing_surface_pixels(surface, &rowBytes) else { fatalError("Figure: out of memory") }
      return [UInt8](unsafeUninitializedCapacity: 4 * size.pixelCount) { output, initialized in
        var next = 0
        for y in 0..<size.height {
          let row = UnsafeRawPointer(rows + y * rowBytes)
          for x in 0..<size.width {
            let word = row.load(fromByteOffset: 4 * x, as: UInt32.self)
            output[next] = UInt8(truncatingIfNeeded: word >> 16)
            output[next + 1] = UInt8(truncatingIfNeeded: word >> 8)
            output[next + 2] = UInt8(truncatingIfNeeded: word)
            output[next + 3] = UInt8(truncatingIfNeeded: word >> 24)
            next += 4
          }
        }
        initialized = next
      }
    }
    return PremultipliedLayer(size: size, pixels: pixels)
  }

  /// Cairo's limit.
  package static let mostPixels = 32_767

  /// A document of one page, a unit a point; its letters can be searched and copied.
  ///
  /// - Throws: where the libraries are not on the machine.
  package func pdf() throws(DrawingError) -> [UInt8] {
    try Fonts.lend { fonts in
      let surface = cdrawing_surface_of_pdf(Double(width), Double(height), printable(title))
      defer { cdrawing_surface_free(surface) }
      draw(on: surface, fonts)
      var count = 0
      guard let bytes = cdrawing_surface_finish(surface, &count) else { fatalError("Figure: out of memory") }
      return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
  }

  private func draw(on surface: OpaquePointer?, _ fonts: OpaquePointer) {
    for element in elements {
      switch element {
      case .fill(let box, let color, let opacity, _):
        cdrawing_fill(surface, box.x, box.y, box.width, box.height, paint(color, opacity))
      case .stroke(let line, let width, let color, let dashes):
        cdrawing_stroke(
          surface, line.flatMap { [$0.x, $0.y] }, line.count, width, dashes, dashes.count, paint(color))
      case .text(let text, let corner, let isUpwards, let color, let border):
        for (line, place) in Element.baselines(of: text, at: corner, isUpwards: isUpwards) {
          cdrawing_show_line(
            surface, fonts, line.text, line.text.utf8.count, text.size, line.isRightToLeft ? 1 : 0, place.x, place.y,
            isUpwards ? 1 : 0, paint(color), border?.width ?? 0, paint(border?.color ?? color))
        }
      }
    }
  }

  private func paint(_ color: RGB8, _ opacity: Double = 1) -> cdrawing_paint {
    cdrawing_paint(red: color.red, green: color.green, blue: color.blue, opacity: opacity)
  }
}
