import Images

/// What publishers feed their checkpoints with.
extension Preprocessing {
  /// torchvision's: the shorter side to 256 pixels (232 by its newer recipe) and the middle 224x224, or as
  /// `shorterSide` and `side` say.
  static func torchvision(shorterSide: Int = 256, side: Int = 224, filter: ResizeFilter) -> Preprocessing {
    Preprocessing(side: side, shorterSide: shorterSide, filter: filter, .imageNet)
  }

  /// timm's: the shorter side to floor(side / cropPercentage), bicubic, and the middle of it.
  static func timm(side: Int, cropPercentage: Double, _ normalization: Normalization = .imageNet) -> Preprocessing {
    Preprocessing(side: side, shorterSide: Int(Double(side) / cropPercentage), filter: .bicubic, normalization)
  }

  /// The shorter side to `shorterSide`, the middle `side` x `side`, from -1 to 1.
  static func inception(shorterSide: Int, side: Int, filter: ResizeFilter) -> Preprocessing {
    Preprocessing(side: side, shorterSide: shorterSide, filter: filter, .half)
  }

  /// transformers' processor of DINOv2.
  static let dinov2 = torchvision(filter: .bicubic)

  /// CLIP's: the middle of a picture whose shorter side is the input's.
  static func clip(side: Int) -> Preprocessing { timm(side: side, cropPercentage: 1, .clip) }

  /// Keras Applications' mode `torch`: the whole picture.
  static func kerasTorch(side: Int) -> Preprocessing {
    Preprocessing(side: side, shorterSide: nil, filter: .bilinear, .imageNet)
  }

  /// Keras Applications' mode `tf`, and transformers' `ViTImageProcessor`: the whole picture, from -1 to 1.
  static func tensorFlow(side: Int) -> Preprocessing {
    Preprocessing(side: side, shorterSide: nil, filter: .bilinear, .half)
  }

  /// Keras Applications' mode `caffe`: the whole picture; blue, green, red, less ImageNet's mean.
  static func caffe(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, channelOrder: .bgr,
      mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1])
  }

  /// Pixels as they are, from 0 to 255, for networks that scale them themselves; the whole picture.
  static func pixels(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [0, 0, 0], deviation: [1, 1, 1])
  }
}
