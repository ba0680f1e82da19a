import Images

/// ResNet-D: ResNet with three 3x3 convolutions for its stem, and means of 2x2 pixels where a shortcut strides.
///
/// - Paper: He et al., "Bag of Tricks for Image Classification with Convolutional Neural Networks", arXiv 1812.01187,
///   figure 2 (c) and section 4.1.
/// - Checkpoints: timm's `resnet18d` to `resnet152d` and `resnext50d_32x4d`; parameters keep their names, layers have
///   torchvision's.
enum ResNetD {
  /// ResNet's columns.
  static let table = [18, 34, 50, 101, 152]

  static let architectures =
    [architecture("resnet26d", "ResNet-26-D", .init(block: .bottleneck, blocks: ResNet.blocksOfResNet26))]
    + table.map { architecture("resnet\($0)d", "ResNet-\($0)-D", ResNet.network($0)) } + [resNeXt]

  private static var resNeXt: Architecture {
    var network = ResNet.network(50)
    network.cardinality = 32
    network.width = 4
    return architecture("resnext50d-32x4d", "ResNeXt-50-D 32x4d", network)
  }

  private static func architecture(_ name: String, _ title: String, _ network: ResidualNetwork) -> Architecture {
    var network = network
    network.stem = .deep
    return network.architecture(
      name, title: title, preprocessing: .torchvision(filter: .bicubic),
      conventions: [NameConvention("timm", .pyTorch, modules: [:])])
  }
}
