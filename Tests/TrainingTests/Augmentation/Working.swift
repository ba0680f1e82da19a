import Images

@testable import Training

extension PreparedPicture {
  /// All of a picture.
  init(_ image: RGBImage, foreground: ObjectMask? = nil) {
    self.init(
      image: image, view: PixelRect(x: 0, y: 0, width: image.width, height: image.height), foreground: foreground)
  }
}

extension WorkingPicture {
  convenience init(_ image: RGBImage) {
    self.init()
    let whole = PreparedPicture(image)
    load(whole.image, view: whole.view)
  }

  /// R, G and B of a pixel, in 255ths.
  subscript(x: Int, y: Int) -> [Float] { (0..<3).map { plane($0)[y * size.width + x] * 255 } }
}

/// What an augmentation makes of a picture, in 8 bits.
func changed(
  _ image: RGBImage, by augmentation: Augmentation, seed: UInt64 = 0, to result: ImageSize? = nil
) -> RGBImage {
  let working = WorkingPicture()
  let picture = PreparedPicture(image)
  return augmentation.change(picture, seed: seed, to: result ?? image.size, in: working) ? working.image : image
}

/// What one step makes of a picture, in 8 bits.
func changed(
  _ image: RGBImage, _ kind: AugmentationStep.Kind, _ ranges: [String: ClosedRange<Double>] = [:],
  border: AugmentationBorder = .edge, seed: UInt64 = 0
) throws -> RGBImage {
  changed(image, by: Augmentation([try AugmentationStep(kind, ranges)], border: border), seed: seed)
}

/// Red counts the pixels from left to right and top to bottom.
func numbered(_ width: Int, _ height: Int) -> RGBImage {
  picture(width, height) { x, y in [UInt8(y * width + x), 100, 50] }
}

extension RGBImage {
  /// The first channel, row by row.
  var reds: [UInt8] { stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] } }

  /// The largest difference of any sample; the sizes must be equal.
  func largestDifference(from other: RGBImage) -> Int {
    size == other.size ? zip(pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0 : .max
  }
}
