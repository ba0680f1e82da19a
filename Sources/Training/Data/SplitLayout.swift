/// A folder whose folders are the parts of a data set, for training, validation and testing, and not classes.
///
/// Names alone do not tell: `test` and `sample` may be classes. So the whole picture decides. The folders are parts if
/// - there are two at least, all named like parts (in any case, a number at the end: `test1`, `val2017`; or a word for
///   what is in it: `train_set`, `test-images`), or
/// - `train` is among others, and holds folders in turn; another part stands beside it, or nothing else holds folders.
///
/// One folder alone is looked into: `train`, or one that has the name of the folder that it is in, or holds such parts.
struct SplitLayout {
  enum Role { case training, validation, other }

  struct Split {
    /// Of its folder, as it is found.
    let name: String
    /// Of the folder that holds the classes: `train`, or `train/train`.
    let path: String
    let role: Role
    /// The folders in it.
    let classes: Set<String>

    var holdsClasses: Bool { classes.count > 1 }
  }

  /// Of the folder that holds the parts.
  let path: String
  let splits: [Split]
  /// The folders beside them.
  let others: [String]

  /// nil where the folders are classes.
  init?(of path: String) throws(DatasetError) { try self.init(of: path, depth: 0) }

  private init?(of path: String, depth: Int) throws(DatasetError) {
    let own = Self.lastName(of: path)
    var folders = try Self.folders(in: path)
    // Archives often hold the data set a second time, in a folder of its own name.
    if depth == 0, folders.contains(where: { Self.role(of: $0.name) != nil }),
      let copy = folders.firstIndex(where: { $0.name.lowercased() == own && Self.role(of: $0.name) == nil }),
      try SplitLayout(of: folders[copy].path, depth: 1) != nil
    {
      folders.remove(at: copy)
    }
    if folders.count == 1, Self.role(of: folders[0].name) == nil {
      guard depth < 2, let inner = try SplitLayout(of: folders[0].path, depth: depth + 1),
        inner.splits.contains(where: \.holdsClasses)
      else { return nil }
      self = inner
      return
    }
    var splits: [Split] = []
    for folder in folders {
      guard let role = Self.role(of: folder.name) else { continue }
      splits.append(try Self.split(folder, role))
    }
    let others = folders.filter { Self.role(of: $0.name) == nil }
    let training = splits.filter { $0.role == .training && $0.holdsClasses }
    if others.isEmpty {
      guard splits.count > 1 || splits.contains(where: \.holdsClasses) else { return nil }
    } else {
      guard !training.isEmpty else { return nil }
      if splits.count == 1 {
        for other in others { if try !Self.folders(in: other.path).isEmpty { return nil } }
      }
    }
    (self.path, self.splits, self.others) = (path, splits, others.map(\.name))
  }

  // MARK: - What to do with it

  /// The part to train on, if there is one only.
  var training: Split? { only { $0.role == .training && $0.holdsClasses } }

  /// The part to validate on: one that has the same classes as that to train on.
  var validation: Split? {
    guard let training else { return nil }
    return only { $0.role == .validation && $0.classes == training.classes }
  }

  private func only(_ isMeant: (Split) -> Bool) -> Split? {
    let found = splits.filter(isMeant)
    return found.count == 1 ? found[0] : nil
  }

  /// What to type to train.
  var advice: String {
    guard let training else {
      let several = splits.filter { $0.role == .training && $0.holdsClasses }
      if !several.isEmpty {
        return "Say which to train on: " + several.map { "--data \($0.path)" }.joined(separator: " ") + "."
      }
      let other = splits.first(where: \.holdsClasses)
      return
        (other.map { "Name the one to train on, such as --data \($0.path)" }
        ?? "Put the images to train on into one folder for each class, such as \(splits[0].path)/cat and "
        + "\(splits[0].path)/dog, and train with --data \(splits[0].path)") + Self.otherwise
    }
    let others = splits.filter { $0.role != .training && $0.classes == training.classes }
    let measured = others.first { $0.role == .validation } ?? others.first
    return "Train with --data \(training.path) "
      + (measured.map { "--validate \($0.path)" } ?? "--validation-split 0.2")
      + Self.otherwise
  }

  private static let otherwise = "; or, if these are your classes, give their folders other names."

  /// What to type to measure a model.
  var evaluationAdvice: String {
    let found = splits.filter(\.holdsClasses)
    let best = found.first { $0.role == .other } ?? found.first { $0.role == .validation } ?? found.first
    return best.map { "Name one of them, such as \($0.path)." }
      ?? "Name a folder that holds one folder of images for each class."
  }

  // MARK: - Folders and their names

  private static func role(of name: String) -> Role? {
    var words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    while let last = words.last, last.allSatisfy(\.isNumber) { words.removeLast() }
    if words.count == 2, ["set", "data", "images", "split"].contains(words[1]) { words.removeLast() }
    guard words.count == 1, let word = words.first else { return nil }
    let bare = String(word.reversed().drop { $0.isNumber }.reversed())
    return switch bare.hasSuffix("set") ? String(bare.dropLast(3)) : bare {
    case "train", "training": .training
    case "val", "valid", "validate", "validation", "dev": .validation
    case "test", "testing", "sample", "samples", "eval", "evaluation": .other
    default: nil
    }
  }

  private static func split(_ folder: FolderEntry, _ role: Role) throws(DatasetError) -> Split {
    var (path, inner) = (folder.path, try folders(in: folder.path))
    if inner.count == 1, inner[0].name.lowercased() == folder.name.lowercased() {
      path = inner[0].path
      inner = try folders(in: path)
    }
    return Split(name: folder.name, path: path, role: role, classes: Set(inner.map(\.name)))
  }

  private static func folders(in path: String) throws(DatasetError) -> [FolderEntry] {
    try ClassFolders.entries(of: path).filter { $0.folder != nil && !$0.isHidden }
  }

  /// The folder of its own name in which an archive put all that it holds, or the folder itself.
  static func unwrapped(_ path: String) throws(DatasetError) -> String {
    let inner = try folders(in: path)
    guard inner.count == 1, role(of: inner[0].name) == nil, inner[0].name.lowercased() == lastName(of: path),
      try folders(in: inner[0].path).count > 1
    else { return path }
    return inner[0].path
  }

  private static func lastName(of path: String) -> String {
    path.split(separator: "/").last.map { $0.lowercased() } ?? ""
  }
}

extension RunFolder.Sources {
  /// With the parts for training and validation where `data` is one folder that holds them, and what was done, in a
  /// sentence; as they are where it holds the classes.
  ///
  /// - Throws: `holdsSplits` where it is not clear what is meant.
  func findingSplits() throws(DatasetError) -> (sources: Self, note: String?) {
    guard data.count == 1, case .folder = kind(of: data[0]) else { return (self, nil) }
    let root = try SplitLayout.unwrapped(data[0])
    guard let layout = try SplitLayout(of: root) else {
      var found = self
      found.data = [root]
      return (found, root == data[0] ? nil : "training on \(root)")
    }
    let refusal = DatasetError.holdsSplits(
      path: layout.path, folders: layout.splits.map(\.name), advice: layout.advice)
    guard let training = layout.training else { throw refusal }
    var found = self
    found.data = [training.path]
    var note = "training on \(training.path)"
    var used = [training.name]
    if validation.isEmpty, validationShare == nil, layout.splits.count > 1 {
      guard let measured = layout.validation else { throw refusal }
      found.validation = [measured.path]
      note += ", validating on \(measured.path)"
      used.append(measured.name)
    }
    let left = (layout.splits.map(\.name) + layout.others).filter { !used.contains($0) }
    if !left.isEmpty { note += "; left out: \(left.sorted().joined(separator: ", "))" }
    return (found, note)
  }
}
