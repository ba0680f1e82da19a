package import Autodiff
import Networks
import WeightFiles

/// What became of each tensor of a file that was to be imported, and of each parameter that the network needs.
package struct ImportReport: Hashable, Sendable {
  /// A parameter of the network, under its canonical name and in Gaze's layout.
  package struct Match: Hashable, Sendable {
    package let name: String
    /// What the file calls it.
    package let source: String
    package let shape: Shape
    let role: ParameterRole
  }

  package struct Missing: Hashable, Sendable {
    package let name: String
    package let shape: Shape
  }

  package struct Mismatch: Hashable, Sendable {
    package let name: String
    package let source: String
    package let expected: Shape
    package let found: Shape
  }

  /// A tensor of the file that the network has no use for, with its shape in the file.
  package struct Unused: Hashable, Sendable {
    package let source: String
    package let shape: [Int]
  }

  /// The kind of file: "PyTorch".
  package let format: String
  /// Whose names the file has: "timm".
  package let convention: String
  /// The title of the network.
  package let network: String
  package let matched: [Match]
  package let missing: [Missing]
  package let mismatched: [Mismatch]
  package let unused: [Unused]
  /// Those of them that lie on the way from the image to the logits: they stand in the network's own modules, or read
  /// its features or its logits. Without them it would be another network.
  package let unusedOnPath: [Unused]
  /// Tensors that say nothing about the network, such as counts of training batches.
  package let ignoredCount: Int
  /// Keras' `Normalization` layers that are no part of the network: they say how pictures become its input.
  package let inputStatistics: [String]
  /// What of the file takes no part in the network: `optimizer`, `criterion`.
  package let leftAside: [String]
  /// What the names do not settle, and what was taken besides the tensors.
  package internal(set) var notes: [String]

  /// Whether every parameter of the network is there.
  package var isComplete: Bool { missing.isEmpty && mismatched.isEmpty }

  package var parameterCount: Int { matched.reduce(0) { $0 + $1.shape.count } }

  init(
    _ account: WeightAccount, _ weights: ImportedWeights, format: String, network: String,
    naming: FileNaming = FileNaming(), leftAside: [String] = [], notes: [String] = []
  ) {
    self.format = format
    self.network = network
    convention = weights.convention.publisher
    var (matched, missing, mismatched) = ([Match](), [Missing](), [Mismatch]())
    for entry in account.entries {
      let (name, expected) = (entry.parameter.name, entry.parameter.shape)
      let source = weights.tensor(name)?.entry.name ?? name
      switch entry.found {
      case nil: missing.append(Missing(name: name, shape: expected))
      case expected: matched.append(Match(name: name, source: source, shape: expected, role: entry.parameter.role))
      case let found?: mismatched.append(Mismatch(name: name, source: source, expected: expected, found: found))
      }
    }
    (self.matched, self.missing, self.mismatched) = (matched, missing, mismatched)
    var (unused, inputStatistics) = ([Unused](), [String]())
    for tensor in account.unused.compactMap({ weights.tensor($0) }) {
      if weights.convention.layout == .keras, FileNames.isInputStatistic(tensor.entry.name) {
        let layer = module(ofParameter: tensor.entry.name)
        if !inputStatistics.contains(layer) { inputStatistics.append(layer) }
      } else {
        unused.append(Unused(source: tensor.entry.name, shape: tensor.entry.shape))
      }
    }
    self.inputStatistics = inputStatistics
    self.unused = unused
    let families = Set(matched.map { naming.family($0.source) })
    let head = account.head
    let last = account.entries.first { $0.parameter.name == head.name }?.parameter.shape.extents
    // What the head reads, and the logits that it gives.
    let widths = Set([head.inputs, (head.role == .linear ? last?.first : last?.last) ?? 0])
    unusedOnPath = unused.filter { unused in
      let shape = weights.convention.layout == .keras ? unused.shape.reversed() : unused.shape
      return families.contains(naming.family(unused.source)) || (shape.count >= 2 && widths.contains(shape[1]))
    }
    ignoredCount = weights.ignoredCount
    self.leftAside = leftAside + inputStatistics
    let headNote = weights.renamedHead.map { "The layer \($0.source) was taken for the last one, \($0.canonicalName)." }
    let asideNotes = weights.asides.sorted { $0.key < $1.key }.map {
      "Left out: \($0.key) (\($0.value) tensors), which does not lie on the path from image to logits."
    }
    self.notes = [weights.convention.note, headNote].compactMap(\.self) + asideNotes + notes
  }
}

extension ImportReport: CustomStringConvertible {
  /// Lists of more than this many lines are cut short.
  private static let listedLines = 12

  package var description: String {
    var lines = ["\(format) file with \(convention)'s names, read as \(network):"]
    lines.append(
      "  matched     \(matched.count) of \(matched.count + missing.count + mismatched.count) parameters"
        + (ignoredCount == 0 ? "" : "; \(ignoredCount) counters left out"))
    lines += Self.section("missing", missing.map { "\($0.name) \($0.shape)" })
    lines += Self.section(
      "other shape", mismatched.map { "\($0.source) is \($0.found), the network needs \($0.expected)" })
    lines += Self.section("unused", unused.map { "\($0.source) \(Shape($0.shape))" })
    if !leftAside.isEmpty { lines.append("  left aside  " + leftAside.joined(separator: ", ")) }
    lines += notes.map { "  note        \($0)" }
    return lines.joined(separator: "\n")
  }

  private static func section(_ title: String, _ rows: [String]) -> [String] {
    if rows.isEmpty { return [] }
    let heading = "  \(title)".padded(to: 14) + "\(rows.count)"
    let shown = rows.prefix(listedLines).map { "    \($0)" }
    return [heading] + shown + (rows.count > listedLines ? ["    and \(rows.count - listedLines) more"] : [])
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
