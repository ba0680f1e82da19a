import Networks
import WeightFiles

/// The network that a file which fits none is most like, by the parameters that tell the networks apart.
package struct ImportLikeness: Hashable, Sendable, CustomStringConvertible {
  package let title: String
  /// What is not as that network has it, a clause each.
  package let differences: [String]

  /// nil if the file has none of what tells any network.
  init?(of file: any WeightFile) {
    let entries = file.entries.filter { !FileNames.isBookkeeping($0.name) }
    var shapes: [String: Set<[Int]>] = [:]
    for entry in entries {
      for name in Self.endings(of: entry.name) { shapes[name, default: []].insert(entry.shape) }
    }
    let names = Set(shapes.keys)
    var best: (score: Int, architecture: Architecture, convention: NameConvention)?
    for architecture in Architecture.all {
      for convention in architecture.conventions {
        // A parameter of the right shape tells more than one of the right name, and one too many tells against it.
        let wanted = architecture.signature.has.map { parameter in
          (
            name: convention.publisherName(parameter.name),
            shape: ImportedWeights.fileShape(parameter, convention.layout)
          )
        }
        let found = wanted.filter { names.contains($0.name) }
        let score =
          2 * found.count + 3 * found.count { shapes[$0.name]?.contains($0.shape) == true } - 5 * wanted.count
          - 5 * architecture.signature.lacks.count { names.contains(convention.publisherName($0)) }
        guard !found.isEmpty else { continue }
        if score > best?.score ?? .min { best = (score, architecture, convention) }
      }
    }
    guard let (_, architecture, convention) = best else { return nil }
    title = architecture.title
    var differences: [String] = []
    for parameter in architecture.signature.has {
      let name = convention.publisherName(parameter.name)
      let expected = ImportedWeights.fileShape(parameter, convention.layout)
      let found = entries.first { Self.endings(of: $0.name).contains(name) }
      if let found, found.shape != expected {
        differences.append("\(found.name) is \(found.shape) instead of \(expected)")
      } else if found == nil {
        differences.append("there is no \(name)")
      }
    }
    for name in architecture.signature.lacks.map(convention.publisherName) where names.contains(name) {
      differences.append("there is \(name), which that network does not have")
    }
    self.differences = differences
  }

  package var description: String {
    "It looks most like \(title)" + (differences.isEmpty ? "" : ", but \(differences.joined(separator: ", "))") + "."
  }

  /// The name without its first components, one after the other: what a network's own name may be.
  private static func endings(of name: String) -> [String] {
    var endings = [name]
    var rest = name[...]
    while let end = rest.firstIndex(where: isNameSeparator) {
      rest = rest[rest.index(after: end)...]
      endings.append(String(rest))
    }
    return endings
  }
}
