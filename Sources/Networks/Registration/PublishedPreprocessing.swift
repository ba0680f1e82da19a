import Images

/// What publishers feed their checkpoints with.
extension Preprocessing {
  /// torchvision's: the shorter side to 256 pixels (232 by its newer recipe) and the middle 224x224, or as
  /// `shorterSide` and `side` say; (v / 255 - mean) / deviation of ImageNet.
  static func torchvision(shorterSide: Int = 256, side: Int = 224, filter: ResizeFilter) -> Preprocessing {
    Preprocessing(
      shorterSide: shorterSide, filter: filter, inputWidth: side, inputHeight: side, mean: imageNetMean,
      deviation: imageNetDeviation)
  }

  /// timm's: the shorter side to floor(side / cropPercentage), bicubic, the middle of it, scaled as torchvision's.
  static func timm(side: Int, cropPercentage: Double) -> Preprocessing {
    Preprocessing(
      shorterSide: Int(Double(side) / cropPercentage), filter: .bicubic, inputWidth: side, inputHeight: side,
      mean: imageNetMean, deviation: imageNetDeviation)
  }

  /// Keras Applications' mode `torch`: scaled as torchvision's; the whole picture.
  static func kerasTorch(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: imageNetMean,
      deviation: imageNetDeviation)
  }

  private static var imageNetMean: [Float] { [0.485 * 255, 0.456 * 255, 0.406 * 255] }
  private static var imageNetDeviation: [Float] { [0.229 * 255, 0.224 * 255, 0.225 * 255] }

  /// Keras Applications' mode `caffe`: blue, green, red, less ImageNet's mean; the whole picture.
  static func caffe(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, channelOrder: .bgr,
      mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1])
  }

  /// Keras Applications' mode `tf`, and transformers' `ViTImageProcessor`: from -1 to 1; the whole picture.
  static func tensorFlow(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [127.5, 127.5, 127.5],
      deviation: [127.5, 127.5, 127.5])
  }

  /// Mean and deviation of values from 0 to 1.
  enum Normalization {
    case imageNet, half, clip

    var mean: [Float] {
      switch self {
      case .imageNet: [0.485, 0.456, 0.406]
      case .half: [0.5, 0.5, 0.5]
      case .clip: [0.48145466, 0.4578275, 0.40821073]
      }
    }

    var deviation: [Float] {
      switch self {
      case .imageNet: [0.229, 0.224, 0.225]
      case .half: [0.5, 0.5, 0.5]
      case .clip: [0.26862954, 0.26130258, 0.27577711]
      }
    }
  }

  /// timm's way: the middle `side` x `side` of a picture whose shorter side is floor(side / cropShare), bicubic.
  static func timm(side: Int, cropShare: Double, _ normalization: Normalization) -> Preprocessing {
    middle(side: side, ofShorterSide: Int(Double(side) / cropShare), normalization)
  }

  /// transformers' processor of DINOv2.
  static let dinov2 = middle(side: 224, ofShorterSide: 256, .imageNet)

  /// CLIP's: the middle of a picture whose shorter side is the input's.
  static func clip(side: Int) -> Preprocessing { middle(side: side, ofShorterSide: side, .clip) }

  private static func middle(side: Int, ofShorterSide shorterSide: Int, _ normalization: Normalization) -> Preprocessing
  {
    Preprocessing(
      shorterSide: shorterSide, filter: .bicubic, inputWidth: side, inputHeight: side,
      mean: normalization.mean.map { $0 * 255 }, deviation: normalization.deviation.map { $0 * 255 })
  }
}

extension Preprocessing {
  /// The shorter side to `resize`, the middle `side` x `side`, (v / 255 - mean) / deviation of ImageNet.
  static func imageNet(side: Int, resize: Int, filter: ResizeFilter) -> Preprocessing {
    var preprocessing = torchvision(filter: filter)
    preprocessing.shorterSide = resize
    preprocessing.inputWidth = side
    preprocessing.inputHeight = side
    return preprocessing
  }

  /// The shorter side to `resize`, the middle `side` x `side`, from -1 to 1.
  static func inception(side: Int, resize: Int, filter: ResizeFilter) -> Preprocessing {
    var preprocessing = tensorFlow(side: side)
    preprocessing.shorterSide = resize
    preprocessing.filter = filter
    return preprocessing
  }

  /// Pixels as they are, from 0 to 255, for networks that scale them themselves; the whole picture.
  static func pixels(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [0, 0, 0], deviation: [1, 1, 1])
  }
}
