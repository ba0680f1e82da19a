import Autodiff
import Foundation
package import Networks
import WeightFiles

/// The folder of models that Gaze can serve: for each model a folder with `model.json` and `weights.safetensors`.
///
/// A model appears under its name all at once or not at all.
package struct ModelStore: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// `GAZE_MODELS`, or `gaze/models` in the user's data directory (XDG Base Directory Specification 0.8).
  package static func standard(environment: [String: String] = ProcessInfo.processInfo.environment) -> ModelStore {
    if let path = environment["GAZE_MODELS"], !path.isEmpty { return ModelStore(path: path) }
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return ModelStore(path: (data ?? home + "/.local/share") + "/gaze/models")
  }

  /// Whether a model may have this name: lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or
  /// digit, at most 64 of them.
  package static func isValid(name: String) -> Bool {
    let scalars = Array(name.utf8)
    func isLetterOrDigit(_ c: UInt8) -> Bool { (0x61...0x7A).contains(c) || (0x30...0x39).contains(c) }
    guard let first = scalars.first, isLetterOrDigit(first), scalars.count <= 64 else { return false }
    return scalars.allSatisfy { isLetterOrDigit($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
  }

  /// Every model, in the order of their names. A folder whose manifest cannot be read is reported, not hidden.
  package func list() -> (models: [ModelManifest], unreadable: [(name: String, reason: String)]) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    var models: [ModelManifest] = []
    var unreadable: [(name: String, reason: String)] = []
    for name in names.sorted() where Self.isValid(name: name) {
      guard FileManager.default.fileExists(atPath: manifestPath(name)) else { continue }
      do { models.append(try manifest(of: name)) } catch { unreadable.append((name, "\(error)")) }
    }
    return (models, unreadable)
  }

  package func contains(_ name: String) -> Bool {
    Self.isValid(name: name) && FileManager.default.fileExists(atPath: manifestPath(name))
  }

  package func manifest(of name: String) throws(ModelStoreError) -> ModelManifest {
    guard contains(name) else { throw .unknownModel(name, known: knownNames) }
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: manifestPath(name)))
      let manifest = try JSONDecoder().decode(ModelManifest.self, from: data)
      guard manifest.format == 1 else { throw ModelStoreError.newerFormat(name, manifest.format) }
      return manifest
    } catch let error as ModelStoreError {
      throw error
    } catch {
      throw .damagedManifest(name)
    }
  }

  /// What tells one state of a model's manifest from another; nil if there is none.
  func manifestStamp(of name: String) -> FileStamp? {
    Self.isValid(name: name) ? FileStamp(ofFile: manifestPath(name)) : nil
  }

  /// The same of its weights.
  func weightsStamp(of name: String) -> FileStamp? {
    Self.isValid(name: name) ? FileStamp(ofFile: weightsPath(name)) : nil
  }

  /// Throws where a model would not load for what can be told without reading its weights: a network that Gaze has
  /// not, a weights file that is cut short, malformed or another network's, or one with more or fewer parameters than
  /// the manifest says.
  func checkFiles(of name: String) throws(ModelStoreError) {
    let manifest = try manifest(of: name)
    guard let architecture = Architecture.named(manifest.architecture) else {
      throw .unknownArchitecture(manifest.architecture)
    }
    let weights: StoredWeights
    do { weights = try storedWeights(of: name, readsAhead: false) } catch { throw .weights(name, error) }
    guard architecture.signature.matches(weights) else {
      throw .weights(name, .unreadable("They are not those of the network \(architecture.name)."))
    }
    let parameters = weights.parameterCount
    guard parameters == manifest.parameterCount else {
      throw .weights(
        name, .unreadable("The file has \(parameters) parameters, model.json says \(manifest.parameterCount)."))
    }
  }

  /// SHA-256 of a model's weights file, in hexadecimal; nil where it cannot be read.
  package func weightsDigest(of name: String) -> String? {
    Self.isValid(name: name) ? FileDigests(ofFile: weightsPath(name))?.sha256 : nil
  }

  /// Maps the weights, builds the network, and checks that every tensor is used.
  package func load(
    _ name: String, passes: ForwardPassCounter = ForwardPassCounter()
  ) throws(ModelStoreError) -> Classifier {
    try loadCountingBytes(name, passes: passes).classifier
  }

  /// Loads a model; `weightBytes` is what its weights take in memory.
  func loadCountingBytes(
    _ name: String, passes: ForwardPassCounter
  ) throws(ModelStoreError) -> (classifier: Classifier, weightBytes: Int) {
    let manifest = try manifest(of: name)
    guard let architecture = Architecture.named(manifest.architecture) else {
      throw .unknownArchitecture(manifest.architecture)
    }
    let weights: StoredWeights
    do { weights = try storedWeights(of: name) } catch { throw .weights(name, error) }
    let reader = WeightReader(weights)
    let network: Network
    do { network = manifest.answering(try architecture.build(reader)) } catch { throw .weights(name, error) }
    let labels = manifest.labels.map { Labels($0) } ?? .imageNet
    guard labels.count == network.classCount else { throw .damagedManifest(name) }
    return (Classifier(manifest: manifest, network: network, labels: labels, passes: passes), reader.liveBytes)
  }

  /// A stored model's parameters, mapped.
  ///
  /// - Parameter readsAhead: false where they are not going to be read.
  package func storedWeights(of name: String, readsAhead: Bool = true) throws(WeightError) -> StoredWeights {
    do {
      return StoredWeights(try SafetensorsFile(weightsPath(name), readsAhead: readsAhead))
    } catch .cannotOpen(_, let code) {
      // Told without the path: clients of the service read it, too.
      throw .unreadable("The file weights.safetensors cannot be opened: \(systemMessage(code)).")
    } catch {
      throw .unreadable(error.description)
    }
  }

  /// Puts weights that were trained here under the manifest's name, in place of a model of that name.
  ///
  /// - Parameter manifest: without the digests, which follow from the weights.
  package func install(_ manifest: ModelManifest, weights: TrainedWeights) throws(ModelStoreError) -> ModelManifest {
    guard Self.isValid(name: manifest.name) else { throw .invalidName(manifest.name) }
    var manifest = manifest
    let tensors = weights.entries.map { entry in
      SafetensorsTensor(TensorEntry(name: entry.name, shape: entry.shape.extents, type: .float32)) { sink in
        try entry.values().withUnsafeBytes(sink)
      }
    }
    try install(&manifest, tensors: tensors)
    return manifest
  }

  /// Writes a model beside the store's others and moves it under its name.
  func install(_ manifest: inout ModelManifest, tensors: [SafetensorsTensor]) throws(ModelStoreError) {
    let part = path + "/.\(manifest.name).\(UInt32.random(in: 0 ... .max)).part"
    do {
      try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: part) }
      let weights = part + "/weights.safetensors"
      try writeSafetensors(
        tensors, metadata: ["format": "gaze", "architecture": manifest.architecture], to: weights)
      guard let digests = FileDigests(ofFile: weights) else { throw ModelStoreError.cannotRead(path: weights) }
      manifest.weightsSHA256 = digests.sha256
      if manifest.training != nil { manifest.sourceSHA256 = digests.sha256 }
      try Self.json(manifest).write(to: URL(fileURLWithPath: part + "/model.json"))
      let final = path + "/" + manifest.name
      let replaced = part + ".replaced"
      if rename(final, replaced) != 0, errno != ENOENT { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
      defer { try? FileManager.default.removeItem(atPath: replaced) }
      guard rename(part, final) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    } catch let error as ModelStoreError {
      throw error
    } catch let error as WeightError {
      throw .weights(manifest.name, error)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error)")
    }
  }

  /// Gives a model another temperature, or none. Its weights are left alone; a service that runs takes the temperature
  /// up with the next request.
  ///
  /// - Parameter weightsSHA256: of the weights that it was fitted to. If the model has others by now, it is left alone.
  package func calibrate(
    _ name: String, to fit: TemperatureFit?, weightsSHA256: String
  ) throws(ModelStoreError) -> ModelManifest {
    var manifest = try manifest(of: name)
    guard manifest.weightsSHA256 == weightsSHA256 else { throw .replacedMeanwhile(name) }
    manifest.calibration = fit
    try rewrite(manifest)
    return manifest
  }

  /// Puts a manifest in the place of the model's own; its weights are left alone, and a service that runs takes it up
  /// with the next request.
  func rewrite(_ manifest: ModelManifest) throws(ModelStoreError) {
    do {
      try Self.json(manifest).write(to: URL(fileURLWithPath: manifestPath(manifest.name)), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  static func json(_ manifest: ModelManifest) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(manifest)
  }

  /// Where downloads lie until they are complete and imported.
  package var downloadsPath: String { path + "/.downloads" }

  private var knownNames: [String] { list().models.map(\.name) }
  private func manifestPath(_ name: String) -> String { path + "/" + name + "/model.json" }
  private func weightsPath(_ name: String) -> String { path + "/" + name + "/weights.safetensors" }
}
