/// What a file of weights calls the modules of a network of inverted residuals.
struct InvertedResidualNames: Sendable {
  typealias Pair = InvertedResidualModules.Pair
  typealias Block = InvertedResidualPlan.Block

  let layout: WeightLayout
  /// The layers are what the results are called.
  let stem: (layer: String, modules: Pair)
  let block: @Sendable (Block) -> InvertedResidualModules
  let last: (layer: String, modules: Pair)
  let hidden: String?
  let classifier: String

  /// Modules to modules, from names that another file has to these.
  func modules(from theirs: InvertedResidualNames, _ plan: InvertedResidualPlan) -> [String: String] {
    Dictionary(uniqueKeysWithValues: zip(theirs.all(plan), all(plan)).filter { $0 != $1 })
  }

  private func all(_ plan: InvertedResidualPlan) -> [String] {
    [stem.modules.convolution, stem.modules.normalization, last.modules.convolution, last.modules.normalization]
      + [hidden, classifier].compactMap { $0 } + plan.blocks.flatMap { block($0).all }
  }

  /// The first convolution of the block that would follow this one in its stage.
  func convolution(after block: Block) -> String? {
    var next = block
    next.place += 1
    next.index += 1
    (next.inputs, next.stride) = (block.outputs, 1)
    return self.block(next).pairs.first?.convolution
  }

  /// timm numbers blocks by stage and place (`blocks.3.1`) and normalisations in order. Source: the state dicts of timm
  /// 1.0.31.
  static let timm = InvertedResidualNames(
    layout: .pyTorch, stem: ("bn1", ("conv_stem", "bn1")), block: { timmBlock($0) },
    last: ("bn2", ("conv_head", "bn2")), hidden: nil, classifier: "classifier")

  static func timmBlock(_ block: Block) -> InvertedResidualModules {
    let name = "blocks.\(block.stage).\(block.place)"
    func pair(_ convolution: String, _ number: Int) -> Pair { ("\(name).\(convolution)", "\(name).bn\(number)") }
    if block.isFused {
      return InvertedResidualModules(
        layer: name, expand: pair(block.isExpanded ? "conv_exp" : "conv", 1),
        project: block.isExpanded ? pair("conv_pwl", 2) : nil)
    }
    let first = block.isExpanded ? 2 : 1
    return InvertedResidualModules(
      layer: name, expand: block.isExpanded ? pair("conv_pw", 1) : nil, depthwise: pair("conv_dw", first),
      squeeze: block.reduced.map { _ in ("\(name).se.conv_reduce", "\(name).se.conv_expand") },
      // Without an expansion timm's point-wise convolution is the projection.
      project: pair(block.isExpanded ? "conv_pwl" : "conv_pw", first + 1))
  }

  /// torchvision numbers a block's parts in order: without an expansion the depthwise convolution is number 0.
  ///
  /// - Parameters:
  ///   - layer: the module of the block, which is what its result is called.
  ///   - parts: the module in it that holds its parts.
  ///   - last: the number of the last convolution among the features.
  static func torchvision(
    _ layer: @escaping @Sendable (Block) -> String, parts: String, last: Int, hidden: String? = nil, classifier: String
  ) -> InvertedResidualNames {
    InvertedResidualNames(
      layout: .pyTorch, stem: ("features.0", ("features.0.0", "features.0.1")),
      block: { torchvisionBlock($0, layer($0), parts) },
      last: ("features.\(last)", ("features.\(last).0", "features.\(last).1")), hidden: hidden, classifier: classifier)
  }

  private static func torchvisionBlock(_ block: Block, _ layer: String, _ parts: String) -> InvertedResidualModules {
    func pair(_ number: Int) -> Pair { ("\(layer).\(parts).\(number).0", "\(layer).\(parts).\(number).1") }
    if block.isFused {
      return InvertedResidualModules(layer: layer, expand: pair(0), project: block.isExpanded ? pair(1) : nil)
    }
    let depthwise = block.isExpanded ? 1 : 0
    let squeeze = block.reduced.map { _ in depthwise + 1 }
    return InvertedResidualModules(
      layer: layer, expand: block.isExpanded ? pair(0) : nil, depthwise: pair(depthwise),
      squeeze: squeeze.map { ("\(layer).\(parts).\($0).fc1", "\(layer).\(parts).\($0).fc2") },
      project: pair((squeeze ?? depthwise) + 1))
  }
}
