package import Autodiff
package import Images

/// From an upright picture to a network's input, as its checkpoint was trained: resize, crop, scale. Part of the checkpoint, not of the
/// architecture.
package struct Preprocessing: Hashable, Sendable, Codable {
  package enum Resize: Hashable, Sendable, Codable {
    /// The shorter side becomes `side` pixels, the longer one floor(side x longer / shorter): torchvision's `Resize`.
    case shorterSide(Int)
    /// The whole picture, without regard to its aspect.
    case exact
  }

  package enum ChannelOrder: String, Hashable, Sendable, Codable {
    case rgb, bgr
  }

  package var resize: Resize
  package var filter: ResizeFilter
  /// Width and height of the network's input; cut from the middle of the resized picture.
  package var inputWidth: Int
  package var inputHeight: Int
  package var channelOrder: ChannelOrder
  /// Subtracted from each channel, in 8-bit units and in `channelOrder`.
  package var mean: [Float]
  /// Divides what remains.
  package var deviation: [Float]

  package init(
    resize: Resize, filter: ResizeFilter, inputWidth: Int, inputHeight: Int, channelOrder: ChannelOrder = .rgb,
    mean: [Float], deviation: [Float]
  ) {
    self.resize = resize
    self.filter = filter
    self.inputWidth = inputWidth
    self.inputHeight = inputHeight
    self.channelOrder = channelOrder
    self.mean = mean
    self.deviation = deviation
  }

  package var inputSize: ImageSize { ImageSize(width: inputWidth, height: inputHeight) }
  package var inputShape: Shape { [1, inputHeight, inputWidth, 3] }

  /// The shorter side below which a picture would have to be enlarged: a decoder may stop at the smallest scale that keeps it.
  package var shorterSideNeeded: Int {
    switch resize {
    case .shorterSide(let side): side
    case .exact: max(inputWidth, inputHeight)
    }
  }

  /// How the input is cut from a picture of `original`'s size.
  package func geometry(of original: ImageSize) -> CropGeometry {
    let resized =
      switch resize {
      case .exact: inputSize
      case .shorterSide(let side): original.scaled(toShorterSide: side)
      }
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
