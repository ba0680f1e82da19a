import Autodiff
import Images

/// A small network for small photographs, made to be trained from scratch in minutes: five 3x3 convolutions, three of
/// them with stride 2, then the mean over space and one fully connected layer.
///
/// It is the plain stack of Simonyan and Zisserman, arXiv 1409.1556, with batch normalisation (Ioffe and Szegedy, arXiv
/// 1502.03167), strides instead of poolings (Springenberg et al., arXiv 1412.6806) and the readout of Lin et al., arXiv
/// 1312.4400. Each picture is standardised first: brightness and contrast of the light say nothing about what is in it.
///
/// Layers: `features.0` to `features.4`, one for each convolution; the default is the last. Of an image of 64 x 64 its
/// map is 8 x 8.
enum SmallCNN {
  /// Channels and stride of each 3x3 convolution.
  static let table: [(channels: Int, stride: Int)] = [
    (32, 2),
    (64, 2), (64, 1),
    (128, 2), (128, 1),
  ]

  static let epsilon = 1e-5
  /// Of a picture's variance, its levels between 0 and 1: a blank picture stays finite.
  static let standardizationEpsilon = 1e-4
  /// Height and width of the image that it was designed for; others do too.
  static let inputSide = 64

  static let architectures = [
    Architecture(
      name: "small-cnn", title: "Small CNN",
      // The middle of the picture, as large as its shorter side; levels from 0 to 1.
      preprocessing: Preprocessing(
        shorterSide: inputSide, filter: .bilinear, inputWidth: inputSide, inputHeight: inputSide, mean: [0, 0, 0],
        deviation: [255, 255, 255]),
      inputSides: 8...1024,
      signature: NetworkSignature(
        has: [.init("features.1.0.weight", .convolution, [3, 3, table[0].channels, table[1].channels])],
        lacks: ["features.\(table.count).0.weight"]),
      head: headWeight,
      // It is Gaze's own, and named as PyTorch names a `Sequential` of `Conv2d` and `BatchNorm2d`.
      conventions: [NameConvention("PyTorch", .pyTorch, modules: [:])],
      checkpoints: [],
      build: network)
  ]

  private static let headWeight = HeadWeight("classifier.weight", .linear, inputs: table.last!.channels)

  private static func network(_ weights: WeightReader) throws(WeightError) -> Network {
    var stages: [Network.Stage] = []
    var inputs = 3
    for (index, (channels, stride)) in table.enumerated() {
      let convolution = try ConvolutionLayer(
        weights, "features.\(index).0.weight",
        normalization: NormalizationParameters("features.\(index).1", epsilon: epsilon), kernel: 3, inputs: inputs,
        outputs: channels, stride: stride, padding: .symmetric(1), activation: .relu)
      // The standardisation makes all of the first result depend on all of the image.
      stages.append(
        Network.Stage("features.\(index)", receptiveField: index == 0 ? nil : .window(3, stride: stride)) {
          convolution(index == 0 ? standardize($0, epsilon: standardizationEpsilon) : $0)
        })
      inputs = channels
    }
    return try Network(readingMeanOf: stages, weights, headWeight)
  }
}
