import Foundation
import Networks

/// What can be changed of a model without its weights; nil and empty leave things as they are.
package struct ModelChange: Sendable {
  package var title: String?
  package var labels: LabelFile?
  /// Numbers the classes.
  package var numbersClasses = false
  /// The name of a preprocessing, beginning from which `preprocessing` is applied; nil: the model's present one.
  package var preset: String?
  package var preprocessing = PreprocessingChange()

  package init() {}

  package var isEmpty: Bool {
    title == nil && labels == nil && !numbersClasses && preset == nil && preprocessing.isEmpty
  }
}

extension ModelStore {
  /// Changes what is known of a model. A temperature and a report of another preprocessing are dropped, since they hold
  /// for the logits of that one.
  package func edit(_ name: String, _ change: ModelChange) throws(ModelStoreError) -> ModelManifest {
    let before = try manifest(of: name)
    var manifest = before
    guard let architecture = Architecture.named(manifest.architecture) else {
      throw .unknownArchitecture(manifest.architecture)
    }
    if let title = change.title { manifest.title = title }
    if let labels = change.labels {
      do { manifest.labels = try labels.labels(forClasses: manifest.classCount).classes } catch { throw .labels(error) }
    } else if change.numbersClasses {
      manifest.labels = manifest.output.unnamedLabels(count: manifest.classCount).classes
    }
    do {
      var asked = PreprocessingChange()
      if let preset = change.preset { asked = try PreprocessingPreset.named(preset) }
      manifest.preprocessing = try asked.overridden(by: change.preprocessing).applied(
        to: manifest.preprocessing, sides: architecture.inputSides)
    } catch {
      throw .preprocessing(error)
    }
    let seesOtherwise = manifest.preprocessing != before.preprocessing
    if seesOtherwise { manifest.calibration = nil }
    try rewrite(manifest)
    if seesOtherwise { dropReport(of: name) }
    return manifest
  }

  /// Writes down that a model was held against the one that it was imported from.
  ///
  /// - Parameter weightsSHA256: of the weights that were run. If the model has others by now, it is left alone.
  package func record(
    _ verification: Verification, of name: String, weightsSHA256: String
  ) throws(ModelStoreError) -> ModelManifest {
    var manifest = try manifest(of: name)
    guard manifest.weightsSHA256 == weightsSHA256 else { throw .replacedMeanwhile(name) }
    manifest.verification = verification
    try rewrite(manifest)
    return manifest
  }

  /// A model's `model.json`.
  package func manifestText(of name: String) throws(ModelStoreError) -> String {
    let manifest = try manifest(of: name)
    do { return String(decoding: try Self.json(manifest), as: UTF8.self) } catch { throw .damagedManifest(name) }
  }

  /// Takes a model out of the store, all at once.
  ///
  /// - Returns: the bytes that were freed.
  package func remove(_ name: String) throws(ModelStoreError) -> Int {
    guard contains(name) else { throw .unknownModel(name, known: list().models.map(\.name)) }
    let (folder, removed) = (path + "/" + name, path + "/.\(name).\(UInt32.random(in: 0 ... .max)).removed")
    let files = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    let bytes = files.reduce(0) { $0 + (FileStamp(ofFile: folder + "/" + $1)?.byteCount ?? 0) }
    guard rename(folder, removed) == 0 else {
      throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
    do { try FileManager.default.removeItem(atPath: removed) } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
    return bytes
  }
}
