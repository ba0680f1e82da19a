import Images

/// SE-ResNet: ResNet and ResNeXt whose blocks scale their channels by what all channels' means say.
///
/// - Paper: Hu et al., "Squeeze-and-Excitation Networks", arXiv 1709.01507, table 1; reduction r = 16.
/// - Checkpoints: timm's `seresnet18` to `seresnet152`, `seresnext50_32x4d` and its kin; parameters keep their names,
///   layers have torchvision's. The authors' own networks (`legacy_seresnet50` and its kin) come from Caffe and compute
///   a little otherwise.
enum SEResNet {
  /// ResNet's columns.
  static let table = [18, 34, 50, 101, 152]

  /// ResNet's column, C, d.
  static let tableOfResNeXt: [(layers: Int, cardinality: Int, width: Int)] = [
    (50, 32, 4),
    (101, 32, 4),
    (101, 32, 8),
    (101, 64, 4),
  ]

  static let architectures =
    table.map { layers in
      excited(ResNet.network(layers)).architecture(
        "seresnet\(layers)", title: "SE-ResNet-\(layers)",
        preprocessing: .timm(side: 224, cropPercentage: layers == 50 ? 0.95 : 0.875),
        conventions: [NameConvention("timm", .pyTorch, modules: [:])])
    }
    + tableOfResNeXt.map { layers, cardinality, width in
      let name = "\(layers)-\(cardinality)x\(width)d"
      return excited(ResNet.network(layers), cardinality: cardinality, width: width).architecture(
        "seresnext" + name, title: "SE-ResNeXt-\(layers) \(cardinality)x\(width)d",
        preprocessing: .timm(side: 224, cropPercentage: 0.875),
        conventions: [NameConvention("timm", .pyTorch, modules: [:])])
    }
    + table.map { layers in
      legacy("legacy-seresnet\(layers)", "SE-ResNet-\(layers) (Caffe)", excited(ResNet.network(layers)))
    }
    + [
      legacy(
        "legacy-seresnext50-32x4d", "SE-ResNeXt-50 32x4d (Caffe)",
        excited(ResNet.network(50), cardinality: 32, width: 4)),
      legacy(
        "legacy-seresnext101-32x4d", "SE-ResNeXt-101 32x4d (Caffe)",
        excited(ResNet.network(101), cardinality: 32, width: 4)),
    ]

  private static func excited(_ network: ResidualNetwork, cardinality: Int = 1, width: Int = 64) -> ResidualNetwork {
    var network = network
    network.cardinality = cardinality
    network.width = width
    network.hasExcitation = true
    return network
  }

  private static func legacy(_ name: String, _ title: String, _ network: ResidualNetwork) -> Architecture {
    var network = network
    network.isCaffes = true
    return network.architecture(name, title: title, conventions: [NameConvention("timm", .pyTorch, modules: [:])])
  }
}
