/// The tensors of a checkpoint's pickle, wherever they lie in it.
///
/// Training scripts put the state dict beside other things: `{"model": …, "optimizer": …, "epoch": …}`, at any depth
/// and under any name. Dictionaries of named tensors are sought from the top; those of the optimizer, the schedule and
/// the like are left aside, and averages of the weights over the training (EMA, SWA) are kept apart.
struct StateDict {
  typealias Tensors = [(name: String, tensor: Unpickler.PickledTensor)]

  /// In the pickle's order; of a file that has nothing but an average, the average.
  let tensors: Tensors
  /// The average of the weights that is there beside them.
  let average: Tensors?
  /// Whether there is nothing but an average.
  let isAverage: Bool
  /// Keys beside the weights, as paths: `optimizer`, `epoch`.
  let leftAside: [String]

  /// How deep a dictionary of tensors may lie.
  private static let maximumDepth = 4
  /// How many dictionaries are looked at.
  private static let maximumDictionaries = 4096

  /// Under which training scripts keep the state dict, the usual ones first.
  private static let usualKeys = [
    "state_dict", "model_state_dict", "model_state", "model", "module", "net", "network", "weights", "params",
  ]
  /// What is no part of a network, however many tensors it holds.
  private static let otherKeys = [
    "optim", "sched", "scaler", "amp", "criterion", "loss", "metric", "rng", "random", "callback", "loop", "grad",
    "momentum",
  ]

  /// A dictionary of named tensors.
  private struct Found {
    let path: [String]
    let tensors: Tensors

    var isAverage: Bool {
      path.contains { key in
        let words = key.lowercased().split { !$0.isLetter }
        return words.contains { ["ema", "swa", "average", "averaged", "avg"].contains($0) }
      }
    }
  }

  init(_ pickle: Unpickler) throws(WeightFileError) {
    guard case .dictionary(let root) = pickle.root else { throw .pyTorch(.notADictionary) }
    let found = Self.dictionaries(root, in: pickle)
    let plain = Self.chosen(found.filter { !$0.isAverage })
    let average = Self.chosen(found.filter { $0.isAverage })
    guard let tensors = plain?.tensors ?? average?.tensors else { throw .noTensors }
    self.tensors = tensors
    self.average = plain == nil ? nil : average?.tensors
    isAverage = plain == nil
    // What was taken lies in all of the top dictionary, or under one key of it.
    let taken = Set((found.filter { $0.isAverage }.map(\.path) + (plain?.paths ?? [])).map { $0.first ?? "" })
    leftAside =
      taken.contains("")
      ? []
      : root.compactMap { key, _ in
        guard case .text(let name) = pickle[key], !taken.contains(name) else { return nil }
        return name
      }
  }

  /// Those that can be reached by text keys, the outer ones first.
  private static func dictionaries(
    _ root: [(key: Unpickler.Reference, value: Unpickler.Reference)], in pickle: Unpickler
  ) -> [Found] {
    var found: [Found] = []
    var waiting = [(path: [String](), pairs: root)]
    var seen: Set<Unpickler.Reference> = []
    var next = 0
    while next < waiting.count, next < maximumDictionaries {
      let (path, pairs) = waiting[next]
      next += 1
      var tensors: Tensors = []
      for (key, value) in pairs {
        guard case .text(let name) = pickle[key] else { continue }
        switch pickle[value] {
        case .tensor(let tensor): tensors.append((name, tensor))
        case .dictionary(let inner), .record(let inner):
          let words = name.lowercased().split { !$0.isLetter }
          let isOther = words.contains { word in otherKeys.contains { word.hasPrefix($0) } }
          if path.count < maximumDepth, !isOther, seen.insert(value).inserted { waiting.append((path + [name], inner)) }
        default: break
        }
      }
      if !tensors.isEmpty { found.append(Found(path: path, tensors: tensors)) }
    }
    return found
  }

  /// One of several dictionaries: the one under a usual key, else the one that holds nearly everything; else all
  /// together, each under its key, as where backbone and classifier were saved apart.
  private static func chosen(_ found: [Found]) -> (tensors: Tensors, paths: [[String]])? {
    guard var largest = found.first else { return nil }
    for key in usualKeys {
      let under = found.filter { $0.path.last == key && $0.tensors.count > 1 }
      if let first = under.first { return (first.tensors, [first.path]) }
    }
    for candidate in found where candidate.tensors.count > largest.tensors.count { largest = candidate }
    let total = found.reduce(0) { $0 + $1.tensors.count }
    if largest.path.isEmpty || 10 * largest.tensors.count >= 9 * total, !Self.hasClassifier(found, besides: largest) {
      return (largest.tensors, [largest.path])
    }
    let joined = found.filter { !$0.path.isEmpty }.flatMap { part in
      part.tensors.map { (name: (part.path + [$0.name]).joined(separator: "."), tensor: $0.tensor) }
    }
    return (joined, found.map(\.path))
  }

  /// Whether matrices, which may be a classifier's, lie outside of the largest dictionary.
  private static func hasClassifier(_ found: [Found], besides largest: Found) -> Bool {
    found.contains { part in
      part.path != largest.path && !part.path.isEmpty && part.tensors.contains { $0.tensor.shape.count == 2 }
    }
  }
}
