package import Networks

/// A published checkpoint that Gaze can fetch by name, and the network that it belongs to.
package struct CatalogEntry: Sendable {
  package let architecture: Architecture
  package let checkpoint: PublishedCheckpoint

  package static let all = Architecture.all.flatMap { architecture in
    architecture.checkpoints.map { CatalogEntry(architecture: architecture, checkpoint: $0) }
  }

  /// The model that is used when nobody names one.
  package static let defaultName = "efficientnet-lite0"

  package static func named(_ name: String) -> CatalogEntry? { all.first { $0.name == name } }

  package var name: String { checkpoint.name }
}
