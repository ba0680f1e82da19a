import Images

extension Preprocessing {
  /// Mean and deviation of values from 0 to 1, of red, green and blue.
  package struct Normalization: Hashable, Sendable {
    package let mean: [Double]
    package let deviation: [Double]

    /// Of ImageNet's pictures.
    package static let imageNet = Normalization(mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
    /// From -1 to 1.
    package static let half = Normalization(mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5])
    /// Of the pictures that CLIP was trained with.
    package static let clip = Normalization(
      mean: [0.48145466, 0.4578275, 0.40821073], deviation: [0.26862954, 0.26130258, 0.27577711])
    /// As they are.
    package static let unit = Normalization(mean: [0, 0, 0], deviation: [1, 1, 1])
  }

  /// - Parameter shorterSide: nil: the whole picture becomes the input.
  init(side: Int, shorterSide: Int?, filter: ResizeFilter, _ normalization: Normalization) {
    self.init(
      shorterSide: shorterSide, filter: filter, inputWidth: side, inputHeight: side,
      mean: normalization.mean.map { Float($0) * 255 }, deviation: normalization.deviation.map { Float($0) * 255 })
  }
}
