import Networks
import WeightFiles

/// How the names of a file become those of a publisher: without what wrappers put before them, or with the numbers of a
/// `Sequential` as modules' names.
struct FileNaming: Hashable, Sendable {
  /// What stands before the network's own names.
  let prefix: String
  /// Below the prefix: the file's first components to the publisher's, where they were told by their contents alone.
  private let groups: [String: String]
  private let separator: Character

  init(prefix: String = "", separator: Character = ".", groups: [String: String] = [:]) {
    self.prefix = prefix
    self.separator = separator
    self.groups = groups
  }

  /// Whether modules were told by their place in the file.
  var isStructural: Bool { !groups.isEmpty }

  /// The publisher's name of a tensor; its own where it lies outside of the network.
  func publisherName(_ name: String) -> String {
    guard name.hasPrefix(prefix) else { return name }
    let rest = name.dropFirst(prefix.count)
    if groups.isEmpty { return String(rest) }
    guard let end = rest.firstIndex(of: separator), let group = groups[String(rest[..<end])] else { return name }
    return group + rest[end...]
  }

  /// The module of the network's top that a tensor belongs to, or the module outside of it: `layer4`, `fc`.
  func family(_ name: String) -> String {
    let name = publisherName(name)
    return name.firstIndex(of: separator).map { String(name[..<$0]) } ?? name
  }
}

extension FileNaming {
  /// Whether a tensor belongs to what this prefix wraps, or to something beside it in the same wrapper, rather than to
  /// the network of another prefix.
  func claims(_ name: String, before other: FileNaming) -> Bool {
    if prefix.isEmpty { return !name.hasPrefix(other.prefix) }
    let outer = prefix.prefix { $0 != separator } + String(separator)
    return name.hasPrefix(other.prefix.hasPrefix(outer) ? prefix : String(outer))
  }

  /// The wrappers under which a file holds a network of this architecture by a publisher's names: every prefix before
  /// which all that tells the network is there. More than one where the file has several such networks.
  static func prefixes(
    _ entries: [TensorEntry], _ convention: NameConvention, _ architecture: Architecture
  ) -> [FileNaming] {
    let separator = convention.layout.separator
    let telling = architecture.signature.has
    // A parameter that is put together from several tensors has the shape of none of them.
    guard let first = telling.first(where: { convention.joined[$0.name] == nil }) ?? telling.first else { return [] }
    let isJoined = convention.joined[first.name] != nil
    var found: [FileNaming] = []
    for entry in entries
    where isJoined || ImportedWeights.shape(entry.shape, first.role, convention.layout) == first.shape {
      var rest = entry.name[...]
      while true {
        if convention.canonicalName(String(rest)) == first.name {
          let prefix = String(entry.name.dropLast(rest.count))
          let naming = FileNaming(prefix: prefix, separator: separator)
          if !found.contains(naming), naming.fits(entries, convention, architecture) { found.append(naming) }
          // The convention's table may know the tensor with and without a wrapper: it is one network.
          break
        }
        guard let end = rest.firstIndex(of: separator) else { break }
        rest = rest[rest.index(after: end)...]
      }
    }
    return found
  }

  private func fits(_ entries: [TensorEntry], _ convention: NameConvention, _ architecture: Architecture) -> Bool {
    let weights = ImportedWeights(
      entries.filter { $0.name.hasPrefix(prefix) }, convention, head: architecture.head, naming: self)
    return architecture.signature.matches(weights)
  }

  /// The same for a network whose modules have lost their names, as in `Sequential(*list(model.children())[:-1])` and
  /// in fastai's body: each module but the last layer has to be there once, in order, with all of its tensors in their
  /// shapes. nil unless that is so in exactly one way.
  ///
  /// - Parameter trunk: what the network asks for but its last layer, under the publisher's names, in order.
  static func structure(
    _ entries: [TensorEntry], trunk: [(name: String, shape: [Int])], separator: Character = "."
  ) -> FileNaming? {
    let wanted = Groups(trunk, below: "", separator)
    var found: [FileNaming] = []
    for base in bases(of: entries, separator) {
      let present = Groups(entries.map { ($0.name, $0.shape) }, below: base, separator)
      guard let names = wanted.matched(in: present) else { continue }
      found.append(FileNaming(prefix: base, separator: separator, groups: names))
    }
    return found.count == 1 ? found[0] : nil
  }

  /// What may stand before a `Sequential`'s numbers.
  private static func bases(of entries: [TensorEntry], _ separator: Character) -> Set<String> {
    var bases: Set = [""]
    for entry in entries {
      let parts = entry.name.split(separator: separator, omittingEmptySubsequences: false)
      var base = ""
      for part in parts.dropLast(2).prefix(4) {
        base += part + String(separator)
        bases.insert(base)
      }
    }
    return bases
  }

  /// Tensors by the first component of their names, in order.
  private struct Groups {
    private(set) var names: [String] = []
    /// What lies in each: the rest of the name, and the shape.
    private var members: [String: Set<Member>] = [:]

    private struct Member: Hashable {
      let name: String
      let shape: [Int]
    }

    init(_ tensors: [(name: String, shape: [Int])], below base: String, _ separator: Character) {
      for (name, shape) in tensors where name.hasPrefix(base) {
        let rest = name.dropFirst(base.count)
        guard let end = rest.firstIndex(of: separator) else { continue }
        let group = String(rest[..<end])
        if members[group] == nil { names.append(group) }
        members[group, default: []].insert(Member(name: String(rest[end...]), shape: shape))
      }
    }

    /// Their names to these groups'; nil unless each of these groups is there exactly once.
    func matched(in others: Groups) -> [String: String]? {
      var result: [String: String] = [:]
      for name in names {
        let same = others.names.filter { others.members[$0] == members[name] }
        guard same.count == 1, result.updateValue(name, forKey: same[0]) == nil else { return nil }
      }
      return result
    }
  }
}
