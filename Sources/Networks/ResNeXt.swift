import Images

/// ResNeXt: ResNet whose 3x3 convolutions fall into groups of channels.
///
/// - Paper: Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", arXiv 1611.05431, tables 1 and
///   3: cardinality C, and width d of each group in conv2.
/// - Checkpoints: torchvision's `resnext50_32x4d`, `resnext101_32x8d` and `resnext101_64x4d`, weights V1; parameters
///   and layers keep their names, which timm has too.
/// - Published top-1 on ImageNet: 77.6, 79.3 and 83.2 % (torchvision).
enum ResNeXt {
  /// ResNet's column, C, d.
  static let table: [(layers: Int, cardinality: Int, width: Int)] = [
    (50, 32, 4),
    (101, 32, 4),
    (101, 32, 8),
    (101, 64, 4),
  ]

  static let architectures = table.map { layers, cardinality, width in
    var network = ResNet.network(layers)
    network.cardinality = cardinality
    network.width = width
    let name = "resnext\(layers)-\(cardinality)x\(width)d"
    let title = "ResNeXt-\(layers) \(cardinality)x\(width)d"
    return network.architecture(
      name, title: title,
      // The only one whose weights V1 were made by torchvision's newer recipe.
      preprocessing: .torchvision(shorterSide: cardinality == 64 ? 232 : 256, filter: .bilinear),
      checkpoints: published[name].map { digest, mebibytes, top1 in
        [
          .torchvision(
            name, title: title, file: "resnext\(layers)_\(cardinality)x\(width)d", digest: digest,
            mebibytes: mebibytes, top1: top1)
        ]
      } ?? [])
  }

  /// Of torchvision's files: the first digits of the SHA-256, size in MiB, top-1.
  private static let published: [String: (digest: String, mebibytes: Double, top1: Double)] = [
    "resnext50-32x4d": ("7cdf4587", 95.789, 77.618),
    "resnext101-32x8d": ("8ba56ff5", 339.586, 79.312),
    "resnext101-64x4d": ("173b62eb", 319.318, 83.246),
  ]
}
