import Autodiff
import Foundation
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
  /// Names of the classes; nil: the metadata's, else ImageNet's if there are a thousand, else numbers.
  package var labels: LabelFile?
  /// Path of a file with a matrix of text embeddings, one row a class: for CLIP.
  package var textEmbeddings: String?
  /// Numbers the classes, whatever there is to name them by.
  package var numbersClasses = false
  /// The name of a preprocessing; nil: the metadata's, else the network's.
  package var preset: String?
  /// What is said of the preprocessing beyond that.
  package var preprocessing = PreprocessingChange()
  /// Holds the network against the model that the file is from, before it is stored; nil: nobody does.
  package var verify: (@Sendable (Classifier) throws(VerificationFault) -> Verification)?
  /// What the outputs stand for; nil: softmax, which one output alone cannot be.
  package var output: OutputKind?
  /// What values are measured in.
  package var unit: String?
  /// What the catalog says about the file, where it comes from there.
  package var entry: CatalogEntry?
  /// Imports the file although it holds tensors that the network has no use for.
  package var ignoresUnused = false
  /// Takes the average of the weights over the training (EMA) where the file has one beside the plain weights.
  package var takesAverage = false
  /// What stands between the fully connected layers of a head that has several: a file of weights does not say.
  package var headActivation: HeadActivationChoice?
  /// Replaces a model of the same name that was made from another file.
  package var replacesOthers = false

  package init(_ checkpoint: String) { self.checkpoint = checkpoint }
}

extension CheckpointImport {
  /// What the outputs stand for, by what was said and how many there are.
  fileprivate func output(
    ofOutputs count: Int, name: String, stated: OutputKind?
  ) throws(ModelStoreError) -> OutputKind {
    let output = output ?? stated ?? .softmax
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
    let label = order.name ?? order.entry?.name ?? order.checkpoint
    let (wholeFile, digests) = try opened(order, label)
    let chosen = order.takesAverage ? wholeFile.average ?? wholeFile : wholeFile
    let embedded = try withTextEmbeddings(chosen, order, label)
    let grey = GreyFile(embedded, wholeFile is KerasFile ? .keras : .pyTorch)
    let file: any WeightFile = grey ?? embedded
    let stated = PublishedConfiguration(wholeFile.checkpointMetadata)
    let (recognition, doubt) = try recognition(of: file, order, stated)
    let architecture = recognition.architecture
    let name = order.name ?? order.entry?.name ?? architecture.name
    guard Self.isValid(name: name) else { throw .invalidName(name) }
    if !order.replacesOthers, let present = try? manifest(of: name), present.sourceSHA256 != digests.sha256 {
      throw .nameTaken(name)
    }

    if !file.entries.contains(where: { $0.name == CLIPImageTower.textEmbeddings }),
      architecture.head.name == CLIPImageTower.textEmbeddings
    {
      throw .weights(name, .unreadable(TextEmbeddings.advice(width: architecture.head.inputs)))
    }
    let reading = try ImportReading(file, recognition, order, averageBeside: wholeFile.average != nil)
    let (weights, network, built) = try reading.weights(named: name)
    var report = built
    let (classCount, targetLayer) = (network.classCount, network.targetLayer)
    if !report.isComplete { throw .doesNotFit(report) }
    if !report.unusedOnPath.isEmpty { throw .holdsAnother(report) }
    if !report.unused.isEmpty, !order.ignoresUnused { throw .holdsMore(report) }
    let output = try order.output(ofOutputs: classCount, name: name, stated: stated.output?.value)
    let details = ImportDetails(order, stated, architecture, seesGrey: grey != nil)
    let labels = try details.classes(count: classCount, output)
    let preprocessing: (value: Preprocessing, notes: [String])
    do { preprocessing = try details.preprocessing(network, statistics: report.inputStatistics) } catch {
      throw .preprocessing(error)
    }
    let verification = try order.verification(of: network, named: name, architecture)
    if order.output == nil, output != .softmax, let source = stated.output?.source {
      report.notes.append("The outputs are a \(output.rawValue), by \(source).")
    }
    if grey != nil { report.notes.append(GreyFile.note) }
    report.notes += preprocessing.notes + [labels.note, doubt].compactMap(\.self)
    report.notes.append(Self.note(on: verification, of: architecture))
    let published = order.entry?.checkpoint
    var manifest = ModelManifest(
      name: name, title: published?.title ?? architecture.title + (grey == nil ? "" : ", one channel"),
      architecture: architecture.name,
      preprocessing: preprocessing.value, labels: labels.value, classCount: labels.value?.count ?? classCount,
      parameterCount: report.parameterCount, targetLayer: targetLayer, weightsSHA256: "",
      sourceSHA256: digests.sha256, publisher: published?.publisher, licence: published?.licence,
      publishedTop1: published?.publishedTop1, output: output, unit: order.unit)
    manifest.verification = verification
    // Each tensor is read when it is written, so that a large network is never in memory twice.
    let tensors = report.matched.map { match in
      SafetensorsTensor(TensorEntry(name: match.name, shape: match.shape.extents, type: .float32)) { sink in
        try weights.values(of: match.name, match.role).withUnsafeBytes(sink)
      }
    }
    try install(&manifest, tensors: tensors)
    return (manifest, report)
  }

  /// Opens a file or folder. A catalog's digest is compared before anything is read.
  private func opened(
    _ order: CheckpointImport, _ label: String
  ) throws(ModelStoreError) -> (file: any WeightFile, digests: FileDigests) {
    let path = order.checkpoint
    do throws(WeightFileError) {
      if ModelFolder.isFolder(path) {
        let folder = try ModelFolder(path)
        guard let digests = FileDigests(ofFiles: folder.paths) else { throw .cannotOpen(path: path, code: EIO) }
        return (folder, digests)
      }
    } catch {
      throw .weights(label, .unreadable(error.description))
    }
    guard let digests = FileDigests(ofFile: path) else { throw .cannotRead(path: path) }
    if let expected = order.entry?.checkpoint.digest, !expected.matches(digests) {
      throw .wrongDigest(path: path, expected: expected, sha256: digests.sha256)
    }
    do { return (try openWeightFile(path), digests) } catch { throw .weights(label, .unreadable(error.description)) }
  }

  /// Which network the file belongs to: what the order says, else what the file says, else what its tensors fit. What a
  /// file says of itself is contradicted only by a sample.
  ///
  /// - Returns: and what the reader of the report has to know of a name that was not understood.
  private func recognition(
    of file: any WeightFile, _ order: CheckpointImport, _ stated: PublishedConfiguration
  ) throws(ModelStoreError) -> (ImportRecognition, doubt: String?) {
    if let entry = order.entry { return (ImportRecognition(file, as: entry.architecture), nil) }
    if order.verify == nil, let departure = stated.departures.first {
      throw .departs(path: order.checkpoint, departure.value, source: departure.source)
    }
    let named = stated.architecture.map {
      (name: $0.value, source: $0.source, meaning: ArchitectureName.meaning(of: $0.value))
    }
    if let network = order.network {
      guard let architecture = Architecture.named(network) else { throw .unknownArchitecture(network) }
      if let named, order.verify == nil {
        switch named.meaning {
        case .registered(let networks) where !networks.contains(where: { $0.name == network }):
          throw .otherNetwork(path: order.checkpoint, named.name, source: named.source, asked: network)
        case .known: throw .otherNetwork(path: order.checkpoint, named.name, source: named.source, asked: network)
        case .registered, .unknown: break
        }
      }
      return (ImportRecognition(file, as: architecture), nil)
    }
    var found = ImportRecognition.recognise(file)
    var doubt: String?
    switch named?.meaning {
    case .registered(let networks)?:
      let fitting = found.filter { recognition in networks.contains { $0.name == recognition.architecture.name } }
      // What the file says it is, and does not fit, is told by the report of what is missing.
      if fitting.isEmpty, networks.count == 1 { return (ImportRecognition(file, as: networks[0]), nil) }
      if !fitting.isEmpty { found = ArchitectureName.preferred(fitting) }
    case .known(let name)?:
      throw .unsupportedNetwork(
        path: order.checkpoint, name, source: named?.source ?? "", fits: found.map(\.architecture.name))
    case .unknown?:
      doubt = named.map {
        "\($0.source) names the network '\($0.name)', which Gaze does not know; told by the tensors."
      }
    case nil: break
    }
    guard let recognition = found.first else {
      throw .unrecognised(
        path: order.checkpoint, names: FileNames.sample(of: file.entries), likeness: ImportLikeness(of: file))
    }
    guard found.count == 1 else {
      throw .ambiguous(path: order.checkpoint, networks: found.map(\.architecture.name))
    }
    return (recognition, doubt)
  }

  private static func note(on verification: Verification, of architecture: Architecture) -> String {
    if let proof = verification.proof {
      return "Verified: a model's own results differ by \(Float(proof.largestDifference)) at most."
    }
    if verification == .published { return "As published: the file has the digest that its publisher states." }
    let others = ArchitectureName.lookAlikes(of: architecture)
    return "Unverified: names and shapes fit"
      + (others.isEmpty ? "" : ", as they would of \(others.joined(separator: " or "))")
      + ". --verify SAMPLE compares the results; 'gaze models verify-script' prints what writes a sample."
  }
}

extension CheckpointImport {
  /// Compares what a network computes before it is in the store, where that was asked for.
  fileprivate func verification(
    of network: Network, named name: String, _ architecture: Architecture
  ) throws(ModelStoreError) -> Verification {
    guard let verify else { return entry?.checkpoint.digest == nil ? .unverified : .published }
    let labels = Labels.unnamed(count: network.classCount)
    let manifest = ModelManifest(
      name: name, title: architecture.title, architecture: architecture.name,
      preprocessing: architecture.preprocessing, labels: labels.classes, classCount: network.classCount,
      parameterCount: 0, targetLayer: network.targetLayer, weightsSHA256: "", sourceSHA256: "")
    do {
      return try verify(Classifier(manifest: manifest, network: network, labels: labels))
    } catch {
      throw .notVerified(error)
    }
  }
}
