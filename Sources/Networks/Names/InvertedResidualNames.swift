/// timm's names of the networks made of inverted residuals (MobileNetV2, EfficientNet), against somebody else's.
///
/// timm numbers blocks by stage and place (`blocks.3.1`) and normalisations as they come. Source: the state dicts of timm 1.0.31.
struct InvertedResidualNames {
  /// A convolution and the normalisation behind it.
  typealias Pair = (convolution: String, normalization: String)

  /// Ours for one block. Without `expand`, timm's point-wise convolution is the projection.
  struct Block {
    var expand: Pair?
    var depthwise: Pair
    var squeeze: (reduce: String, expand: String)?
    var project: Pair
  }

  var stem: Pair
  var head: Pair
  var classifier: String
  /// The blocks of each stage, in order.
  var stages: [[Block]]

  /// timm's modules to ours.
  var fromTimm: [String: String] {
    var modules = [
      "conv_stem": stem.convolution, "bn1": stem.normalization,
      "conv_head": head.convolution, "bn2": head.normalization,
      "classifier": classifier,
    ]
    for (stage, blocks) in stages.enumerated() {
      for (place, block) in blocks.enumerated() {
        for (theirs, ours) in Self.fromTimm(block) { modules["blocks.\(stage).\(place).\(theirs)"] = ours }
      }
    }
    return modules
  }

  private static func fromTimm(_ block: Block) -> [String: String] {
    var modules = ["conv_dw": block.depthwise.convolution]
    modules["se.conv_reduce"] = block.squeeze?.reduce
    modules["se.conv_expand"] = block.squeeze?.expand
    if let expand = block.expand {
      modules["conv_pw"] = expand.convolution
      modules["bn1"] = expand.normalization
      modules["bn2"] = block.depthwise.normalization
      modules["conv_pwl"] = block.project.convolution
      modules["bn3"] = block.project.normalization
    } else {
      modules["bn1"] = block.depthwise.normalization
      modules["conv_pw"] = block.project.convolution
      modules["bn2"] = block.project.normalization
    }
    return modules
  }
}
