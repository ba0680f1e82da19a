import Foundation
import Networks
import Training

/// Labelled images, and which of the model's classes each is of.
struct EvaluationData: Sendable {
  struct Item: Hashable, Sendable {
    let path: String
    /// Below the data folder that it is in, with the class's folder: `0white/17.jpg`.
    let name: String
    let classIndex: Int
  }

  let folders: [String]
  let items: [Item]
  let skipped: [SkippedFile]
  let fingerprint: String

  /// Opens folders with one folder for each class, or some of the classes, of a model: named by label, by WordNet id or
  /// by index, all alike.
  init(_ folders: [String], for labels: Labels) throws(Failure) {
    let images = try Self.open(folders, for: labels)
    self.folders = folders
    items = images.items.map { item in
      Item(path: item.path, name: Self.name(of: item.path, in: folders), classIndex: item.classIndex)
    }
    skipped = images.skipped
    fingerprint = images.fingerprint
    guard !items.isEmpty else {
      throw Failure(
        .noInput,
        "\(folders.joined(separator: ", ")): no file is a JPEG, PNG or WebP that can be read; \(skipped.count) were skipped."
      )
    }
  }

  /// Files that look as if they should have counted: named like pictures, and not readable as such.
  var unreadable: [SkippedFile] {
    skipped.filter { ["jpg", "jpeg", "png", "webp"].contains(($0.path as NSString).pathExtension.lowercased()) }
  }

  private static func open(_ folders: [String], for labels: Labels) throws(Failure) -> LabelledImages {
    let names = labels.classes.map(\.name)
    let wnids = labels.classes.compactMap(\.wnid)
    var refusal: DatasetError?
    for known in [names, wnids, labels.classes.map { String($0.index) }] where known.count == labels.count {
      do {
        return try LabelledImages(folders: folders, classes: known)
      } catch {
        // Whatever else is wrong is wrong under every name.
        guard case .unknownClass = error else { throw Failure(refusal ?? error) }
        refusal = refusal ?? error
      }
    }
    throw Failure(refusal!)
  }

  private static func name(of path: String, in folders: [String]) -> String {
    for folder in folders {
      let root = folder.hasSuffix("/") ? folder : folder + "/"
      if path.hasPrefix(root) { return String(path.dropFirst(root.count).drop { $0 == "/" }) }
    }
    return path
  }
}

extension Failure {
  init(_ error: DatasetError) {
    let code: Code =
      switch error {
      case .cannotRead, .noClasses, .emptyClass: .noInput
      case .repeatedFolder, .holdsDataSets: .usage
      case .oneClass, .repeatedNumber, .otherClasses, .unknownClass, .oneGroup, .lostImage: .badData
      }
    self.init(code, error.description)
  }
}
