import Images

/// Wide ResNet: ResNet with more channels in its 3x3 convolutions.
///
/// - Paper: Zagoruyko and Komodakis, "Wide Residual Networks", arXiv 1605.07146, table 8: the bottleneck's inner
///   convolutions of ResNet-50 widened by k = 2.
/// - Checkpoints: torchvision's `wide_resnet50_2` and `wide_resnet101_2`, weights V1, in half precision; parameters and
///   layers keep their names, which timm has too.
/// - Published top-1 on ImageNet: 78.5 and 78.8 % (torchvision).
enum WideResNet {
  /// k
  static let widening = 2

  /// ResNet's column; of torchvision's file the first digits of the SHA-256, size in MiB, top-1.
  static let table: [(layers: Int, digest: String, mebibytes: Double, top1: Double)] = [
    (50, "95faca4d", 131.820, 78.468),
    (101, "32ee1156", 242.896, 78.848),
  ]

  static let architectures = table.map { layers, digest, mebibytes, top1 in
    var network = ResNet.network(layers)
    network.width *= widening
    let (name, title) = ("wide-resnet\(layers)-\(widening)", "Wide ResNet-\(layers)-\(widening)")
    return network.architecture(
      name, title: title,
      checkpoints: [
        .torchvision(
          name, title: title, file: "wide_resnet\(layers)_\(widening)", digest: digest, mebibytes: mebibytes,
          top1: top1)
      ])
  }
}
