import Images

/// What publishers feed their checkpoints with.
extension Preprocessing {
  /// torchvision's weights V1: the shorter side to 256, the middle 224x224, (v / 255 - mean) / deviation of ImageNet.
  static func torchvision(filter: ResizeFilter) -> Preprocessing {
    Preprocessing(
      shorterSide: 256, filter: filter, inputWidth: 224, inputHeight: 224,
      mean: [0.485 * 255, 0.456 * 255, 0.406 * 255], deviation: [0.229 * 255, 0.224 * 255, 0.225 * 255])
  }

  /// Keras Applications' mode `caffe`: blue, green, red, less ImageNet's mean; the whole picture.
  static func caffe(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, channelOrder: .bgr,
      mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1])
  }

  /// Keras Applications' mode `tf`: from -1 to 1; the whole picture.
  static func tensorFlow(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [127.5, 127.5, 127.5],
      deviation: [127.5, 127.5, 127.5])
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
