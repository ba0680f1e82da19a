import Autodiff
import Networks
import WeightFiles

/// A checkpoint on its way into the store: what it is and what it is to become.
package struct CheckpointImport: Sendable {
  /// Path of the file.
  package var checkpoint: String
  /// The name that the model gets; nil: the catalog entry's or the network's.
  package var name: String?
  /// The name of the `Architecture`; nil: recognised by the tensors.
  package var network: String?
  /// Names of the classes; nil: ImageNet's if there are a thousand, else numbers.
  package var labels: LabelFile?
  /// What the outputs stand for; nil: softmax, which one output alone cannot be.
  package var output: OutputKind?
  /// What values are measured in.
  package var unit: String?
  /// What the catalog says about the file, where it comes from there.
  package var entry: CatalogEntry?
  /// Imports the file although it holds tensors that the network has no use for.
  package var ignoresUnused = false
  /// Replaces a model of the same name that was made from another file.
  package var replacesOthers = false

  package init(_ checkpoint: String) { self.checkpoint = checkpoint }
}

extension CheckpointImport {
  /// What the outputs stand for, by what was said and how many there are.
  fileprivate func output(ofOutputs count: Int, name: String) throws(ModelStoreError) -> OutputKind {
    let output = output ?? .softmax
    guard count > 1 || output != .softmax else { throw .oneOutput(name) }
    guard unit == nil || output == .value else { throw .unitOfProbability }
    return output
  }
}

extension ModelStore {
  /// Reads a checkpoint, checks it by building its network, and puts it into the store in Gaze's own form. Nothing in
  /// the file is executed. The store is left as it was unless everything fits.
  package func importCheckpoint(
    _ order: CheckpointImport
  ) throws(ModelStoreError) -> (manifest: ModelManifest, report: ImportReport) {
    guard let digests = FileDigests(ofFile: order.checkpoint) else { throw .cannotRead(path: order.checkpoint) }
    if let expected = order.entry?.checkpoint.digest, !expected.matches(digests) {
      throw .wrongDigest(path: order.checkpoint, expected: expected, sha256: digests.sha256)
    }
    let label = order.name ?? order.entry?.name ?? order.checkpoint
    let file: any WeightFile
    do { file = try openWeightFile(order.checkpoint) } catch { throw .weights(label, .unreadable(error.description)) }
    let recognition = try recognition(of: file, order)
    let architecture = recognition.architecture
    let name = order.name ?? order.entry?.name ?? architecture.name
    guard Self.isValid(name: name) else { throw .invalidName(name) }
    if !order.replacesOthers, let present = try? manifest(of: name), present.sourceSHA256 != digests.sha256 {
      throw .nameTaken(name)
    }

    let weights = ImportedWeights(file, recognition.convention, head: architecture.head)
    let (classCount, targetLayer, report) = try account(weights, of: architecture, file: file, name: name)
    if !report.isComplete { throw .doesNotFit(report) }
    if !report.unused.isEmpty, !order.ignoresUnused { throw .holdsMore(report) }
    let output = try order.output(ofOutputs: classCount, name: name)
    let labels = try classes(order.labels, output, count: classCount)
    let published = order.entry?.checkpoint
    var manifest = ModelManifest(
      name: name, title: published?.title ?? architecture.title, architecture: architecture.name,
      preprocessing: architecture.preprocessing,
      labels: labels, classCount: labels?.count ?? classCount,
      parameterCount: report.parameterCount, targetLayer: targetLayer, weightsSHA256: "",
      sourceSHA256: digests.sha256, publisher: published?.publisher, licence: published?.licence,
      publishedTop1: published?.publishedTop1, output: output, unit: order.unit)
    // Each tensor is read when it is written, so that a large network is never in memory twice.
    let tensors = report.matched.map { match in
      SafetensorsTensor(TensorEntry(name: match.name, shape: match.shape.extents, type: .float32)) { sink in
        try weights.values(of: match.name, match.role).withUnsafeBytes(sink)
      }
    }
    try install(&manifest, tensors: tensors)
    return (manifest, report)
  }

  private func recognition(
    of file: any WeightFile, _ order: CheckpointImport
  ) throws(ModelStoreError) -> ImportRecognition {
    if let network = order.network {
      guard let architecture = Architecture.named(network) else { throw .unknownArchitecture(network) }
      return ImportRecognition(file, as: architecture)
    }
    if let entry = order.entry { return ImportRecognition(file, as: entry.architecture) }
    let found = ImportRecognition.recognise(file)
    guard let recognition = found.first else {
      throw .unrecognised(path: order.checkpoint, names: file.entries.prefix(6).map(\.name))
    }
    guard found.count == 1 else {
      throw .ambiguous(path: order.checkpoint, networks: found.map(\.architecture.name))
    }
    return recognition
  }

  /// Builds the network once, so that every parameter has been asked for in its shape and found to be finite.
  private func account(
    _ weights: ImportedWeights, of architecture: Architecture, file: any WeightFile, name: String
  ) throws(ModelStoreError) -> (classCount: Int, targetLayer: String, report: ImportReport) {
    let account = WeightAccount(head: architecture.head)
    let network: Network
    do { network = try architecture.build(WeightReader(weights, account: account)) } catch {
      throw .weights(name, error)
    }
    let report = ImportReport(account, weights, format: formatName(of: file), network: architecture.title)
    return (network.classCount, network.targetLayer, report)
  }

  /// nil stands for ImageNet's.
  ///
  /// - Parameter count: of the last layer's outputs; one sigmoid is between two classes, where two are named.
  private func classes(
    _ file: LabelFile?, _ output: OutputKind, count: Int
  ) throws(ModelStoreError) -> [ClassLabel]? {
    guard let file else {
      if output.isProbability && count == Labels.imageNet.count { return nil }
      return output.unnamedLabels(count: count).classes
    }
    let isBetweenTwo = output == .sigmoid && count == 1 && file.labels.count == 2
    do { return try file.labels(forClasses: isBetweenTwo ? 2 : count).classes } catch { throw .labels(error) }
  }

  private func formatName(of file: any WeightFile) -> String {
    switch file {
    case is SafetensorsFile: "safetensors"
    case is PyTorchFile: "PyTorch"
    default: "Keras HDF5"
    }
  }
}
