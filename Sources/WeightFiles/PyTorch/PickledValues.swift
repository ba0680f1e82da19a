/// The plain values that a checkpoint has beside its tensors: the arguments of the training script, the epoch.
struct PickledValues {
  /// By path, as `CheckpointMetadata.values` has them.
  private(set) var values: [String: String] = [:]

  private static let maximumDepth = 5
  private static let maximumCount = 1024
  private static let maximumTextBytes = 4096
  /// Longer lists are none of settings.
  private static let maximumListCount = 16

  init(_ pickle: Unpickler) {
    guard case .dictionary(let root) = pickle.root else { return }
    var visits = 0
    collect(root, path: "", depth: 0, pickle, &visits)
  }

  private mutating func collect(
    _ pairs: [(key: Unpickler.Reference, value: Unpickler.Reference)], path: String, depth: Int, _ pickle: Unpickler,
    _ visits: inout Int
  ) {
    for (key, value) in pairs {
      visits += 1
      if visits > 1 << 16 || values.count >= Self.maximumCount { return }
      guard case .text(let name) = pickle[key], name.utf8.count <= 256 else { continue }
      let place = path.isEmpty ? name : "\(path).\(name)"
      if let text = Self.text(value, pickle) {
        values[place] = text
      } else if let inner = Self.members(value, pickle), depth < Self.maximumDepth {
        collect(inner, path: place, depth: depth + 1, pickle, &visits)
      }
    }
  }

  /// The members of a dictionary or record; of an OmegaConf container, of its content.
  private static func members(
    _ reference: Unpickler.Reference, _ pickle: Unpickler
  ) -> [(key: Unpickler.Reference, value: Unpickler.Reference)]? {
    switch pickle[reference] {
    case .dictionary(let pairs): return pairs
    case .record(let pairs):
      guard let content = attribute("_content", of: pairs, pickle), case .dictionary(let inner) = pickle[content] else {
        return pairs
      }
      return inner
    default: return nil
    }
  }

  private static func attribute(
    _ name: String, of pairs: [(key: Unpickler.Reference, value: Unpickler.Reference)], _ pickle: Unpickler
  ) -> Unpickler.Reference? {
    pairs.first { key, _ in
      guard case .text(name) = pickle[key] else { return false }
      return true
    }?.value
  }

  private static func text(_ reference: Unpickler.Reference, _ pickle: Unpickler) -> String? {
    switch pickle[reference] {
    case .tuple(let items), .list(let items):
      guard (1...maximumListCount).contains(items.count) else { return nil }
      let texts = items.compactMap { scalar($0, pickle) }
      return texts.count == items.count ? texts.joined(separator: ",") : nil
    case .record(let pairs):
      // A node of OmegaConf.
      return attribute("_val", of: pairs, pickle).flatMap { scalar($0, pickle) }
    default: return scalar(reference, pickle)
    }
  }

  private static func scalar(_ reference: Unpickler.Reference, _ pickle: Unpickler) -> String? {
    switch pickle[reference] {
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): "\(value)"
    case .float(let value): "\(value)"
    case .text(let value): value.utf8.count <= maximumTextBytes ? value : nil
    default: nil
    }
  }
}
