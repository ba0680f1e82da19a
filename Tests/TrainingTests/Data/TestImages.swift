import Autodiff
import Images
import TestSupport

/// A picture of the pixels that `pixel` gives for each x and y.
func picture(_ width: Int, _ height: Int, _ pixel: (_ x: Int, _ y: Int) -> [UInt8]) -> RGBImage {
  var pixels: [UInt8] = []
  for y in 0..<height { for x in 0..<width { pixels += pixel(x, y) } }
  return RGBImage(size: ImageSize(width: width, height: height), pixels: pixels)
}

/// A picture like no other: smooth blobs of random levels.
func drawnPicture(seed: UInt64, _ width: Int = 40, _ height: Int = 32) -> RGBImage {
  var random = SplitMix64(seed: seed)
  let cells = (0..<25 * 3).map { _ in UInt8(random.next() >> 56) }
  let coarse = RGBImage(size: ImageSize(width: 5, height: 5), pixels: cells)
  return resize(coarse, to: ImageSize(width: width, height: height), filter: .bicubic)
}

/// The PNG file of `drawnPicture`.
func drawnFile(_ seed: UInt64) -> [UInt8] { encodePNG(drawnPicture(seed: seed)) }

extension RGBImage {
  /// R, G, B.
  subscript(x: Int, y: Int) -> [UInt8] { Array(pixels[(y * width + x) * 3..<(y * width + x) * 3 + 3]) }
}
