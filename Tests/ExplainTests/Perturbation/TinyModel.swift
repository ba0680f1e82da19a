import Autodiff
import Images
import Models
import TestSupport

@testable import Explain
@testable import Networks

/// Small networks whose answers can be worked out, with the image that they are run on.
struct TinyModel {
  let network: Network
  let input: Tensor

  func pass(threads: Int = 2) throws -> ForwardPass {
    let (height, width) = (input.shape[1], input.shape[2])
    let preprocessing = Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: width, inputHeight: height, mean: [0, 0, 0],
      deviation: [1, 1, 1])
    let manifest = ModelManifest(
      name: "tiny", title: "", architecture: "", preprocessing: preprocessing, labels: nil,
      classCount: network.classCount, parameterCount: 0, targetLayer: network.targetLayer, weightsSHA256: "",
      sourceSHA256: "", publisher: nil, licence: nil, publishedTop1: nil)
    let classifier = Classifier(manifest: manifest, network: network, labels: .unnamed(count: network.classCount))
    return try ForwardPass(
      of: input, by: classifier, on: Engine(pool: BufferPool(poison: true), threadCount: threads))
  }

  /// The network of `Tests/Golden/make_perturbation_goldens.py`: a 3x3 convolution with stride 2 to 5 channels of 5 x 4
  /// cells, ReLU, mean, linear to 4 classes, SiLU; on noise of 11 x 9 pixels.
  static func convolutional() -> TinyModel {
    let pool = BufferPool()
    var random = SplitMix64(seed: 7)
    let filter = Tensor([3, 3, 3, 5], random.units(135), in: pool)
    let weight = Tensor([4, 5], random.units(20), in: pool)
    let bias = Tensor([4], random.units(4), in: pool)
    let network = Network(
      stages: [
        Network.Stage("layer") {
          convolution($0, filter: .constant(filter), stride: 2, padding: .valid, activation: .relu)
        },
        Network.Stage("logits") {
          activate(Autodiff.linear(globalAveragePool($0), weight: .constant(weight), bias: .constant(bias)), .silu)
        },
      ], targetLayer: "layer", classCount: 4)
    var pixels = SplitMix64(seed: 11)
    return TinyModel(network: network, input: Tensor([1, 9, 11, 3], pixels.units(297), in: pool))
  }

  /// Logits v · x for each row v of `weights`: one pixel one weight, of an image of one channel.
  static func linear(_ weights: [[Float]], of image: [Float], width: Int) -> TinyModel {
    let pool = BufferPool()
    let matrix = Tensor([weights.count, image.count], weights.flatMap { $0 }, in: pool)
    let network = Network(
      stages: [
        Network.Stage("layer") { $0 },
        Network.Stage("logits") { Autodiff.linear(flattened($0), weight: .constant(matrix)) },
      ], targetLayer: "layer", classCount: weights.count)
    return TinyModel(network: network, input: Tensor([1, image.count / width, width, 1], image, in: pool))
  }

  /// x = 0 ... 15 on 4 x 4 pixels; the layer's channels are the multiples `factors` of x; the logits `weights` of the
  /// channels' means.
  static func multiples(_ factors: [Float], weights: [[Float]], biases: [Float]) -> TinyModel {
    let pool = BufferPool()
    let filter = Tensor([1, 1, 1, factors.count], factors, in: pool)
    let weight = Tensor([weights.count, factors.count], weights.flatMap { $0 }, in: pool)
    let bias = Tensor([biases.count], biases, in: pool)
    let network = Network(
      stages: [
        Network.Stage("layer") { convolution($0, filter: .constant(filter)) },
        Network.Stage("logits") {
          Autodiff.linear(globalAveragePool($0), weight: .constant(weight), bias: .constant(bias))
        },
      ], targetLayer: "layer", classCount: weights.count)
    return TinyModel(network: network, input: Tensor([1, 4, 4, 1], (0..<16).map(Float.init), in: pool))
  }
}

/// What a method says beside its map, by name.
func note(_ name: String, of result: MethodResult) -> MethodParameter.Value? {
  result.notes.first { $0.name == name }?.value
}
