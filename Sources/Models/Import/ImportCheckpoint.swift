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
  /// Path of a file with a matrix of text embeddings, one row a class: for CLIP.
  package var textEmbeddings: String?
  /// What the catalog says about the file, where it comes from there.
  package var entry: CatalogEntry?
  /// Imports the file although it holds tensors that the network has no use for.
  package var ignoresUnused = false
  /// Replaces a model of the same name that was made from another file.
  package var replacesOthers = false

  package init(_ checkpoint: String) { self.checkpoint = checkpoint }
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
    let (opened, file): (any WeightFile, any WeightFile)
    do {
      opened = try openWeightFile(order.checkpoint)
      file = try order.textEmbeddings.map { path throws(WeightFileError) in
        try TextEmbeddings(path, beside: opened)
      } ?? opened
    } catch { throw .weights(label, .unreadable(error.description)) }
    let recognition = try recognition(of: file, order)
    let architecture = recognition.architecture
    let name = order.name ?? order.entry?.name ?? architecture.name
    guard Self.isValid(name: name) else { throw .invalidName(name) }
    if !order.replacesOthers, let present = try? manifest(of: name), present.sourceSHA256 != digests.sha256 {
      throw .nameTaken(name)
    }

    let weights = ImportedWeights(file, recognition.convention, head: architecture.head)
    if order.textEmbeddings == nil, architecture.head.name == CLIPImageTower.textEmbeddings,
      !weights.names.contains(CLIPImageTower.textEmbeddings)
    {
      throw .weights(
        name,
        .unreadable(
          "CLIP compares an image with texts. Give their embeddings, one row of \(architecture.head.inputs) numbers a "
            + "class, as a matrix in a safetensors file: --text-embeddings FILE."))
    }
    let (classCount, targetLayer, report) = try account(weights, of: architecture, file: opened, name: name)
    if !report.isComplete { throw .doesNotFit(report) }
    if !report.unused.isEmpty, !order.ignoresUnused { throw .holdsMore(report) }
    let published = order.entry?.checkpoint
    var manifest = ModelManifest(
      name: name, title: published?.title ?? architecture.title, architecture: architecture.name,
      preprocessing: architecture.preprocessing,
      labels: try classes(order.labels, count: classCount), classCount: classCount,
      parameterCount: report.parameterCount, targetLayer: targetLayer, weightsSHA256: "",
      sourceSHA256: digests.sha256, publisher: published?.publisher, licence: published?.licence,
      publishedTop1: published?.publishedTop1)
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
  private func classes(_ file: LabelFile?, count: Int) throws(ModelStoreError) -> [ClassLabel]? {
    guard let file else { return count == Labels.imageNet.count ? nil : Labels.unnamed(count: count).classes }
    do { return try file.labels(forClasses: count).classes } catch { throw .labels(error) }
  }

  private func formatName(of file: any WeightFile) -> String {
    switch file {
    case is SafetensorsFile: "safetensors"
    case is PyTorchFile: "PyTorch"
    default: "Keras HDF5"
    }
  }
}
