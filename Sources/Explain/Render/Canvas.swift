import Drawing
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
    for index in stride(from: 0, to: pixels.count, by: 3) {
      pixels[index + 1] = color.green
      pixels[index + 2] = color.blue
    }
  }

  var rgb: RGBImage { RGBImage(size: size, pixels: pixels) }
  var rgba: RGBAImage { RGBAImage(size: size, pixels: pixels) }

  /// The bytes, for loops over many.
  mutating func withPixels(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    pixels.withUnsafeMutableBufferPointer { body($0) }
  }

  // MARK: Areas

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

  /// Lays a colour over one pixel of the picture, the usual way ("over" of Porter and Duff, "Compositing digital
  /// images", SIGGRAPH 1984): with a the opacity and b the alpha below, α = a + (1 − a)·b and c = (a·colour + (1 −
  /// a)·b·below) / α, each rounded to the nearest.
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

  /// Lays a figure's pixels over the picture, the same way; what lies outside the picture is left out. Where the figure
  /// is transparent no bit changes.
  ///
  /// - Parameters:
  ///   - x, y: the place of its top left pixel.
  mutating func lay(_ layer: PremultipliedLayer, x: Int, y: Int) {
    let columns = max(0, -x)..<max(min(layer.size.width, size.width - x), max(0, -x))
    for row in max(0, -y)..<max(min(layer.size.height, size.height - y), max(0, -y)) {
      for column in columns {
        let source = 4 * (row * layer.size.width + column)
        let opacity = Int(layer.pixels[source + 3])
        guard opacity > 0 else { continue }
        let index = channels * ((y + row) * size.width + x + column)
        let below = channels == 4 ? Int(pixels[index + 3]) : 255
        // In units of 1/255², as above; the figure's colours have its opacity in them.
        let rest = (255 - opacity) * below
        let alpha = 255 * opacity + rest
        for channel in 0..<3 {
          let sum = 255 * 255 * Int(layer.pixels[source + channel]) + rest * Int(pixels[index + channel])
          pixels[index + channel] = UInt8((2 * sum + alpha) / (2 * alpha))
        }
        if channels == 4 { pixels[index + 3] = UInt8((2 * alpha + 255) / 510) }
      }
    }
  }
}
