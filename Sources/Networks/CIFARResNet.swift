import Images

/// ResNet for images of 32x32, as it is trained on CIFAR: a 3x3 convolution that does not stride, and no pooling,
/// before the blocks of ResNet's table.
///
/// - Paper: He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385, table 1, as in `ResNet`; its
///   stem is that of section 4.2.
/// - Checkpoints: people's own, under torchvision's names, as after `conv1 = Conv2d(3, 64, 3, padding=1, bias=False)`
///   and `maxpool = Identity()`, or under those of https://github.com/kuangliu/pytorch-cifar. Layers have
///   torchvision's.
///
/// A file does not say whether the pooling was taken out too: these networks have none.
enum CIFARResNet {
  /// ResNet's columns.
  static let table = [18, 34, 50, 101, 152]

  static let architectures = table.map { layers in
    var network = ResNet.network(layers)
    network.stem = .small
    return network.architecture(
      "cifar-resnet\(layers)", title: "ResNet-\(layers) for 32x32", preprocessing: preprocessing,
      conventions: [
        NameConvention(
          "torchvision", .pyTorch, modules: [:],
          note: "Read without a pooling after the first convolution, which a file does not tell."),
        NameConvention("pytorch-cifar", .pyTorch, modules: modulesOfPyTorchCIFAR(network)),
      ])
  }

  /// The whole picture at 32x32, by mean and deviation of CIFAR-10's training images.
  private static let preprocessing = Preprocessing(
    shorterSide: nil, filter: .bilinear, inputWidth: 32, inputHeight: 32,
    mean: [0.4914 * 255, 0.4822 * 255, 0.4465 * 255], deviation: [0.2470 * 255, 0.2435 * 255, 0.2616 * 255])

  private static func modulesOfPyTorchCIFAR(_ network: ResidualNetwork) -> [String: String] {
    var modules = ["linear": "fc"]
    for group in network.blocks.indices where group > 0 || network.block == .bottleneck {
      for part in 0...1 {
        modules["layer\(group + 1).0.shortcut.\(part)"] = "layer\(group + 1).0.downsample.\(part)"
      }
    }
    return modules
  }
}
