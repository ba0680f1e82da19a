import Autodiff
import Crypto
import Foundation

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

  /// Maps the weights, builds the network, and checks that every tensor is used.
  package func load(
    _ name: String, passes: ForwardPassCounter = ForwardPassCounter()
  ) throws(ModelStoreError) -> Classifier {
    let manifest = try manifest(of: name)
    guard let architecture = Architecture.named(manifest.architecture) else {
      throw .unknownArchitecture(manifest.architecture)
    }
    let network: Network
    do {
      network = try architecture.build(WeightReader(StoredWeights(SafetensorsFile(weightsPath(name)))))
    } catch let error as WeightError {
      throw .weights(name, error)
    } catch let error as WeightFileError {
      throw .weights(name, .file(error))
    } catch {
      preconditionFailure("ModelStore.load: \(error)")
    }
    let labels = manifest.labels.map { Labels($0) } ?? .imageNet
    guard labels.count == network.classCount else { throw .damagedManifest(name) }
    return Classifier(manifest: manifest, network: network, labels: labels, passes: passes)
  }

  /// Reads a published checkpoint, checks it by building its network, and puts it into the store in Gaze's own form, in place of a
  /// model of the same name.
  ///
  /// - Parameters:
  ///   - checkpoint: path of the file.
  ///   - expectedSHA256: what the file must hash to, in hexadecimal, where that is known.
  ///   - entry: what the catalog says about it, where it is one of the catalog's.
  package func importCheckpoint(
    _ checkpoint: String, as name: String, architecture: Architecture, entry: CatalogEntry? = nil
  ) throws(ModelStoreError) -> ModelManifest {
    guard Self.isValid(name: name) else { throw .invalidName(name) }
    let sourceSHA256 = try sha256(ofFile: checkpoint)
    if let entry, sourceSHA256 != entry.sha256 {
      throw .wrongHash(path: checkpoint, expected: entry.sha256, found: sourceSHA256)
    }
    let collector: CollectingSource
    let network: Network
    do {
      collector = CollectingSource(PyTorchWeights(try openWeightFile(checkpoint)))
      network = try architecture.build(WeightReader(collector))
    } catch let error as WeightFileError {
      throw .weights(name, .file(error))
    } catch let error as WeightError {
      throw .weights(name, error)
    } catch {
      preconditionFailure("ModelStore.importCheckpoint: \(error)")
    }
    let isImageNet = network.classCount == Labels.imageNet.count
    var manifest = ModelManifest(
      name: name, title: entry?.title ?? architecture.title, architecture: architecture.name,
      preprocessing: architecture.preprocessing,
      labels: isImageNet ? nil : Labels.unnamed(count: network.classCount).classes, classCount: network.classCount,
      parameterCount: collector.collected.reduce(0) { $0 + $1.values.count },
      targetLayer: network.targetLayer, weightsSHA256: "", sourceSHA256: sourceSHA256,
      publisher: entry?.publisher, licence: entry?.licence, publishedTop1: entry?.publishedTop1)
    try install(&manifest, tensors: collector.collected)
    return manifest
  }

  /// Writes a model beside the store's others and moves it under its name.
  private func install(
    _ manifest: inout ModelManifest, tensors: [CollectingSource.Parameter]
  ) throws(ModelStoreError) {
    let part = path + "/.\(manifest.name).\(UInt32.random(in: 0 ... .max)).part"
    do {
      try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: part) }
      let weights = part + "/weights.safetensors"
      try writeSafetensors(
        tensors.map { SafetensorsTensor(name: $0.name, shape: $0.shape.extents, values: $0.values) },
        metadata: ["format": "gaze", "architecture": manifest.architecture], to: weights)
      manifest.weightsSHA256 = try sha256(ofFile: weights)
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
    } catch {
      throw .cannotWrite(path: path, reason: "\(error)")
    }
  }

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
  case wrongHash(path: String, expected: String, found: String)

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
    case .wrongHash(let path, let expected, let found):
      "\(path) is not the published file: its SHA-256 is \(found), not \(expected). Fetch it again."
    }
  }
}

/// Passes parameters on and keeps what was asked for, in Gaze's layout: building a network from it tells exactly what to store.
private final class CollectingSource: WeightSource {
  struct Parameter {
    let name: String
    let shape: Shape
    let values: [Float]
  }

  private let source: any WeightSource
  private(set) var collected: [Parameter] = []

  init(_ source: any WeightSource) { self.source = source }

  var names: [String] { source.names }
  func shape(of name: String, _ role: ParameterRole) -> Shape? { source.shape(of: name, role) }

  func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    let values = try source.values(of: name, role)
    if let shape = source.shape(of: name, role) {
      collected.append(Parameter(name: name, shape: shape, values: values))
    }
    return values
  }
}

/// SHA-256 of a file, in hexadecimal (FIPS 180-4).
private func sha256(ofFile path: String) throws(ModelStoreError) -> String {
  guard let handle = FileHandle(forReadingAtPath: path) else { throw .cannotRead(path: path) }
  defer { try? handle.close() }
  var hash = SHA256()
  do {
    while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
  } catch {
    throw .cannotRead(path: path)
  }
  return hash.finalize().map { byte in
    let digits = String(byte, radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }.joined()
}
