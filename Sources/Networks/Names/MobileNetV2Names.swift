extension NameConvention {
  /// MobileNetV2: canonical are torchvision's names, and Keras' for Keras' network.
  static let mobileNetV2 = [
    NameConvention("torchvision", "mobilenet-v2"),
    NameConvention(
      "timm", "mobilenet-v2", modules: mobileNetV2Names.fromTimm,
      note:
        "timm resizes with a bicubic filter for this network, torchvision with a bilinear one; Gaze uses torchvision's."
    ),
    NameConvention("Keras", "keras-mobilenet-v2", .keras),
  ]

  private static let mobileNetV2Names: InvertedResidualNames = {
    var index = 0
    let stages = [1, 2, 3, 4, 3, 3, 1].enumerated().map { stage, repeats in
      (0..<repeats).map { _ in
        index += 1
        let name = "features.\(index).conv"
        // torchvision numbers the parts as they come: the first stage has no expansion.
        let first = stage == 0 ? 0 : 1
        return InvertedResidualNames.Block(
          expand: stage == 0 ? nil : (name + ".0.0", name + ".0.1"),
          depthwise: ("\(name).\(first).0", "\(name).\(first).1"),
          project: ("\(name).\(first + 1)", "\(name).\(first + 2)"))
      }
    }
    return InvertedResidualNames(
      stem: ("features.0.0", "features.0.1"), head: ("features.18.0", "features.18.1"), classifier: "classifier.1",
      stages: stages)
  }()
}
