import Images

/// What publishers feed their checkpoints with.
extension Preprocessing {
  /// torchvision's: the shorter side to 256 pixels and the middle 224x224, or as `shorterSide` and `side` say; (v / 255
  /// - mean) / deviation of ImageNet.
  static func torchvision(shorterSide: Int = 256, side: Int = 224, filter: ResizeFilter) -> Preprocessing {
    Preprocessing(
      shorterSide: shorterSide, filter: filter, inputWidth: side, inputHeight: side,
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
