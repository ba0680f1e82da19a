import Autodiff
import Networks
import WeightFiles

/// Which network a file belongs to, whose names it has, and where in the file it lies.
struct ImportRecognition: Sendable {
  let architecture: Architecture
  let convention: NameConvention
  let naming: FileNaming
  /// Where else in the file a network of the same kind lies.
  private(set) var others: [FileNaming] = []

  /// The networks that the file's names and shapes fit: none, one, or several.
  static func recognise(_ file: any WeightFile) -> [ImportRecognition] {
    let entries = file.entries.filter { !FileNames.isBookkeeping($0.name) }
    let shapes = Set(entries.map(\.shape))
    let named = Architecture.all.compactMap { best(entries, $0, shapes) }
    return named.isEmpty ? Architecture.all.compactMap { structural(entries, $0, shapes) } : named
  }

  /// The file read as weights of this network: by the convention that explains most of its names.
  init(_ file: any WeightFile, as architecture: Architecture) {
    let entries = file.entries.filter { !FileNames.isBookkeeping($0.name) }
    let shapes = Set(entries.map(\.shape))
    if let found = Self.best(entries, architecture, shapes) ?? Self.structural(entries, architecture, shapes) {
      self = found
      return
    }
    let naming = FileNaming(prefix: FileNames.wrapperPrefix(of: entries.map(\.name)))
    let candidates = architecture.conventions.map {
      ImportRecognition(architecture: architecture, convention: $0, naming: naming)
    }
    guard let best = Self.best(of: candidates, entries) else {
      preconditionFailure("ImportRecognition: \(architecture.name) has no naming convention")
    }
    self = best
  }

  private init(architecture: Architecture, convention: NameConvention, naming: FileNaming) {
    self.architecture = architecture
    self.convention = convention
    self.naming = naming
  }

  /// The network by the names of its tensors, below whatever wrappers; nil if it is not there.
  private static func best(
    _ entries: [TensorEntry], _ architecture: Architecture, _ shapes: Set<[Int]>
  ) -> ImportRecognition? {
    var candidates: [ImportRecognition] = []
    for convention in architecture.conventions where hasShapes(architecture, convention, shapes) {
      let namings = FileNaming.prefixes(entries, convention, architecture)
      // Plain weights before averages of them.
      let plain = namings.filter { !FileNames.isAverage($0.prefix) } + namings.filter { FileNames.isAverage($0.prefix) }
      guard let first = plain.first else { continue }
      var candidate = ImportRecognition(architecture: architecture, convention: convention, naming: first)
      candidate.others = Array(plain.dropFirst())
      candidates.append(candidate)
    }
    return best(of: candidates, entries)
  }

  /// The network by the contents of its modules, whatever their names; nil if it is not there.
  private static func structural(
    _ entries: [TensorEntry], _ architecture: Architecture, _ shapes: Set<[Int]>
  ) -> ImportRecognition? {
    for convention in architecture.conventions where convention.layout == .pyTorch && convention.joined.isEmpty {
      guard hasShapes(architecture, convention, shapes), hasEndings(architecture, convention, entries),
        let trunk = trunk(of: architecture, convention),
        let naming = FileNaming.structure(entries, trunk: trunk)
      else { continue }
      return ImportRecognition(architecture: architecture, convention: convention, naming: naming)
    }
    return nil
  }

  /// What the network asks for but its last layer, under the publisher's names and in the file's shapes.
  private static func trunk(
    of architecture: Architecture, _ convention: NameConvention
  ) -> [(name: String, shape: [Int])]? {
    let account = WeightAccount(head: architecture.head)
    // A network asks an empty source for all that it needs.
    let nothing = ImportedWeights([], convention, head: architecture.head, naming: FileNaming())
    guard (try? architecture.build(WeightReader(nothing, account: account))) != nil else { return nil }
    let head = module(ofParameter: architecture.head.name)
    return account.entries.map(\.parameter).filter { module(ofParameter: $0.name) != head }.map {
      (convention.publisherName($0.name), ImportedWeights.fileShape($0, convention.layout))
    }
  }

  /// Whether the file has tensors of the shapes that tell the network, whatever their names: a quick look first.
  private static func hasShapes(
    _ architecture: Architecture, _ convention: NameConvention, _ shapes: Set<[Int]>
  ) -> Bool {
    architecture.signature.has.allSatisfy { parameter in
      // Other roles have several shapes in files.
      parameter.role != .convolution || convention.joined[parameter.name] != nil
        || shapes.contains(ImportedWeights.fileShape(parameter, convention.layout))
    }
  }

  /// Whether the file has tensors that are named like those which tell the network but for the first module's name.
  private static func hasEndings(
    _ architecture: Architecture, _ convention: NameConvention, _ entries: [TensorEntry]
  ) -> Bool {
    architecture.signature.has.allSatisfy { parameter in
      let name = convention.publisherName(parameter.name)
      guard let first = name.firstIndex(of: convention.layout.separator) else { return false }
      return entries.contains { $0.name.hasSuffix(name[first...]) }
    }
  }

  /// By how many parameters of the network's signature are there by name, and how many names the convention had to
  /// translate: between conventions that agree on the first, the one whose tables know the file wins.
  private static func best(of candidates: [ImportRecognition], _ entries: [TensorEntry]) -> ImportRecognition? {
    var best: (candidate: ImportRecognition, score: (Int, Int))?
    for candidate in candidates {
      let weights = ImportedWeights(
        entries, candidate.convention, head: candidate.architecture.head, naming: candidate.naming)
      let names = candidate.architecture.signature.has.map(\.name) + [candidate.architecture.head.name]
      let score = (
        names.count { weights.shape(of: $0, .vector) != nil },
        weights.tensors.count { !$0.entry.name.hasSuffix($0.canonicalName) }
      )
      if best == nil || score > best!.score { best = (candidate, score) }
    }
    return best?.candidate
  }
}
