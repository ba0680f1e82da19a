import Images

/// ResNet: bottlenecks, or pairs of 3x3 convolutions, with shortcuts around them.
///
/// - Paper: He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385, table 1.
/// - Checkpoints: torchvision's `resnet18` to `resnet152`, weights V1; parameters and layers keep their names, which
///   timm has too. Keras' are in `KerasResNet`.
/// - Published top-1 on ImageNet: 69.8, 73.3, 76.1, 77.4 and 78.3 % (torchvision).
enum ResNet {
  /// Table 1: for each column its layers, the kind of block, and the blocks of conv2_x to conv5_x.
  static let table: [(layers: Int, block: ResidualNetwork.Block, blocks: [Int])] = [
    (18, .basic, [2, 2, 2, 2]),
    (34, .basic, [3, 4, 6, 3]),
    (50, .bottleneck, [3, 4, 6, 3]),
    (101, .bottleneck, [3, 4, 23, 3]),
    (152, .bottleneck, [3, 8, 36, 3]),
  ]

  /// timm's: bottlenecks in the numbers of ResNet-18.
  static let blocksOfResNet26 = [2, 2, 2, 2]

  /// Of torchvision's files: the first digits of the SHA-256, size in MiB, top-1.
  private static let published: [Int: (digest: String, mebibytes: Double, top1: Double)] = [
    18: ("f37072fd", 44.661, 69.758),
    34: ("b627a593", 83.275, 73.314),
    101: ("63fe2227", 170.511, 77.374),
    152: ("394f9c45", 230.434, 78.312),
  ]

  static let architectures =
    table.map { layers, block, blocks in
      let title = "ResNet-\(layers)"
      return ResidualNetwork(block: block, blocks: blocks).architecture(
        "resnet\(layers)", title: block == .bottleneck ? title + " v1.5" : title,
        checkpoints: checkpoints(layers, title: title))
    } + [
      ResidualNetwork(block: .bottleneck, blocks: blocksOfResNet26).architecture(
        "resnet26", title: "ResNet-26", preprocessing: .torchvision(filter: .bicubic),
        conventions: [NameConvention("timm", .pyTorch, modules: [:])])
    ]

  private static func checkpoints(_ layers: Int, title: String) -> [PublishedCheckpoint] {
    let name = "resnet\(layers)"
    if let (digest, mebibytes, top1) = published[layers] {
      return [
        .torchvision(name, title: title, file: name, digest: digest, mebibytes: mebibytes, top1: top1)
      ]
    }
    return [
      .torchvision(name, title: title, file: name, digest: "0676ba61", byteCount: 102_530_333, top1: 76.130)
    ]
  }

  /// The blocks of the column for this number of layers.
  static func network(_ layers: Int) -> ResidualNetwork {
    guard let (_, block, blocks) = table.first(where: { $0.layers == layers }) else {
      preconditionFailure("ResNet: the table has no column for \(layers) layers")
    }
    return ResidualNetwork(block: block, blocks: blocks)
  }
}
