import Autodiff

/// EfficientNet-B0: inverted residuals with squeeze-and-excitation and SiLU, found by architecture search.
///
/// - Paper: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", arXiv 1905.11946, table 1.
/// - Checkpoint: torchvision's `efficientnet_b0`, weights V1; parameters keep its names.
/// - Published top-1 on ImageNet: 77.7 % (torchvision).
///
/// Layers: torchvision's modules, one for each block (`features.7.0`); the default is the last activation, `features.8`.
package enum EfficientNet {
  /// Table 1, rows 2 to 8: expansion t, channels c, layers n, stride s of the first, kernel k.
  static let table: [(t: Int, c: Int, n: Int, s: Int, k: Int)] = [
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
  ]

  static let stemChannels = 32
  static let headChannels = 1280
  /// Squeeze-and-excitation reduces to this part of a block's input channels (MnasNet's rule: not of the expanded ones).
  static let squeezeDivisor = 4
  static let epsilon = 1e-5

  package static func network(_ weights: WeightReader) throws(WeightError) -> Network {
    let classCount = try weights.classCount("classifier.1.weight", inputs: headChannels)
    let stem = try Convolution(
      weights, "features.0.0.weight", normalization: BatchNormalization("features.0.1", epsilon: epsilon),
      kernel: 3, inputs: 3, outputs: stemChannels, stride: 2, padding: .symmetric(1), activation: .silu)
    var stages = [Network.Stage("features.0") { stem($0) }]

    var inputs = stemChannels
    for (group, (t, c, n, s, k)) in table.enumerated() {
      for repetition in 0..<n {
        let name = "features.\(group + 1).\(repetition)"
        let residual = try block(
          weights, name + ".block", inputs: inputs, outputs: c, expansion: t, kernel: k,
          stride: repetition == 0 ? s : 1)
        stages.append(Network.Stage(name) { residual($0) })
        inputs = c
      }
    }

    let last = try Convolution(
      weights, "features.8.0.weight", normalization: BatchNormalization("features.8.1", epsilon: epsilon),
      kernel: 1, inputs: inputs, outputs: headChannels, padding: .valid, activation: .silu)
    let classifier = try Dense(
      weights, "classifier.1.weight", bias: "classifier.1.bias", inputs: headChannels, outputs: classCount)
    stages.append(Network.Stage("features.8") { last($0) })
    let head = Network.Head(meanOf: "features.8", weights, classifier)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: "features.8", classCount: classCount,
      meanReadout: Network.MeanReadout(layers: ["features.8"], bias: classifier.bias), head: head)
  }

  /// The parts are numbered as they come: without an expansion the depthwise convolution is number 0.
  private static func block(
    _ weights: WeightReader, _ name: String, inputs: Int, outputs: Int, expansion: Int, kernel: Int, stride: Int
  ) throws(WeightError) -> InvertedResidual {
    let expanded = inputs * expansion
    let first = expansion == 1 ? 0 : 1
    func normalization(_ part: Int) -> BatchNormalization {
      BatchNormalization("\(name).\(part).1", epsilon: epsilon)
    }
    let expand =
      expansion == 1
      ? nil
      : try Convolution(
        weights, "\(name).0.0.weight", normalization: normalization(0), kernel: 1, inputs: inputs, outputs: expanded,
        padding: .valid, activation: .silu)
    let depthwise = try DepthwiseConvolution(
      weights, "\(name).\(first).0.weight", normalization: normalization(first), kernel: kernel, channels: expanded,
      stride: stride, padding: .symmetric(kernel / 2), activation: .silu)
    let excitation = try SqueezeExcitation(
      weights, squeeze: "\(name).\(first + 1).fc1", excite: "\(name).\(first + 1).fc2", channels: expanded,
      reduced: max(1, inputs / squeezeDivisor), activation: .silu)
    let project = try Convolution(
      weights, "\(name).\(first + 2).0.weight", normalization: normalization(first + 2), kernel: 1, inputs: expanded,
      outputs: outputs, padding: .valid, activation: .identity)
    return InvertedResidual(
      expand: expand, depthwise: depthwise, excitation: excitation, project: project,
      hasSkip: stride == 1 && inputs == outputs)
  }
}
