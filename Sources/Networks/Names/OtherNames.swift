extension NameConvention {
  /// ResNet-50: timm has torchvision's names. Keras' network has its own.
  static let resNet = [
    NameConvention("torchvision and timm", "resnet50"),
    NameConvention("Keras", "keras-resnet50", .keras),
  ]

  /// VGG-16: timm's classifier is made of convolutions, whose elements lie as those of torchvision's fully connected layers.
  static let vgg = [
    NameConvention("torchvision", "vgg16"),
    NameConvention(
      "timm", "vgg16",
      modules: ["pre_logits.fc1": "classifier.0", "pre_logits.fc2": "classifier.3", "head.fc": "classifier.6"]),
    NameConvention("Keras", "keras-vgg16", .keras),
  ]

  /// DenseNet-121: torchvision's published file still has names from before PyTorch 0.4.1, with a dot before the number.
  static let denseNet = [
    NameConvention("torchvision and timm", "densenet121"),
    NameConvention("torchvision's old files", "densenet121", modules: oldDenseNetModules),
  ]

  private static let oldDenseNetModules: [String: String] = {
    var modules: [String: String] = [:]
    for (block, layers) in [6, 12, 24, 16].enumerated() {
      for layer in 1...layers {
        let name = "features.denseblock\(block + 1).denselayer\(layer)"
        for part in ["norm", "conv"] {
          for number in 1...2 { modules["\(name).\(part).\(number)"] = "\(name).\(part)\(number)" }
        }
      }
    }
    return modules
  }()

  /// The small network is Gaze's own; PyTorch's `Sequential` of `Conv2d` and `BatchNorm2d` has its names.
  static let smallCNN = [NameConvention("PyTorch", "small-cnn")]

  /// SqueezeNet 1.1: both networks have torchvision's names; the Keras file names layers as the paper does.
  static let squeezeNet = [
    NameConvention("torchvision", "squeezenet1.1"),
    NameConvention(
      "Keras", "keras-squeezenet1.1", .keras, modules: kerasSqueezeNetModules,
      leaves: ["/kernel": ".weight", "/bias": ".bias"]),
  ]

  /// torchvision counts poolings too.
  private static let kerasSqueezeNetModules: [String: String] = {
    var modules = ["conv1": "features.0", "conv10": "classifier.1"]
    for (fire, feature) in [2: 3, 3: 4, 4: 6, 5: 7, 6: 9, 7: 10, 8: 11, 9: 12] {
      for part in ["squeeze", "expand1x1", "expand3x3"] {
        modules["fire\(fire)/\(part == "squeeze" ? "squeeze1x1" : part)"] = "features.\(feature).\(part)"
      }
    }
    return modules
  }()
}
