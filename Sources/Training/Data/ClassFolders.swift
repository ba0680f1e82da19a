import Foundation

/// What was found in a data set and left out, and why.
package struct SkippedFile: Hashable, Sendable {
  package let path: String
  package let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }
}

/// A folder of folders, one for each class, before any image is read.
struct ClassFolders {
  struct File {
    let path: String
    /// Below the class's folder.
    let relative: String
    let identity: FileIdentity
  }

  let path: String
  let names: [String]
  /// The folders' names, class by class; those of the classes where these were settled.
  let folders: [String]
  /// For each class its files, images or not, in the order of their paths.
  private(set) var files: [[File]]
  private(set) var skipped: [SkippedFile] = []
  /// Names that several folders have: Unicode spells some letters in more than one way (ä, or a and two dots), and a
  /// file system keeps apart what nobody can tell apart. Such folders are one class.
  let repeatedNames: [String]

  /// - Parameter known: the classes that there are, if that is settled: the folders may then be some of them only, each
  ///   named like a class or with a number before its name. Otherwise the folders' names say what the classes are.
  init(_ path: String, known: [String]?) throws(DatasetError) {
    guard case .folder(let root) = kind(of: path) else {
      var reason = "it is no folder"
      if case .other(let other) = kind(of: path) {
        reason = other == "the link leads nowhere" ? "there is none" : other
      }
      throw .cannotRead(path: path, reason: reason)
    }
    let all = try Self.entries(of: path)
    var folders: [FolderEntry] = []
    for entry in all {
      switch entry.kind {
      case _ where entry.isHidden: skipped.append(SkippedFile(path: entry.path, reason: "it is hidden"))
      case .folder: folders.append(entry)
      case .file: skipped.append(SkippedFile(path: entry.path, reason: "it lies in no class's folder"))
      case .other(let reason): skipped.append(SkippedFile(path: entry.path, reason: reason))
      }
    }
    guard !folders.isEmpty else {
      throw .noClasses(path: path, fileCount: all.count { $0.folder == nil && !$0.isHidden })
    }
    try Self.refuseSplits(folders, in: path, known: known)

    self.path = path
    // Swift takes names as equal that only Unicode spells differently.
    let spellings = Dictionary(grouping: folders.map(\.name)) { $0 }.mapValues { names in
      names.count == 1 ? names[0] : names[0].precomposedStringWithCanonicalMapping
    }
    repeatedNames = spellings.keys.filter { name in folders.count { $0.name == name } > 1 }.sorted()
    if let known {
      (names, self.folders) = (known, known)
      files = Array(repeating: [], count: known.count)
      for folder in folders { try add(folder, to: Self.index(of: folder, among: known, in: path), above: root) }
    } else {
      let order = try ClassOrder(folders: Array(spellings.values), in: path)
      (names, self.folders) = (order.names, order.folders)
      files = Array(repeating: [], count: names.count)
      for folder in folders { try add(folder, to: order.folders.firstIndex(of: folder.name)!, above: root) }
    }
  }

  private static func index(
    of folder: FolderEntry, among known: [String], in path: String
  ) throws(DatasetError) -> Int {
    guard let index = known.firstIndex(of: folder.name) ?? known.firstIndex(of: ClassName(folder: folder.name).stem)
    else { throw .unknownClass(path: path, folder: folder.name, classes: known) }
    return index
  }

  /// A folder that holds `train` and `test`, which hold the classes, would look like one with these two classes and be
  /// trained on so.
  private static func refuseSplits(
    _ folders: [FolderEntry], in path: String, known: [String]?
  ) throws(DatasetError) {
    if let known, folders.allSatisfy({ known.contains($0.name) || known.contains(ClassName(folder: $0.name).stem) }) {
      return
    }
    guard let layout = try SplitLayout(of: path) else { return }
    throw .holdsSplits(
      path: path, folders: layout.splits.map(\.name), advice: known == nil ? layout.advice : layout.evaluationAdvice)
  }

  /// Walks a class's folder and the folders in it. Each real folder and file is taken once, so that links which lead
  /// back, or to one place by many ways, end.
  private mutating func add(_ folder: FolderEntry, to index: Int, above root: FileIdentity) throws(DatasetError) {
    var visited: Set<FileIdentity> = [root]
    var taken = Set(files[index].map(\.identity))
    var open: [(entry: FolderEntry, relative: String)] = [(folder, "")]
    while let (entry, relative) = open.popLast() {
      switch entry.kind {
      case _ where entry.isHidden && !relative.isEmpty:
        skipped.append(SkippedFile(path: entry.path, reason: "it is hidden"))
      case .other(let reason):
        skipped.append(SkippedFile(path: entry.path, reason: reason))
      case .file(let identity):
        if taken.insert(identity).inserted {
          files[index].append(File(path: entry.path, relative: relative, identity: identity))
        } else {
          skipped.append(
            SkippedFile(path: entry.path, reason: "it is a link to a file of this class that counts already"))
        }
      case .folder(let identity):
        guard visited.insert(identity).inserted else {
          skipped.append(SkippedFile(path: entry.path, reason: "it leads to a folder that was visited already"))
          continue
        }
        do {
          let inner = try Training.entries(of: entry.path)
          open += inner.reversed().map { ($0, relative.isEmpty ? $0.name : relative + "/" + $0.name) }
        } catch {
          if relative.isEmpty { throw .cannotRead(path: entry.path, reason: error.reason) }
          skipped.append(SkippedFile(path: entry.path, reason: error.reason))
        }
      }
    }
  }

  static func entries(of path: String) throws(DatasetError) -> [FolderEntry] {
    do {
      return try Training.entries(of: path)
    } catch {
      throw .cannotRead(path: path, reason: error.reason)
    }
  }
}
