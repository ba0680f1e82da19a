import Images

/// What publishers feed their checkpoints with.
extension Preprocessing {
  /// torchvision's weights V1: the shorter side to 256, the middle 224x224, (v / 255 - mean) / deviation of ImageNet.
  ///
  /// - Parameter side: what the shorter side is resized to; 232 by torchvision's newer recipe.
  static func torchvision(resizing side: Int = 256, filter: ResizeFilter) -> Preprocessing {
    Preprocessing(
      shorterSide: side, filter: filter, inputWidth: 224, inputHeight: 224, mean: imageNetMean,
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

  /// Keras Applications' mode `tf`: from -1 to 1; the whole picture.
  static func tensorFlow(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [127.5, 127.5, 127.5],
      deviation: [127.5, 127.5, 127.5])
  }
}
