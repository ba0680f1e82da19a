import Autodiff

/// A network of inverted residuals as one publisher has it: stem, blocks, a 1x1 convolution, the mean over space,
/// perhaps a hidden layer, and a classifier.
struct InvertedResidualNetwork: Sendable {
  enum PaddingRule: Sendable {
    /// The same on both sides, as PyTorch pads.
    case symmetric
    /// TensorFlow's SAME.
    case same

    func padding(of kernel: Int) -> Padding { self == .symmetric ? .symmetric(kernel / 2) : .same }
  }

  /// Kept results of an image of 224x224 may take this many bytes. Where all of them take more, those of the early
  /// blocks are computed again when they are asked for.
  private static let keptBytes = 12 << 20

  let plan: InvertedResidualPlan
  let names: InvertedResidualNames
  let padding: PaddingRule
  /// Of the batch normalisations.
  let epsilon: Double
  /// Of the squeeze-and-excitation: after the reduction, and the gate.
  var excitation: (activation: Activation, gate: Activation) = (.silu, .sigmoid)
  /// What the network does to its input first, where that is a part of it.
  var input: InputScaling = .none
  /// Whether the classifier is stored as a 1x1 convolution.
  var hasConvolutionHead = false

  private var naming: ParameterNaming { ParameterNaming(layout: names.layout, epsilon: epsilon) }

  var headWeight: HeadWeight {
    HeadWeight(
      naming.weight(names.classifier), hasConvolutionHead ? .convolution : .linear, inputs: plan.features)
  }

  /// The last convolution of each stage, the one after all blocks, the first excitation, and what larger members of the
  /// family have besides.
  ///
  /// - Parameter conventions: whose other names files may have: what is not in the network keeps them.
  func signature(_ conventions: [InvertedResidualNames] = []) -> NetworkSignature {
    let ends = plan.blocks.filter(plan.isLastOfStage)
    var has = ends.map { block -> ParameterDescription in
      let modules = names.block(block)
      // Of a fused block without expansion the only convolution.
      let pair = modules.pairs.last!
      let isOnly = modules.pairs.count == 1
      let shape: Shape =
        isOnly ? [block.kernel, block.kernel, block.inputs, block.outputs] : [1, 1, block.expanded, block.outputs]
      return ParameterDescription(naming.weight(pair.convolution), .convolution, shape)
    }
    let outputs = plan.blocks.last?.outputs ?? plan.stem
    has.append(
      ParameterDescription(naming.weight(names.last.modules.convolution), .convolution, [1, 1, outputs, plan.last]))
    if let first = plan.blocks.first(where: { $0.reduced != nil }), let reduced = first.reduced,
      let squeeze = names.block(first).squeeze
    {
      has.append(ParameterDescription(naming.weight(squeeze.reduce), .convolution, [1, 1, first.expanded, reduced]))
    }
    var lacks: [String] = []
    for names in [names] + conventions {
      let naming = ParameterNaming(layout: names.layout, epsilon: epsilon)
      let own = Set(plan.blocks.flatMap { names.block($0).all })
      lacks += ends.compactMap { names.convolution(after: $0) }.filter { !own.contains($0) }.map(naming.weight)
      // The same blocks with squeeze-and-excitation are another network.
      if let first = plan.blocks.first(where: { !$0.isFused }), first.reduced == nil {
        var squeezed = first
        squeezed.reduced = 1
        lacks += names.block(squeezed).squeeze.map { [naming.weight($0.reduce)] } ?? []
      }
    }
    return NetworkSignature(has: has, lacks: lacks)
  }

  /// - Parameter side: height and width of the published input: decides how the first convolutions are computed.
  func network(_ weights: WeightReader, side: Int) throws(WeightError) -> Network {
    let name = naming
    let classCount = try weights.classCount(headWeight)
    let scaling = try input.layer(weights)
    let stem = try ConvolutionLayer(
      weights, name.weight(names.stem.modules.convolution),
      normalization: name.normalization(names.stem.modules.normalization), kernel: 3, inputs: 3, outputs: plan.stem,
      stride: 2, padding: padding.padding(of: 3), activation: plan.activation)
    var stages = [
      Network.Stage(names.stem.layer, receptiveField: .window(3, stride: 2)) { stem(scaling?($0) ?? $0) }
    ]
    let keepsAll = plan.bytes(side: 224) <= Self.keptBytes
    for block in plan.blocks {
      let modules = names.block(block)
      let run = try self.block(weights, modules, block, side: side / block.reduction)
      stages.append(
        Network.Stage(
          modules.layer, isKept: keepsAll || block.reduction >= 16 || plan.isLastOfStage(block),
          // A gate depends on the whole image.
          receptiveField: block.reduced == nil ? .window(block.kernel, stride: block.stride) : nil, run))
    }
    let last = try ConvolutionLayer(
      weights, name.weight(names.last.modules.convolution),
      normalization: name.normalization(names.last.modules.normalization), kernel: 1,
      inputs: plan.blocks.last?.outputs ?? plan.stem, outputs: plan.last, padding: .valid, activation: plan.activation)
    stages.append(Network.Stage(names.last.layer, receptiveField: ReceptiveField()) { last($0) })
    let (head, bias) = try head(weights, classCount: classCount)
    stages.append(Network.Stage("logits") { head($0) })
    try weights.requireAllUsed()
    return Network(
      stages: stages, targetLayer: names.last.layer, classCount: classCount,
      meanReadout: plan.hidden == nil ? Network.MeanReadout(layers: [names.last.layer], bias: bias) : nil, head: head,
      inputScaling: scaling?.numbers)
  }

  private func block(
    _ weights: WeightReader, _ modules: InvertedResidualModules, _ block: InvertedResidualPlan.Block, side: Int
  ) throws(WeightError) -> @Sendable (Variable) -> Variable {
    let padding = padding.padding(of: block.kernel)
    if block.isFused {
      let fused = try FusedInvertedResidual(weights, modules, block, padding: padding, side: side, naming)
      return { fused($0) }
    }
    var gate: SqueezeExcitation?
    if let squeeze = modules.squeeze, let reduced = block.reduced {
      gate = try SqueezeExcitation(
        weights, squeeze: squeeze.reduce, excite: squeeze.restore, channels: block.expanded, reduced: reduced,
        activation: excitation.activation, gate: excitation.gate, layout: names.layout)
    }
    let residual = try InvertedResidual(weights, modules, block, padding: padding, excitation: gate, naming)
    return { residual($0) }
  }

  /// The end, and the bias of the classifier.
  private func head(
    _ weights: WeightReader, classCount: Int
  ) throws(WeightError) -> (Network.Head, bias: Tensor?) {
    let hidden = try names.hidden.map { module throws(WeightError) in
      try fullyConnected(weights, module, inputs: plan.last, outputs: plan.features)
    }
    let classifier = try ClassifierHead(
      weights, naming.weight(names.classifier), bias: naming.bias(names.classifier), inputs: plan.features,
      outputs: classCount, isPointwise: hasConvolutionHead)
    guard let hidden else { return (Network.Head(meanOf: names.last.layer, weights, classifier), classifier.bias) }
    let dropout = Dropout(weights)
    let activation = plan.activation
    let head = Network.Head(
      after: names.last.layer, features: { activate(hidden(globalAveragePool($0)), activation) },
      classify: { classifier(dropout($0)) })
    return (head, classifier.bias)
  }

  private func fullyConnected(
    _ weights: WeightReader, _ module: String, inputs: Int, outputs: Int
  ) throws(WeightError) -> FullyConnectedLayer {
    let (weight, bias) = (naming.weight(module), naming.bias(module))
    return hasConvolutionHead
      ? try FullyConnectedLayer(weights, pointwise: weight, bias: bias, inputs: inputs, outputs: outputs)
      : try FullyConnectedLayer(weights, weight, bias: bias, inputs: inputs, outputs: outputs)
  }
}
