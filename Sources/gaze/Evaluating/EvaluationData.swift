import Autodiff
import Foundation
import Models
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
  /// What is doubtful about the images.
  let findings: DataFindings?
  /// Whether the model was trained on images that are not there any more, or were changed: nobody knows which of
  /// these are among them.
  let lacksTraining: Bool

  /// Opens folders with one folder for each class, or some of the classes, of a model: named by label, by WordNet id or
  /// by index, all alike.
  ///
  /// - Parameter receipt: of the model's training, whose images are compared with these.
  init(
    _ folders: [String], for labels: Labels, trainedAs receipt: TrainingReceipt? = nil,
    on workers: Workers = Workers(threadCount: Workers.onlineProcessors)
  ) throws(Failure) {
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
    let training = receipt.flatMap { Self.trainingImages(of: $0, on: workers) }
    lacksTraining = receipt != nil && training == nil
    findings = DataFindings(training: training, measured: images, as: .evaluation, on: workers)
  }

  /// What is doubtful about the images, a finding a line.
  var doubts: [String] {
    (findings?.lines(measured: "evaluation") ?? [])
      + (lacksTraining
        ? ["the training images are not where they were, or were changed: images that are among them are not found"]
        : [])
  }

  /// The images that a model was trained on; nil if they are not as they were.
  private static func trainingImages(of receipt: TrainingReceipt, on workers: Workers) -> LabelledImages? {
    guard var images = try? LabelledImages(folders: receipt.data.folders, workers: workers) else { return nil }
    if let share = receipt.validationShare {
      guard let parts = try? images.split(validationShare: share, seed: receipt.seed) else { return nil }
      images = parts.training
    }
    return images.fingerprint == receipt.data.fingerprint ? images : nil
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
      // By bytes: a name may begin with an accent, which is one character with the slash.
      if path.utf8.starts(with: root.utf8) {
        return String(decoding: path.utf8.dropFirst(root.utf8.count).drop { $0 == UInt8(ascii: "/") }, as: UTF8.self)
      }
    }
    return path
  }
}

extension Failure {
  init(_ error: DatasetError) {
    let code: Code =
      switch error {
      case .cannotRead, .noClasses, .emptyClass: .noInput
      case .repeatedFolder, .holdsSplits: .usage
      case .oneClass, .repeatedNumber, .otherClasses, .unknownClass, .oneGroup, .lostImage, .table: .badData
      }
    self.init(code, error.description)
  }
}
