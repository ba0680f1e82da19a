package import Images

/// The image with the heat laid over a part of it: round((1 − opacity)·image + opacity·heat), halves up, in 8-bit sRGB
/// values as the papers do it (not in linear light). Outside the rectangle the image is unchanged.
///
/// - Parameters:
///   - heat: the colours, of the size of `rect`.
///   - rect: where they lie; within the image.
///   - opacity: 0 (the image) to 1 (the colours).
package func blend(_ heat: RGBImage, at rect: PixelRect, over image: RGBImage, opacity: Double) -> RGBImage {
  requirePlace(rect, of: heat, on: image.size, opacity: opacity)
  // 24-bit fixed point: sums stay below 2³², and the compiler makes vectors of the loop.
  let one: UInt32 = 1 << 24
  let heatWeight = UInt32((opacity * Double(one)).rounded())
  let imageWeight = one - heatWeight
  var pixels = image.pixels
  pixels.withUnsafeMutableBufferPointer { output in
    heat.pixels.withUnsafeBufferPointer { heat in
      let rowBytes = 3 * rect.width
      for row in 0..<rect.height {
        let start = 3 * ((rect.y + row) * image.width + rect.x)
        let target = UnsafeMutableBufferPointer(rebasing: output[start..<start + rowBytes])
        let source = UnsafeBufferPointer(rebasing: heat[row * rowBytes..<(row + 1) * rowBytes])
        for index in 0..<rowBytes {
          let sum = UInt32(target[index]) &* imageWeight &+ UInt32(source[index]) &* heatWeight &+ one / 2
          target[index] = UInt8(truncatingIfNeeded: sum >> 24)
        }
      }
    }
  }
  return RGBImage(size: image.size, pixels: pixels)
}

/// The heat alone on a transparent picture: alpha is round(255·opacity) in the rectangle, and 0 elsewhere. Composited
/// over the image in 8-bit sRGB values, as browsers do, it gives the picture of `blend` within 1 of each byte.
///
/// - Parameters:
///   - heat: the colours, of the size of `rect`.
///   - rect: where they lie; within `size`.
///   - size: the picture's size.
///   - opacity: 0 to 1.
package func heatmapAlone(_ heat: RGBImage, at rect: PixelRect, on size: ImageSize, opacity: Double) -> RGBAImage {
  requirePlace(rect, of: heat, on: size, opacity: opacity)
  let alpha = UInt8((255 * opacity).rounded())
  var pixels = [UInt8](repeating: 0, count: 4 * size.pixelCount)
  pixels.withUnsafeMutableBufferPointer { output in
    heat.pixels.withUnsafeBufferPointer { heat in
      for row in 0..<rect.height {
        var target = 4 * ((rect.y + row) * size.width + rect.x)
        var source = 3 * row * rect.width
        for _ in 0..<rect.width {
          output[target] = heat[source]
          output[target + 1] = heat[source + 1]
          output[target + 2] = heat[source + 2]
          output[target + 3] = alpha
          target += 4
          source += 3
        }
      }
    }
  }
  return RGBAImage(size: size, pixels: pixels)
}

private func requirePlace(_ rect: PixelRect, of heat: RGBImage, on size: ImageSize, opacity: Double) {
  precondition(
    heat.width == rect.width && heat.height == rect.height,
    "the heat is \(heat.size), its place \(rect.width)x\(rect.height)")
  precondition(
    rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= size.width && rect.y + rect.height <= size.height,
    "\(rect) does not lie within \(size)")
  precondition((0...1).contains(opacity), "opacity \(opacity) is not between 0 and 1")
}
