/// Width and height of a picture in pixels.
package struct ImageSize: Hashable, Sendable, Codable, CustomStringConvertible {
  package var width: Int
  package var height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  package var pixelCount: Int { width * height }
  package var description: String { "\(width)x\(height)" }
}

/// A rectangle of whole pixels; `x` and `y` count from the top left.
package struct PixelRect: Hashable, Sendable, Codable {
  package var x: Int
  package var y: Int
  package var width: Int
  package var height: Int

  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// An 8-bit RGB picture: rows from the top, three bytes a pixel, no padding between rows.
package struct RGBImage: Hashable, Sendable {
  package let size: ImageSize
  /// `size.width * size.height * 3` bytes, R, G, B interleaved.
  package let pixels: [UInt8]

  package init(size: ImageSize, pixels: [UInt8]) {
    precondition(
      pixels.count == size.pixelCount * 3,
      "RGBImage: \(size) needs \(size.pixelCount * 3) bytes, not \(pixels.count)")
    self.size = size
    self.pixels = pixels
  }

  package var width: Int { size.width }
  package var height: Int { size.height }
}

/// An 8-bit RGBA picture with straight (not premultiplied) alpha: rows from the top, four bytes a pixel.
package struct RGBAImage: Hashable, Sendable {
  package let size: ImageSize
  /// `size.width * size.height * 4` bytes, R, G, B, A interleaved.
  package let pixels: [UInt8]

  package init(size: ImageSize, pixels: [UInt8]) {
    precondition(
      pixels.count == size.pixelCount * 4,
      "RGBAImage: \(size) needs \(size.pixelCount * 4) bytes, not \(pixels.count)")
    self.size = size
    self.pixels = pixels
  }

  package var width: Int { size.width }
  package var height: Int { size.height }
}
