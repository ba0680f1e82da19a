import Autodiff

extension InceptionV3 {
  /// What differs between the published checkpoints.
  enum Variant: Sendable {
    /// Averages divide by the window's nine places everywhere.
    case torchvision
    /// Averages divide by the number of places in the image; normalisations have no scale.
    case keras
  }

  static func network(_ variant: Variant, _ weights: WeightReader) throws(WeightError) -> Network {
    var names = Names(variant: variant)
    var stages: [Network.Stage] = []
    var inputs = 3
    for (group, units) in stem.enumerated() {
      for unit in units {
        let (layer, convolution) = try self.convolution(weights, unit, "", inputs: inputs, &names)
        // Of the first results, the largest of all, the first two poolings' are enough.
        stages.append(
          Network.Stage(
            layer, isKept: group > 0 || stages.isEmpty,
            receptiveField: unit.isPadded
              ? .window(unit.kernel.height) : .unpadded(unit.kernel.height, stride: unit.stride)
          ) { convolution($0) })
        inputs = unit.outputs
      }
      stages.append(
        Network.Stage(names.pooling(group), receptiveField: .unpadded(3, stride: 2)) {
          maxPooling($0, kernel: 3, stride: 2)
        })
    }
    for (index, block) in blocks.enumerated() {
      let branches = try block.branches.map { branch throws(WeightError) in
        try BuiltBranch(weights, branch, "\(block.name).", inputs: inputs, &names)
      }
      inputs = branches.reduce(0) { $0 + $1.outputs }
      stages.append(
        Network.Stage(names.block(block.name, index), receptiveField: block.field) { x in
          concatenate(branches.flatMap { $0.results(x) })
        })
    }

    let classifierModule = variant == .torchvision ? "fc" : "predictions"
    let headWeight = HeadWeight(names.naming.weight(classifierModule), .linear, inputs: features)
    return try Network(readingMeanOf: stages, weights, headWeight)
  }

  private static func convolution(
    _ weights: WeightReader, _ unit: Unit, _ prefix: String, inputs: Int, _ names: inout Names
  ) throws(WeightError) -> (layer: String, ConvolutionLayer) {
    let (layer, filter, normalization) = names.next(prefix + unit.name)
    let convolution = try ConvolutionLayer(
      weights, filter, normalization: normalization, kernel: unit.kernel.height, kernelWidth: unit.kernel.width,
      inputs: inputs, outputs: unit.outputs, stride: unit.stride, padding: unit.isPadded ? .same : .valid,
      activation: .relu)
    return (layer, convolution)
  }

  private struct BuiltBranch: Sendable {
    let pooling: Branch.Pooling?
    let countsPadding: Bool
    let chain: [ConvolutionLayer]
    let fork: [ConvolutionLayer]
    let outputs: Int

    init(
      _ weights: WeightReader, _ branch: Branch, _ prefix: String, inputs: Int, _ names: inout Names
    ) throws(WeightError) {
      pooling = branch.pooling
      countsPadding = names.variant == .torchvision
      var (channels, chain, fork) = (inputs, [ConvolutionLayer](), [ConvolutionLayer]())
      for unit in branch.chain {
        chain.append(try InceptionV3.convolution(weights, unit, prefix, inputs: channels, &names).1)
        channels = unit.outputs
      }
      for unit in branch.fork {
        fork.append(try InceptionV3.convolution(weights, unit, prefix, inputs: channels, &names).1)
      }
      (self.chain, self.fork) = (chain, fork)
      outputs = branch.fork.isEmpty ? channels : branch.fork.reduce(0) { $0 + $1.outputs }
    }

    /// Side by side in this order.
    func results(_ x: Variable) -> [Variable] {
      let pooled =
        switch pooling {
        case nil: x
        case .average:
          averagePooling(x, kernel: 3, stride: 1, padding: .symmetric(1), countsPadding: countsPadding)
        case .maximum: maxPooling(x, kernel: 3, stride: 2)
        }
      let y = chain.reduce(pooled) { $1($0) }
      return fork.isEmpty ? [y] : fork.map { $0(y) }
    }
  }

  /// What the checkpoints call their parameters and layers. Keras counts convolutions in the order in which they are
  /// made.
  private struct Names {
    let variant: Variant
    private var count = 0

    init(variant: Variant) { self.variant = variant }

    var naming: ParameterNaming {
      ParameterNaming(layout: variant == .torchvision ? .pyTorch : .keras, epsilon: epsilon)
    }

    /// Of the next convolution.
    mutating func next(_ module: String) -> (layer: String, filter: String, NormalizationParameters) {
      defer { count += 1 }
      switch variant {
      case .torchvision:
        return (module, naming.weight(module + ".conv"), naming.normalization(module + ".bn"))
      case .keras:
        let layer = kerasAutomaticName("conv2d", count)
        let normalization = kerasAutomaticName("batch_normalization", count)
        return (
          layer, naming.weight(layer), NormalizationParameters(keras: normalization, epsilon: epsilon, isScaled: false)
        )
      }
    }

    func pooling(_ index: Int) -> String {
      variant == .torchvision ? "maxpool\(index + 1)" : kerasAutomaticName("max_pooling2d", index)
    }

    func block(_ module: String, _ index: Int) -> String { variant == .torchvision ? module : "mixed\(index)" }
  }
}
