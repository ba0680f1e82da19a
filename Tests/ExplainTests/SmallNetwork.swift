import Autodiff
import Explain
import Images
import Models
import TestSupport

@testable import Networks

/// A network with seeded weights that runs in a millisecond: two convolutions, the mean over space, a linear layer of
/// five classes; and a picture for it.
enum SmallNetwork {
  static let classCount = 5
  static let inputSize = ImageSize(width: 18, height: 14)

  /// - Parameters:
  ///   - activation: SiLU makes the network smooth, ReLU gives it kinks.
  ///   - headSeed: of the linear layer's weights.
  ///   - temperature: nil for a model without one.
  ///   - output: what the logits stand for; values are in `unit`.
  ///   - isBetweenTwo: whether the last layer has one output, which is between two classes.
  static func classifier(
    _ activation: Activation = .relu, headSeed: UInt64 = 2, temperature: Double? = nil,
    output: OutputKind = .softmax, unit: String? = nil, isBetweenTwo: Bool = false,
    passes: ForwardPassCounter = ForwardPassCounter()
  ) -> Classifier {
    let pool = BufferPool(idleLimit: 0)
    var random = SplitMix64(seed: 1)
    let stem = Tensor([3, 3, 3, 8], random.units(3 * 3 * 3 * 8), in: pool)
    let features = Tensor([3, 3, 8, 12], random.units(3 * 3 * 8 * 12), in: pool)
    var head = SplitMix64(seed: headSeed)
    let outputs = isBetweenTwo ? 1 : classCount
    let weight = Tensor([outputs, 12], head.units(outputs * 12), in: pool)
    let bias = Tensor([outputs], head.units(outputs), in: pool)
    let network = Network(
      stages: [
        Network.Stage("stem") { convolution($0, filter: .constant(stem), padding: .same, activation: activation) },
        Network.Stage("features") {
          convolution($0, filter: .constant(features), stride: 2, padding: .same, activation: activation)
        },
        Network.Stage("logits") {
          linear(globalAveragePool($0), weight: .constant(weight), bias: .constant(bias))
        },
      ], targetLayer: "features", classCount: outputs,
      meanReadout: Network.MeanReadout(layers: ["features"], bias: bias))
    let manifest = ModelManifest(
      name: "small", title: "", architecture: "",
      preprocessing: Preprocessing(
        shorterSide: 16, filter: .bilinear, inputWidth: inputSize.width, inputHeight: inputSize.height,
        mean: [127, 127, 127], deviation: [64, 64, 64]),
      labels: nil, classCount: isBetweenTwo ? 2 : classCount, parameterCount: 0, targetLayer: "features",
      weightsSHA256: "5ma11",
      sourceSHA256: "", publisher: nil, licence: nil, publishedTop1: nil,
      calibration: temperature.map { .fixed($0) }, output: output, unit: unit)
    return Classifier(
      manifest: manifest, network: manifest.answering(network), labels: .unnamed(count: manifest.classCount),
      passes: passes)
  }

  /// The names of the methods that it can be asked for.
  static let methods: [String] = MethodCatalog.entries(for: classifier().network).map { $0.name }

  /// A PNG of noise, wider than the network's input.
  static let picture: [UInt8] = {
    var random = SplitMix64(seed: 9)
    let size = ImageSize(width: 40, height: 32)
    return encodePNG(
      RGBImage(size: size, pixels: (0..<size.pixelCount * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }))
  }()

  static func analysis(
    _ classifier: Classifier = classifier(), on engine: Engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
  ) throws -> Analysis {
    try Analysis(of: picture, by: classifier, on: engine)
  }
}
