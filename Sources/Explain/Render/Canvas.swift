import Images

/// A picture being drawn on: 8-bit channels, RGB or RGB with straight alpha, rows from the top.
///
/// Everything is drawn on the pixel grid in 8-bit sRGB values; what lies outside the picture is left out.
struct Canvas {
  let size: ImageSize
  /// 3 or 4.
  let channels: Int
  private(set) var pixels: [UInt8]

  init(_ image: RGBImage) {
    size = image.size
    channels = 3
    pixels = image.pixels
  }

  init(_ image: RGBAImage) {
    size = image.size
    channels = 4
    pixels = image.pixels
  }

  init(size: ImageSize, filledWith color: RGB8) {
    self.size = size
    channels = 3
    pixels = [UInt8](repeating: color.red, count: 3 * size.pixelCount)
    fill(PixelRect(x: 0, y: 0, width: size.width, height: size.height), with: color)
  }

  var rgb: RGBImage { RGBImage(size: size, pixels: pixels) }
  var rgba: RGBAImage { RGBAImage(size: size, pixels: pixels) }

  /// The bytes, for loops over many.
  mutating func withPixels(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    pixels.withUnsafeMutableBufferPointer { body($0) }
  }

  // MARK: Areas

  mutating func fill(_ rect: PixelRect, with color: RGB8) {
    for y in max(rect.y, 0)..<max(min(rect.y + rect.height, size.height), max(rect.y, 0)) {
      for x in max(rect.x, 0)..<max(min(rect.x + rect.width, size.width), max(rect.x, 0)) {
        lay(color, at: (x, y), opacity: 255)
      }
    }
  }

  /// Copies a picture of the same kind; `x` and `y` are the place of its top left pixel, all of it within the canvas.
  mutating func place(_ image: RGBImage, x: Int, y: Int) {
    precondition(channels == 3, "Canvas.place: the canvas has alpha")
    precondition(
      x >= 0 && y >= 0 && x + image.width <= size.width && y + image.height <= size.height,
      "Canvas.place: \(image.size) at (\(x), \(y)) does not lie within \(size)")
    let rowBytes = 3 * image.width
    for row in 0..<image.height {
      let start = 3 * ((y + row) * size.width + x)
      pixels.replaceSubrange(start..<start + rowBytes, with: image.pixels[row * rowBytes..<(row + 1) * rowBytes])
    }
  }

  /// Lays a colour over one pixel of the picture, the usual way ("over" of Porter and Duff, "Compositing digital images",
  /// SIGGRAPH 1984): with a the opacity and b the alpha below, α = a + (1 − a)·b and
  /// c = (a·colour + (1 − a)·b·below) / α, each rounded to the nearest.
  ///
  /// - Parameter opacity: 0 to 255.
  mutating func lay(_ color: RGB8, at place: (x: Int, y: Int), opacity: Int) {
    let index = channels * (place.y * size.width + place.x)
    let below = channels == 4 ? Int(pixels[index + 3]) : 255
    // Both weights and their sum, the alpha, in units of 1/255².
    let own = 255 * opacity
    let rest = (255 - opacity) * below
    let alpha = own + rest
    guard alpha > 0 else { return }
    let mix = { (value: UInt8, below: UInt8) in
      UInt8((2 * (own * Int(value) + rest * Int(below)) + alpha) / (2 * alpha))
    }
    pixels[index] = mix(color.red, pixels[index])
    pixels[index + 1] = mix(color.green, pixels[index + 1])
    pixels[index + 2] = mix(color.blue, pixels[index + 2])
    if channels == 4 { pixels[index + 3] = UInt8((2 * alpha + 255) / 510) }
  }

  /// Lays a colour over the picture where the mask covers it.
  mutating func lay(_ color: RGB8, through mask: CoverageMask) {
    for y in 0..<mask.rect.height {
      for x in 0..<mask.rect.width {
        let coverage = mask.coverage[y * mask.rect.width + x]
        if coverage > 0 { lay(color, at: (mask.rect.x + x, mask.rect.y + y), opacity: Int(coverage)) }
      }
    }
  }

  // MARK: Text

  /// Writes a line of text in `DotFont`, each dot a square of `scale` pixels.
  ///
  /// - Parameter place: of the top left dot of the first letter.
  mutating func write(_ text: String, at place: (x: Int, y: Int), scale: Int, color: RGB8) {
    forEachDot(of: text, scale: scale) { x, y in
      fill(PixelRect(x: place.x + x, y: place.y + y, width: scale, height: scale), with: color)
    }
  }

  /// The same, turned by 90° against the clock: the text runs upwards, its letters' tops to the left.
  ///
  /// - Parameter place: of the bottom left pixel, which is that of the first letter's top left dot.
  mutating func writeUpwards(_ text: String, at place: (x: Int, y: Int), scale: Int, color: RGB8) {
    forEachDot(of: text, scale: scale) { x, y in
      fill(PixelRect(x: place.x + y, y: place.y - x - scale + 1, width: scale, height: scale), with: color)
    }
  }

  /// The same with a border of one dot around the letters, to be read on any ground.
  mutating func write(_ text: String, at place: (x: Int, y: Int), scale: Int, color: RGB8, border: RGB8) {
    forEachDot(of: text, scale: scale) { x, y in
      let (x, y) = (place.x + x - scale, place.y + y - scale)
      fill(PixelRect(x: x, y: y, width: 3 * scale, height: 3 * scale), with: border)
    }
    write(text, at: place, scale: scale, color: color)
  }

  private func forEachDot(of text: String, scale: Int, _ body: (_ x: Int, _ y: Int) -> Void) {
    for (index, character) in text.enumerated() {
      for (y, row) in DotFont.rows(of: character).enumerated() {
        for x in 0..<DotFont.width where row >> (DotFont.width - 1 - x) & 1 == 1 {
          body((index * DotFont.advance + x) * scale, y * scale)
        }
      }
    }
  }
}

extension DotFont {
  /// The dots across a line of text, without the gap after its last letter.
  static func width(of text: String) -> Int { max(text.count * advance - (advance - width), 0) }
}
