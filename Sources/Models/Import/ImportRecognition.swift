import Networks
import WeightFiles

/// Which network a file belongs to and whose names it has.
struct ImportRecognition: Sendable {
  let architecture: Architecture
  let convention: NameConvention

  /// The networks that the file's names and shapes fit: none, one, or several.
  static func recognise(_ file: any WeightFile) -> [ImportRecognition] {
    Architecture.all.filter { architecture in
      architecture.conventions.contains { convention in
        architecture.signature.matches(ImportedWeights(file, convention, head: architecture.head))
      }
    }.map { ImportRecognition(file, as: $0) }
  }

  /// The file read as weights of this network: by the convention that explains most of its names.
  init(_ file: any WeightFile, as architecture: Architecture) {
    guard var best = architecture.conventions.first else {
      preconditionFailure("ImportRecognition: \(architecture.name) has no naming convention")
    }
    var bestScore = Self.score(file, best, architecture)
    for convention in architecture.conventions.dropFirst() {
      let score = Self.score(file, convention, architecture)
      if score > bestScore { (best, bestScore) = (convention, score) }
    }
    self.architecture = architecture
    convention = best
  }

  /// How many parameters of the network's signature are there by name, and how many names the convention had to
  /// translate: between conventions that agree on the first, the one whose tables know the file wins.
  private static func score(
    _ file: any WeightFile, _ convention: NameConvention, _ architecture: Architecture
  ) -> (present: Int, translated: Int) {
    let weights = ImportedWeights(file, convention, head: architecture.head)
    let names = architecture.signature.has.map(\.name) + [architecture.head.name]
    return (
      names.count { weights.shape(of: $0, .vector) != nil },
      weights.tensors.count { !$0.entry.name.hasSuffix($0.canonicalName) }
    )
  }
}
