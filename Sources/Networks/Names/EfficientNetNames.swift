extension NameConvention {
  /// EfficientNet-Lite: canonical are the names of efficientnet_lite_pytorch 0.1.0, which count blocks through all stages.
  static let efficientNetLite = [
    ("0", EfficientNetLite.Scale.lite0), ("1", .lite1), ("2", .lite2),
  ].flatMap { member, scale in
    [
      NameConvention("efficientnet_lite_pytorch", "efficientnet-lite\(member)"),
      NameConvention(
        "timm", "efficientnet-lite\(member)", modules: liteNames(scale).fromTimm,
        note: """
          timm's efficientnet_lite\(member) and tf_efficientnet_lite\(member) have the same names and shapes. Gaze computes the latter: \
          TensorFlow's padding, epsilon 0.001. Weights trained as the former (symmetric padding, epsilon 0.00001) give \
          somewhat different results here.
          """),
    ]
  }

  private static func liteNames(_ scale: EfficientNetLite.Scale) -> InvertedResidualNames {
    var index = 0
    let stages = EfficientNetLite.table.enumerated().map { stage, row in
      (0..<scale.repeats(row.n, stage: stage)).map { _ in
        let name = "_blocks.\(index)"
        index += 1
        return InvertedResidualNames.Block(
          expand: row.t == 1 ? nil : (name + "._expand_conv", name + "._bn0"),
          depthwise: (name + "._depthwise_conv", name + "._bn1"), project: (name + "._project_conv", name + "._bn2"))
      }
    }
    return InvertedResidualNames(
      stem: ("_conv_stem", "_bn0"), head: ("_conv_head", "_bn1"), classifier: "_fc", stages: stages)
  }

  /// EfficientNet-B0: canonical are torchvision's names.
  static let efficientNet = [
    NameConvention("torchvision", "efficientnet-b0"),
    NameConvention("timm", "efficientnet-b0", modules: b0Names.fromTimm),
  ]

  /// Blocks of each stage and whether they expand: table 1 of the paper.
  private static let b0Names = InvertedResidualNames(
    stem: ("features.0.0", "features.0.1"), head: ("features.8.0", "features.8.1"), classifier: "classifier.1",
    stages: [1, 2, 2, 3, 3, 4, 1].enumerated().map { stage, repeats in
      (0..<repeats).map { place in
        let name = "features.\(stage + 1).\(place).block"
        // torchvision numbers the parts as they come: the first stage has no expansion.
        let first = stage == 0 ? 0 : 1
        return InvertedResidualNames.Block(
          expand: stage == 0 ? nil : (name + ".0.0", name + ".0.1"),
          depthwise: ("\(name).\(first).0", "\(name).\(first).1"),
          squeeze: ("\(name).\(first + 1).fc1", "\(name).\(first + 1).fc2"),
          project: ("\(name).\(first + 2).0", "\(name).\(first + 2).1"))
      }
    })
}
