import Autodiff
import Networks
import WeightFiles

/// Finds out whose names a file has and, if it is not said, which network it belongs to.
enum ImportRecognition {
  /// The convention under which the file is to be read as `architecture`: the one that explains most of its names.
  static func convention(of file: any WeightFile, for architecture: String) -> NameConvention {
    let candidates = NameConvention.all.filter { $0.architecture == architecture }
    precondition(!candidates.isEmpty, "ImportRecognition: \(architecture) has no naming convention")
    var best = (candidates[0], Int.min)
    for candidate in candidates {
      let score = score(ImportedWeights(file, candidate))
      if score > best.1 { best = (candidate, score) }
    }
    return best.0
  }

  /// The conventions under which the file's names and shapes are those of a network that Gaze has: none, one, or several
  /// of different networks.
  static func recognise(_ file: any WeightFile) -> [NameConvention] {
    var found: [NameConvention] = []
    for convention in NameConvention.all where isSigned(ImportedWeights(file, convention)) {
      if !found.contains(where: { $0.architecture == convention.architecture }) { found.append(convention) }
    }
    return found.map { self.convention(of: file, for: $0.architecture) }
  }

  private static func isSigned(_ weights: ImportedWeights) -> Bool {
    guard let signature = NetworkSignature.of(weights.convention.architecture) else { return false }
    return signature.has.allSatisfy { weights.shape(of: $0.name, $0.role) == $0.shape }
      && signature.lacks.allSatisfy { weights.shape(of: $0, .vector) == nil }
  }

  /// The parameters of the network's signature that are there by name, and how many names the convention had to translate: between
  /// conventions that agree on the first, the one whose tables know the file wins.
  private static func score(_ weights: ImportedWeights) -> Int {
    guard let signature = NetworkSignature.of(weights.convention.architecture) else { return 0 }
    let names = signature.has.map(\.name) + [signature.head.name]
    let present = names.count { weights.shape(of: $0, .vector) != nil }
    let translated = weights.tensors.count { !$0.entry.name.hasSuffix($0.canonicalName) }
    return present * 1_000_000 + translated
  }
}
