package import Autodiff
package import Images

/// From an upright picture to a network's input, as its checkpoint was trained: resize, crop, scale. Part of the
/// checkpoint, not of the architecture.
package struct Preprocessing: Hashable, Sendable, Codable {
  package enum ChannelOrder: String, Hashable, Sendable, Codable {
    case rgb, bgr
  }

  /// The shorter side is resized to this many pixels and the longer one to floor(side x longer / shorter), as
  /// torchvision's `Resize` does; nil: the whole picture is resized to `wholeSize`, whatever its aspect ratio.
  package var shorterSide: Int?
  /// What the whole picture is resized to where its aspect ratio is not kept; nil: the input's size.
  package var wholeSize: ImageSize?
  package var filter: ResizeFilter
  /// Width and height of the network's input; cut from the middle of the resized picture.
  package var inputWidth: Int
  package var inputHeight: Int
  package var channelOrder: ChannelOrder
  /// Subtracted from each channel, in 8-bit units and in `channelOrder`.
  package var mean: [Float]
  /// Divides what remains.
  package var deviation: [Float]

  enum CodingKeys: String, CodingKey {
    case filter, mean, deviation
    case shorterSide = "shorter_side"
    case wholeSize = "whole_size"
    case inputWidth = "input_width"
    case inputHeight = "input_height"
    case channelOrder = "channel_order"
  }

  package init(
    shorterSide: Int?, filter: ResizeFilter, inputWidth: Int, inputHeight: Int, channelOrder: ChannelOrder = .rgb,
    mean: [Float], deviation: [Float]
  ) {
    self.shorterSide = shorterSide
    self.filter = filter
    self.inputWidth = inputWidth
    self.inputHeight = inputHeight
    self.channelOrder = channelOrder
    self.mean = mean
    self.deviation = deviation
  }

  package var inputSize: ImageSize { ImageSize(width: inputWidth, height: inputHeight) }
  package var inputShape: Shape { [1, inputHeight, inputWidth, 3] }

  /// The same for a square input of another size, which the picture's shorter side fills: no margin is cut off.
  package func filling(side: Int) -> Preprocessing {
    var scaled = self
    scaled.shorterSide = shorterSide.map { _ in side }
    scaled.wholeSize = nil
    scaled.inputWidth = side
    scaled.inputHeight = side
    return scaled
  }

  /// How the input is cut from a picture of `original`'s size.
  package func geometry(of original: ImageSize) -> CropGeometry {
    let resized = shorterSide.map(original.scaled(toShorterSide:)) ?? wholeSize ?? inputSize
    return CropGeometry(
      original: original, resized: resized,
      crop: PixelRect(
        x: Self.centred(inputWidth, in: resized.width), y: Self.centred(inputHeight, in: resized.height),
        width: inputWidth, height: inputHeight))
  }

  /// The smallest size at which a picture of `original`'s size may be decoded for this network.
  ///
  /// Twice what it is resized to: the pixels that libjpeg makes in the DCT domain then differ from those of Pillow,
  /// which resizes from full size, by less than those of two qualities of JPEG differ. Pictures of up to four
  /// megapixels are decoded in full, and give the same bytes as with Pillow. Measured in
  /// `docs/decisions/image-codecs.md`.
  package func smallestSource(of original: ImageSize) -> ImageSize {
    guard original.pixelCount > 4 << 20 else { return original }
    let resized = geometry(of: original).resized
    return ImageSize(width: 2 * resized.width, height: 2 * resized.height)
  }

  /// The network's input, [1, height, width, 3].
  package func input(
    from decoded: DecodedImage, in pool: BufferPool, by loop: ParallelLoop = onThisThread
  ) -> (input: Tensor, geometry: CropGeometry) {
    let (image, geometry) = crop(of: decoded, by: loop)
    return (Tensor(inputShape, in: pool) { scale(image, into: $0) }, geometry)
  }

  /// What the network sees of a picture, in 8 bits, and where in the picture that is.
  package func crop(
    of decoded: DecodedImage, by loop: ParallelLoop = onThisThread
  ) -> (image: RGBImage, geometry: CropGeometry) {
    let geometry = geometry(of: decoded.originalSize)
    let image = Images.resize(
      decoded.image, to: geometry.resized, filter: filter, region: geometry.crop, of: decoded.covered, by: loop)
    return (image, geometry)
  }

  /// The whole picture, resized: what the crop is cut from.
  package func resized(_ decoded: DecodedImage) -> RGBImage {
    Images.resize(decoded.image, to: geometry(of: decoded.originalSize).resized, filter: filter, of: decoded.covered)
  }

  /// The input's values, [height, width, 3], of 8-bit RGB pixels.
  package func scale(_ image: RGBImage, into values: UnsafeMutableBufferPointer<Float>) {
    precondition(
      image.size == inputSize && values.count == image.pixels.count,
      "Preprocessing.scale: \(image.size) into \(values.count) values for an input of \(inputSize)")
    // 256 values a channel: looked up, since a division takes longer.
    let scaled = (0..<3).flatMap { channel in (0..<256).map { (Float($0) - mean[channel]) / deviation[channel] } }
    let (first, third) = channelOrder == .rgb ? (0, 2) : (2, 0)
    image.pixels.withUnsafeBufferPointer { pixels in
      scaled.withUnsafeBufferPointer { scaled in
        for start in stride(from: 0, to: values.count, by: 3) {
          values[start] = scaled[Int(pixels[start + first])]
          values[start + 1] = scaled[256 + Int(pixels[start + 1])]
          values[start + 2] = scaled[512 + Int(pixels[start + third])]
        }
      }
    }
  }

  /// The 8-bit RGB pixels of an input's values, [height, width, 3]: the inverse of `scale(_:into:)`, exact for values
  /// that are made of such pixels.
  package func picture(ofValues values: [Float]) -> RGBImage {
    precondition(
      values.count == 3 * inputSize.pixelCount,
      "Preprocessing.picture: \(values.count) values for an input of \(inputSize)")
    let (first, third) = channelOrder == .rgb ? (0, 2) : (2, 0)
    var pixels = [UInt8](repeating: 0, count: values.count)
    for start in stride(from: 0, to: values.count, by: 3) {
      for (offset, channel) in [(first, 0), (1, 1), (third, 2)] {
        let level = (values[start + channel] * deviation[channel] + mean[channel]).rounded()
        pixels[start + offset] = UInt8(min(max(level, 0), 255))
      }
    }
    return RGBImage(size: inputSize, pixels: pixels)
  }

  /// The input's values, [height, width, 3], of planes of R, G and B whose levels lie between 0 and 1.
  package func scale(
    _ plane: (_ channel: Int) -> UnsafeMutableBufferPointer<Float>, into values: UnsafeMutableBufferPointer<Float>
  ) {
    let order = channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
    for (target, source) in order.enumerated() {
      let (levels, mean, deviation) = (plane(source), mean[target], deviation[target])
      precondition(
        levels.count * 3 == values.count && levels.count == inputSize.pixelCount,
        "Preprocessing.scale: \(levels.count) pixels into \(values.count) values for an input of \(inputSize)")
      for pixel in levels.indices { values[pixel * 3 + target] = (levels[pixel] * 255 - mean) / deviation }
    }
  }

  /// Offset of a run of `length` in the middle of `total`; a half is rounded to even, as torchvision's `CenterCrop`
  /// does.
  private static func centred(_ length: Int, in total: Int) -> Int {
    Int((Double(total - length) / 2).rounded(.toNearestOrEven))
  }
}

/// In words, with mean and deviation of values from 0 to 1: "the shorter side to 256 (bilinear), the middle 224x224,
/// RGB, mean 0.485, 0.456, 0.406, deviation 0.229, 0.224, 0.225".
extension Preprocessing: CustomStringConvertible {
  package var description: String {
    let whole = wholeSize ?? inputSize
    let resize = shorterSide.map { "the shorter side to \($0)" } ?? "the whole picture to \(whole)"
    let crop = shorterSide == nil && whole == inputSize ? "" : ", the middle \(inputSize)"
    let order = channelOrder == .rgb ? "RGB" : "BGR"
    return
      "\(resize) (\(filter.rawValue))\(crop), \(order), mean \(Self.shares(mean)), deviation \(Self.shares(deviation))"
  }

  /// Numbers in 8-bit units as shares of 255, of six digits at most.
  private static func shares(_ values: [Float]) -> String {
    values.map { "\(Float((Double($0) / 255 * 1e6).rounded() / 1e6))" }.joined(separator: ", ")
  }
}

extension ImageSize {
  /// This size with its shorter side made `side` and the longer one in proportion, rounded down.
  fileprivate func scaled(toShorterSide side: Int) -> ImageSize {
    width <= height
      ? ImageSize(width: side, height: side * height / width)
      : ImageSize(width: side * width / height, height: side)
  }
}
