/// The modules of one inverted residual, as a network's names have them.
struct InvertedResidualModules: Sendable {
  /// A convolution and the normalisation after it.
  typealias Pair = (convolution: String, normalization: String)

  /// nil where the expansion is 1.
  var expand: Pair?
  var depthwise: Pair
  /// The reducing and the restoring convolution of the squeeze-and-excitation; nil where there is none.
  var squeeze: (reduce: String, restore: String)?
  var project: Pair

  /// The parameters of the modules, under PyTorch's names.
  func parts(epsilon: Double) -> InvertedResidual.Parts {
    func part(_ pair: Pair) -> InvertedResidual.Part {
      (pair.convolution + ".weight", NormalizationParameters(pair.normalization, epsilon: epsilon))
    }
    return InvertedResidual.Parts(
      expand: expand.map(part), depthwise: part(depthwise), squeeze: squeeze, project: part(project))
  }

  /// timm's modules to ours, of a network made of inverted residuals.
  ///
  /// timm numbers blocks by stage and place (`blocks.3.1`) and normalisations in order. Source: the state dicts of timm
  /// 1.0.31.
  ///
  /// - Parameter stages: the blocks of each stage, in order.
  static func fromTimm(
    stem: Pair, stages: [[InvertedResidualModules]], head: Pair, classifier: String
  ) -> [String: String] {
    var modules = [
      "conv_stem": stem.convolution, "bn1": stem.normalization,
      "conv_head": head.convolution, "bn2": head.normalization,
      "classifier": classifier,
    ]
    for (stage, blocks) in stages.enumerated() {
      for (place, block) in blocks.enumerated() {
        for (theirs, ours) in block.fromTimm { modules["blocks.\(stage).\(place).\(theirs)"] = ours }
      }
    }
    return modules
  }

  /// Without an expansion timm's point-wise convolution is the projection.
  private var fromTimm: [String: String] {
    var modules = ["conv_dw": depthwise.convolution]
    modules["se.conv_reduce"] = squeeze?.reduce
    modules["se.conv_expand"] = squeeze?.restore
    if let expand {
      modules["conv_pw"] = expand.convolution
      modules["bn1"] = expand.normalization
      modules["bn2"] = depthwise.normalization
      modules["conv_pwl"] = project.convolution
      modules["bn3"] = project.normalization
    } else {
      modules["bn1"] = depthwise.normalization
      modules["conv_pw"] = project.convolution
      modules["bn2"] = project.normalization
    }
    return modules
  }
}
