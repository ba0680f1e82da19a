/// Why a folder of images is no data set, in a sentence that says what would work.
package enum DatasetError: Error, Hashable, Sendable {
  /// No folder, or none that may be read; `reason` is the system's.
  case cannotRead(path: String, reason: String)
  /// The same folder twice among those given: its images would count double.
  case repeatedFolder(path: String)
  /// No folder inside. `fileCount` files lie there directly.
  case noClasses(path: String, fileCount: Int)
  /// The folders inside are no classes but the parts of a data set (train, test); `advice` says what to do.
  case holdsSplits(path: String, folders: [String], advice: String)
  case oneClass(path: String, name: String)
  /// Two folders that begin with one number, so that the number orders nothing.
  case repeatedNumber(path: String, first: String, second: String, number: Int)
  /// No image of a class can be used. `firstReason` is why the first of `skippedCount` files could not.
  case emptyClass(name: String, folders: [String], skippedCount: Int, firstReason: String?)
  /// Data sets that are to be one have other classes, or the same in another order.
  case otherClasses(path: String, missing: [String], extra: [String], reference: String)
  /// A folder for which a model has no class.
  case unknownClass(path: String, folder: String, classes: [String])
  /// Every image has near-duplicates that link it to all others, so that nothing can be held back for validation.
  case oneGroup(imageCount: Int)
  /// An image that could be read when the data set was opened and cannot any more.
  case lostImage(path: String, reason: String)
  /// A CSV file that does not say what its images are labelled with.
  case table(path: String, reason: String)
}

extension DatasetError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cannotRead(let path, let reason):
      "The folder \(path) cannot be read (\(reason)): name a folder that holds one folder of images for each class."
    case .repeatedFolder(let path):
      "The folder \(path) is given twice, and its images would count double: name it once."
    case .noClasses(let path, let fileCount):
      fileCount == 0
        ? "The folder \(path) is empty: it should hold one folder of images for each class."
        : "The folder \(path) holds \(fileCount) \(fileCount == 1 ? "file" : "files") but no folder: move the images "
          + "into one folder for each class, such as \(path)/cat and \(path)/dog."
    case .holdsSplits(let path, let folders, let advice):
      "\(path) holds \(Self.list(folders)): these look like the parts of a data set, not like classes. \(advice)"
    case .oneClass(let path, let name):
      "The folder \(path) holds one class only, \(name): a classifier needs at least two, each in a folder of its own."
    case .repeatedNumber(let path, let first, let second, let number):
      "The folders \(first) and \(second) in \(path) both begin with the number \(number), which is to give the order "
        + "of the classes: give each folder a number of its own, or none a number."
    case .emptyClass(let name, let folders, let skippedCount, let firstReason):
      "The class \(name) has no image that can be used, in \(Self.list(folders))"
        + (firstReason.map { " (\(skippedCount) skipped, the first because: \($0))" } ?? "")
        + ": put JPEG, PNG or WebP files there, or remove the folder."
    case .otherClasses(let path, let missing, let extra, let reference):
      "The folders of \(path) are not the classes of \(reference): "
        + (missing.isEmpty && extra.isEmpty
          ? "they come in another order. Number them alike, or not at all."
          : [(missing, "is missing"), (extra, "is too many")].filter { !$0.0.isEmpty }
            .map { "\(Self.list($0)) \($1)" }.joined(separator: ", and ")
            + ". All folders given together need the same classes.")
    case .unknownClass(let path, let folder, let classes):
      "The folder \(folder) in \(path) is named like none of the classes: \(Self.list(classes)). Rename it or move it away."
    case .oneGroup(let imageCount):
      "All \(imageCount) images are near-duplicates of one another, as the frames of one recording are, so none can be "
        + "held back for validation: validate on other recordings, in a folder of their own."
    case .lostImage(let path, let reason):
      "The image \(path) was there when the data set was opened and cannot be used any more (\(reason)): put it back, "
        + "or begin again without it."
    case .table(let path, let reason):
      "The table \(path) cannot be used: \(reason). A CSV file would do whose column 'file' names images, beside a column "
        + "'labels' with their classes, separated by ';', or a column of numbers under the name of each output."
    }
  }

  /// At most eight names.
  private static func list(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }
}
