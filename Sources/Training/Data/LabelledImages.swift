package import Autodiff
import Digests
import Foundation
import Images
package import Models
import Synchronization

/// The images of a folder of folders, one folder for each class; or of several such folders together.
///
/// A class's images may lie in folders within its own, and links are followed. What is an image is told by a file's
/// content: each is read and decoded once here, so that what cannot be used is known, and listed, before anything is
/// trained. The order of classes and items depends on names and contents alone, not on the file system, nor on where
/// the folders lie or in which order they are named.
package struct LabelledImages: Sendable {
  package struct Item: Sendable, Hashable {
    package let path: String
    package let classIndex: Int
  }

  /// The classes' names in their order; see `ClassOrder`.
  package let classes: [String]
  /// By class, then by the path below the class's folder, then by content.
  package let items: [Item]
  /// Files that were found and are not used, each with the reason.
  package let skipped: [SkippedFile]
  /// Names that several folders have, so that these are one class; see `ClassFolders.repeatedNames`.
  package let repeatedNames: [String]
  /// SHA-256, in hexadecimal, over the items' classes, paths below the class's folder, and contents.
  package let fingerprint: String
  /// Where a table labels the items, a number for each of `classes`, of each item; else nil.
  package let targets: [[Float]]?
  /// For each item what tells its near-duplicates.
  let signatures: [ImageSignature]
  private let records: [Record]

  /// What an item adds to the fingerprint.
  private struct Record {
    let relative: String
    let digest: Digest
  }

  /// Of the item's file.
  func digest(of place: Int) -> Digest { records[place].digest }

  /// Opens folders that have the same classes.
  ///
  /// - Parameters:
  ///   - classes: the classes that there are, where that is settled, as for images to evaluate a trained model on. The
  ///     folders may then be some of these only, named like the class or with a number before its name, and may be
  ///     empty. Otherwise the folders' names say what the classes are; there must be two at least, each with an image.
  ///   - workers: what the files are read and decoded on.
  ///   - progress: is told how many files of how many have been read, from any thread.
  package init(
    folders: [String], classes known: [String]? = nil,
    workers: Workers = Workers(threadCount: Workers.onlineProcessors),
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(DatasetError) {
    precondition(!folders.isEmpty, "LabelledImages: no folder")
    var sets: [ClassFolders] = []
    var roots: Set<FileIdentity> = []
    for folder in folders {
      let set = try ClassFolders(folder, known: known)
      if case .folder(let identity) = kind(of: folder), !roots.insert(identity).inserted {
        throw .repeatedFolder(path: folder)
      }
      if let first = sets.first { try Self.requireSameClasses(set, as: first) }
      sets.append(set)
    }
    let classes = sets[0].names.indices.map { index in
      let spellings = sets.map { $0.names[index] }
      // Whichever folder comes first.
      return spellings.allSatisfy { $0.utf8.elementsEqual(spellings[0].utf8) }
        ? spellings[0] : spellings[0].precomposedStringWithCanonicalMapping
    }
    guard known != nil || classes.count > 1 else { throw .oneClass(path: folders[0], name: classes[0]) }

    let files = sets.flatMap { set in set.files.indices.flatMap { index in set.files[index].map { ($0, index) } } }
    let outcomes = Self.examine(files.map(\.0.path), on: workers, progress: progress)
    var found: [(item: Item, record: Record, signature: ImageSignature)] = []
    var skipped = sets.flatMap(\.skipped)
    for ((file, classIndex), outcome) in zip(files, outcomes) {
      switch outcome {
      case .success(let (digest, signature)):
        let item = Item(path: file.path, classIndex: classIndex)
        found.append((item, Record(relative: file.relative, digest: digest), signature))
      case .failure(let fault):
        skipped.append(SkippedFile(path: file.path, reason: fault.reason))
      }
    }
    if known == nil {
      for (index, name) in classes.enumerated() where !found.contains(where: { $0.item.classIndex == index }) {
        let places = sets.map { $0.path + "/" + $0.folders[index] }
        let own = skipped.filter { file in places.contains { file.path.hasPrefix($0 + "/") } }
        throw .emptyClass(name: name, folders: places, skippedCount: own.count, firstReason: own.first?.reason)
      }
    }
    found.sort { first, second in
      if first.item.classIndex != second.item.classIndex { return first.item.classIndex < second.item.classIndex }
      let (one, other) = (first.record.relative.utf8, second.record.relative.utf8)
      if !one.elementsEqual(other) { return one.lexicographicallyPrecedes(other) }
      return first.record.digest.bytes.lexicographicallyPrecedes(second.record.digest.bytes)
    }
    self.init(
      classes: classes, items: found.map(\.item), records: found.map(\.record), signatures: found.map(\.signature),
      skipped: skipped, repeatedNames: Array(Set(sets.flatMap(\.repeatedNames))).sorted())
  }

  /// Opens what a network of this output is trained or validated on: folders of classes, or one table.
  ///
  /// - Parameters: as of `init(folders:)`.
  package init(
    _ paths: [String], for output: OutputKind, classes known: [String]? = nil,
    workers: Workers = Workers(threadCount: Workers.onlineProcessors),
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(DatasetError) {
    guard let path = paths.first(where: LabelTable.isNamed) else {
      guard output != .value else {
        throw .table(path: paths[0], reason: "folders of classes tell no values")
      }
      try self.init(folders: paths, classes: known, workers: workers, progress: progress)
      guard output == .softmax || classes.count == 2 else {
        throw .table(
          path: paths[0],
          reason:
            "one sigmoid is between two folders, not \(classes.count), and several sigmoids need a table of labels")
      }
      return
    }
    guard output != .softmax else {
      throw .table(path: path, reason: "a network of softmax learns from a folder for each class")
    }
    guard paths.count == 1 else { throw .table(path: path, reason: "one table at a time can be read") }
    try self.init(LabelTable(path, names: known, for: output), workers: workers, progress: progress)
  }

  /// The images that a table labels. All are of one class, since that is no matter of classes.
  ///
  /// - Parameters: as of `init(folders:)`.
  package init(
    _ table: LabelTable, workers: Workers = Workers(threadCount: Workers.onlineProcessors),
    progress: (@Sendable (_ done: Int, _ total: Int) -> Void)? = nil
  ) throws(DatasetError) {
    var (items, records, signatures, targets) = ([Item](), [Record](), [ImageSignature](), [[Float]]())
    var skipped: [SkippedFile] = []
    for (row, outcome) in zip(table.rows, Self.examine(table.rows.map(\.path), on: workers, progress: progress)) {
      switch outcome {
      case .success(let (digest, signature)):
        items.append(Item(path: row.path, classIndex: 0))
        records.append(Record(relative: row.name, digest: digest))
        signatures.append(signature)
        targets.append(row.targets)
      case .failure(let fault): skipped.append(SkippedFile(path: row.path, reason: fault.reason))
      }
    }
    guard !items.isEmpty else {
      throw .table(
        path: table.path, reason: "none of its images can be used, the first because: \(skipped[0].reason)")
    }
    self.init(
      classes: table.names, items: items, records: records, signatures: signatures, targets: targets, skipped: skipped,
      repeatedNames: [])
  }

  private init(
    classes: [String], items: [Item], records: [Record], signatures: [ImageSignature], targets: [[Float]]? = nil,
    skipped: [SkippedFile], repeatedNames: [String]
  ) {
    self.classes = classes
    self.targets = targets
    self.items = items
    self.records = records
    self.signatures = signatures
    self.skipped = skipped
    self.repeatedNames = repeatedNames
    var hash = DigestBuilder(.sha256)
    // A zero byte is in no path, so that no two lists of names run together into the same bytes.
    for name in classes { hash.add(Array(name.utf8 + [0])) }
    for (item, record) in zip(items, records) {
      hash.add(Array(classes[item.classIndex].utf8 + [0] + record.relative.utf8 + [0]))
      hash.add(record.digest.bytes)
    }
    for target in (targets ?? []).joined() { hash.add(Array("\(target)\n".utf8)) }
    fingerprint = hash.digest().hexadecimal
  }

  /// What some items are labelled with.
  func labels(of places: [Int]) -> ImageLabels {
    ImageLabels(places.map { items[$0].classIndex }, targets: targets.map { targets in places.map { targets[$0] } })
  }

  /// Images of each class, in their order; of a table those of which its number is not 0.
  package var counts: [Int] {
    if let targets { return classes.indices.map { index in targets.count { $0[index] != 0 } } }
    return classCounts
  }

  /// Images of each class, by the items.
  var classCounts: [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for item in items { counts[item.classIndex] += 1 }
    return counts
  }

  /// The items at these places, in the order given.
  ///
  /// - Parameter skipped: whether the part keeps the list of what is not used.
  func part(_ places: [Int], keepingSkipped: Bool) -> LabelledImages {
    LabelledImages(
      classes: classes, items: places.map { items[$0] }, records: places.map { records[$0] },
      signatures: places.map { signatures[$0] }, targets: targets.map { targets in places.map { targets[$0] } },
      skipped: keepingSkipped ? skipped : [],
      repeatedNames: repeatedNames)
  }

  private static func requireSameClasses(_ set: ClassFolders, as first: ClassFolders) throws(DatasetError) {
    guard set.names != first.names else { return }
    throw .otherClasses(
      path: set.path, missing: first.names.filter { !set.names.contains($0) },
      extra: set.names.filter { !first.names.contains($0) }, reference: first.path)
  }

  /// Reads and decodes every file, on all threads.
  private static func examine(
    _ paths: [String], on workers: Workers, progress: (@Sendable (Int, Int) -> Void)?
  ) -> [Result<(Digest, ImageSignature), FileFault>] {
    let done = Atomic(0)
    // Iterations write places of their own.
    nonisolated(unsafe) let outcomes = UnsafeMutablePointer<Result<(Digest, ImageSignature), FileFault>>.allocate(
      capacity: paths.count)
    defer {
      outcomes.deinitialize(count: paths.count)
      outcomes.deallocate()
    }
    workers.forEach(paths.count) { index in
      let outcome = Result { () throws(FileFault) in
        let bytes = try ImageFile.read(paths[index])
        let decoded = try ImageFile.decode(bytes, atLeast: ImageSignature.smallestSource)
        return (Digest.sha256(of: bytes), ImageSignature(of: decoded))
      }
      (outcomes + index).initialize(to: outcome)
      progress?(done.add(1, ordering: .relaxed).newValue, paths.count)
    }
    return Array(UnsafeBufferPointer(start: outcomes, count: paths.count))
  }
}
