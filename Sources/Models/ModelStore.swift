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

  /// Whether a model may have this name: lower-case letters, digits, `.`, `_` and `-`, beginning with a letter or digit, at most
  /// 64 of them.
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
    do { network = try architecture.build(reader) } catch { throw .weights(name, error) }
    let labels = manifest.labels.map { Labels($0) } ?? .imageNet
    guard labels.count == network.classCount else { throw .damagedManifest(name) }
    return (Classifier(manifest: manifest, network: network, labels: labels, passes: passes), reader.liveBytes)
  }

  /// A stored model's parameters, mapped.
  package func storedWeights(of name: String) throws(WeightError) -> StoredWeights {
    do { return StoredWeights(try SafetensorsFile(weightsPath(name))) } catch { throw .unreadable(error.description) }
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
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(manifest).write(to: URL(fileURLWithPath: part + "/model.json"))
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

  /// Where downloads lie until they are complete and imported.
  package var downloadsPath: String { path + "/.downloads" }

  private var knownNames: [String] { list().models.map(\.name) }
  private func manifestPath(_ name: String) -> String { path + "/" + name + "/model.json" }
  private func weightsPath(_ name: String) -> String { path + "/" + name + "/weights.safetensors" }
}

/// What can be wrong with the store or with what is brought to it.
package enum ModelStoreError: Error, Equatable, CustomStringConvertible {
  case invalidName(String)
  case unknownModel(String, known: [String])
  case unknownArchitecture(String)
  case damagedManifest(String)
  case newerFormat(String, Int)
  case weights(String, WeightError)
  case cannotRead(path: String)
  case cannotWrite(path: String, reason: String)
  case wrongDigest(path: String, expected: PublishedDigest, sha256: String)
  /// Nobody said which network the file belongs to, and its tensors do not tell; some of their names.
  case unrecognised(path: String, names: [String])
  /// The file's tensors fit several networks.
  case ambiguous(path: String, networks: [String])
  case doesNotFit(ImportReport)
  case holdsMore(ImportReport)
  case labels(LabelFileError)
  /// A model of this name, made from another file, is there.
  case nameTaken(String)

  package var description: String {
    switch self {
    case .invalidName(let name):
      "'\(name)' cannot name a model; use lower-case letters, digits, '.', '_' and '-', at most 64."
    case .unknownModel(let name, let known) where known.isEmpty:
      "There is no model '\(name)': the store is empty. 'gaze models fetch \(CatalogEntry.defaultName)' fetches the default one."
    case .unknownModel(let name, let known):
      "There is no model '\(name)'. The store has \(known.joined(separator: ", "))."
    case .unknownArchitecture(let name):
      "Gaze has no network '\(name)'. It has \(Architecture.all.map(\.name).joined(separator: ", "))."
    case .damagedManifest(let name):
      "The store's model '\(name)' has a damaged model.json; import or fetch it again."
    case .newerFormat(let name, let format):
      "The store's model '\(name)' has form \(format), which a newer version of Gaze wrote; import it again with this one."
    case .weights(let name, let error):
      "The weights of '\(name)' cannot be used. \(error)"
    case .cannotRead(let path):
      "\(path) cannot be read; check the path and its permissions."
    case .cannotWrite(let path, let reason):
      "The model store \(path) cannot be written (\(reason)); set GAZE_MODELS to a folder that can be."
    case .wrongDigest(let path, let expected, let sha256):
      "\(path) is not the published file: its SHA-256 is \(sha256), published is \(expected). Fetch it again."
    case .unrecognised(let path, let names):
      "The tensors of \(path) are not those of a network that Gaze has (it holds \(names.joined(separator: ", "))). "
        + "Name the network with --network to see what is missing: \(Architecture.all.map(\.name).joined(separator: ", "))."
    case .ambiguous(let path, let networks):
      "The tensors of \(path) fit several networks; say which with --network: \(networks.joined(separator: ", "))."
    case .doesNotFit(let report):
      "The file does not hold all that the network needs, so nothing was imported.\n\(report)"
    case .holdsMore(let report):
      "The file holds tensors that the network does not use, so it may belong to another one, and nothing was imported; "
        + "--ignore-unused imports the rest.\n\(report)"
    case .labels(let error): error.description
    case .nameTaken(let name):
      "The store already has a model '\(name)' from another file. Give this one its own --name, or replace that one with --force."
    }
  }
}

/// What tells a file from another that takes its place, without opening it. A file is replaced by renaming, so even at the same
/// time it has another number.
struct FileStamp: Hashable, Sendable {
  private let device: UInt
  private let number: UInt
  private let byteCount: Int
  private let seconds: Int
  private let nanoseconds: Int

  init?(ofFile path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
    byteCount = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
