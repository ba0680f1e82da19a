package import Autodiff
package import Images

/// From an upright picture to a network's input, as its checkpoint was trained: resize, crop, scale. Part of the checkpoint, not of the
/// architecture.
package struct Preprocessing: Hashable, Sendable, Codable {
  package enum ChannelOrder: String, Hashable, Sendable, Codable {
    case rgb, bgr
  }

  /// The shorter side is resized to this many pixels and the longer one to floor(side x longer / shorter), as torchvision's `Resize`
  /// does; nil: the whole picture is resized to the input, without regard to its aspect.
  package var shorterSide: Int?
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

  /// How the input is cut from a picture of `original`'s size.
  package func geometry(of original: ImageSize) -> CropGeometry {
    let resized = shorterSide.map(original.scaled(toShorterSide:)) ?? inputSize
    return CropGeometry(
      original: original, resized: resized,
      crop: PixelRect(
        x: Self.centred(inputWidth, in: resized.width), y: Self.centred(inputHeight, in: resized.height),
        width: inputWidth, height: inputHeight))
  }

  /// The network's input, [1, height, width, 3].
  ///
  /// - Parameters:
  ///   - image: the upright picture, perhaps decoded smaller than `original`.
  ///   - original: the upright picture's full size.
  package func input(
    from image: RGBImage, original: ImageSize, in pool: BufferPool
  ) -> (input: Tensor, geometry: CropGeometry) {
    let geometry = geometry(of: original)
    let cropped = Images.resize(image, to: geometry.resized, filter: filter, region: geometry.crop)
    let tensor = Tensor(inputShape, in: pool) { values in
      let order = channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
      cropped.pixels.withUnsafeBufferPointer { pixels in
        for (target, source) in order.enumerated() {
          let (mean, deviation) = (mean[target], deviation[target])
          for pixel in 0..<cropped.size.pixelCount {
            values[pixel * 3 + target] = (Float(pixels[pixel * 3 + source]) - mean) / deviation
          }
        }
      }
    }
    return (tensor, geometry)
  }

  /// Offset of a run of `length` in the middle of `total`; a half is rounded to even, as torchvision's `CenterCrop` does.
  private static func centred(_ length: Int, in total: Int) -> Int {
    Int((Double(total - length) / 2).rounded(.toNearestOrEven))
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
