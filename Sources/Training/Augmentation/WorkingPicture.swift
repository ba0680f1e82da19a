import Images

/// A picture while it is augmented: a plane each of R, G and B, levels from 0 to 1, which steps may leave for a while.
///
/// Its memory is used again for the next picture. One thread at a time.
final class WorkingPicture {
  private(set) var size = ImageSize(width: 0, height: 0)
  /// What the network sees of it.
  var view = PixelRect(x: 0, y: 0, width: 0, height: 0)
  /// Where the object is, if a step to come asks for it: moved as the picture is.
  var foreground: Foreground?
  private var front = Planes()
  private var back = Planes()

  /// Memory that only grows.
  private struct Planes: ~Copyable {
    var base = UnsafeMutablePointer<Float>.allocate(capacity: 1)
    var capacity = 1

    mutating func reserve(_ count: Int) {
      guard count > capacity else { return }
      base.deallocate()
      base = .allocate(capacity: count)
      capacity = count
    }

    deinit { base.deallocate() }
  }

  var pixelCount: Int { size.pixelCount }
  /// The three planes one after another.
  var levels: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: front.base, count: pixelCount * 3)
  }

  func plane(_ channel: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: front.base + channel * pixelCount, count: pixelCount)
  }

  /// Begins with a picture, all of it.
  func load(_ image: RGBImage, view: PixelRect, foreground mask: ObjectMask? = nil) {
    size = image.size
    self.view = view
    foreground = mask.map { Foreground(shares: $0.stretched(to: image.size), size: size, isPlausible: $0.isPlausible) }
    front.reserve(pixelCount * 3)
    let count = pixelCount
    let (red, green, blue) = (front.base, front.base + count, front.base + 2 * count)
    image.pixels.withUnsafeBufferPointer { pixels in
      let pixels = pixels.baseAddress!
      for pixel in 0..<count {
        red[pixel] = Float(pixels[pixel &* 3]) * (1 / 255)
        green[pixel] = Float(pixels[pixel &* 3 &+ 1]) * (1 / 255)
        blue[pixel] = Float(pixels[pixel &* 3 &+ 2]) * (1 / 255)
      }
    }
  }

  /// Where the object is; it is not followed any further.
  func takeForeground() -> Foreground? {
    defer { foreground = nil }
    return foreground
  }

  /// Makes a new picture of this one: `body` gets the planes as they are, and where the new ones go.
  ///
  /// - Parameter size: of the new picture, all of which is then the view.
  func replace(
    _ size: ImageSize, _ body: (_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void
  ) {
    back.reserve(size.pixelCount * 3)
    body(UnsafePointer(front.base), back.base)
    swap(&front, &back)
    if size != self.size {
      self.size = size
      view = PixelRect(x: 0, y: 0, width: size.width, height: size.height)
    }
  }

  /// The picture in 8 bits, rounded.
  var image: RGBImage {
    let levels = levels
    let count = pixelCount
    let pixels = (0..<count * 3).map { place in
      UInt8(min(max(levels[place % 3 * count + place / 3], 0), 1) * 255 + 0.5)
    }
    return RGBImage(size: size, pixels: pixels)
  }
}
