import Autodiff
import Networks
import WeightFiles

/// A file read as the weights of the network that it was recognised as: which of its tensors belong to the network, and
/// what its head is.
struct ImportReading {
  private let file: Selection
  private let recognition: ImportRecognition
  private let naming: FileNaming
  private let order: CheckpointImport
  private let format: String
  private var notes: [String] = []

  /// - Parameter averageBeside: whether the file has an average of the weights beside the state dict.
  init(
    _ file: any WeightFile, _ recognition: ImportRecognition, _ order: CheckpointImport, averageBeside: Bool
  ) throws(ModelStoreError) {
    let namings = [recognition.naming] + recognition.others
    let averages = namings.filter { FileNames.isAverage($0.prefix) }
    let plain = namings.filter { !FileNames.isAverage($0.prefix) }
    guard plain.count < 2 else {
      throw .severalNetworks(path: order.checkpoint, prefixes: plain.map(\.prefix))
    }
    if order.takesAverage, !averageBeside, averages.isEmpty, !file.isAverage {
      throw .noAverage(path: order.checkpoint)
    }
    let naming = (order.takesAverage && !averageBeside ? averages.first : plain.first) ?? recognition.naming
    if !order.takesAverage, averageBeside || (!averages.isEmpty && !plain.isEmpty) {
      notes.append(
        "These are the plain weights. The file holds their average over the training (EMA) too; --ema takes it.")
    } else if averageBeside || file.isAverage || FileNames.isAverage(naming.prefix) {
      notes.append("These are the weights' average over the training (EMA).")
    }
    self.file = Selection(file, naming, others: namings.filter { $0 != naming })
    self.recognition = recognition
    self.naming = naming
    self.order = order
    format = file.format
  }

  /// The parameters, and what of them fits: the network is built once, so that each has been asked for in its shape and
  /// found to be finite. A head that is not the paper's is read by its tensors.
  func weights(
    named name: String
  ) throws(ModelStoreError) -> (weights: ImportedWeights, network: Network, report: ImportReport) {
    let (head, convention) = (recognition.architecture.head, recognition.convention)
    let plain = ImportedWeights(file, convention, head: head, naming: naming)
    let (network, report) = try account(plain, notes, name)
    if report.unused.isEmpty, report.isComplete { return (plain, network, report) }

    var reading = try reading(of: plain, report, [module(ofParameter: head.name)], network, name)
    if reading == nil, let hidden = head.hidden {
      let modules = hidden.modules + [module(ofParameter: head.name)]
      reading = try self.reading(of: plain, report, modules, network, name, features: hidden.features)
    }
    guard let reading else { return (plain, network, report) }
    let weights = ImportedWeights(file, convention, head: head, naming: naming, parameters: reading.parameters)
    let read = try account(weights, notes + ["The head was read as: \(reading.description)."], name)
    return (weights, read.network, read.report)
  }

  /// The head as its tensors show it: what the network has no use for, and what was taken for some of its layers.
  private func reading(
    of weights: ImportedWeights, _ report: ImportReport, _ modules: [String], _ network: Network, _ name: String,
    features: [Int]? = nil
  ) throws(ModelStoreError) -> HeadReading? {
    let unused = Set(report.unused.map(\.source))
    let rest = weights.tensors.filter { tensor in
      unused.contains(tensor.entry.name) || modules.contains(module(ofParameter: tensor.canonicalName))
    }
    do {
      return try HeadReading(
        rest.map(\.entry), of: recognition.architecture.head, recognition.convention.layout, naming: naming,
        keras: file.checkpointMetadata.keras, choice: order.headActivation, features: features,
        mayReadMaxima: network.head?.readsMean == true)
    } catch {
      throw .head(name, error)
    }
  }

  private func account(
    _ weights: ImportedWeights, _ notes: [String], _ name: String
  ) throws(ModelStoreError) -> (network: Network, report: ImportReport) {
    let architecture = recognition.architecture
    let account = WeightAccount(head: architecture.head)
    let network: Network
    do { network = try architecture.build(WeightReader(weights, account: account)) } catch {
      throw .weights(name, error)
    }
    let report = ImportReport(
      account, weights, format: format, network: architecture.title, naming: naming,
      leftAside: file.leftAside, notes: notes)
    return (network, report)
  }
}

/// The tensors of a file that may belong to a network: neither those of another copy of it nor those of losses and
/// metrics.
private struct Selection: WeightFile {
  let entries: [TensorEntry]
  let leftAside: [String]
  private let file: any WeightFile

  init(_ file: any WeightFile, _ naming: FileNaming, others: [FileNaming]) {
    var aside = file.leftAside
    entries = file.entries.filter { entry in
      var reason: String?
      if let other = others.first(where: { $0.claims(entry.name, before: naming) }) {
        reason = "\(other.prefix)*"
      } else {
        let family = naming.family(entry.name)
        if FileNames.isForTraining(family) { reason = family }
      }
      guard let reason else { return true }
      if !aside.contains(reason) { aside.append(reason) }
      return false
    }
    leftAside = aside
    self.file = file
  }

  var format: String { file.format }
  var metadata: [String: String] { file.metadata }
  var checkpointMetadata: CheckpointMetadata { file.checkpointMetadata }

  func floats(_ name: String) throws(WeightFileError) -> [Float] { try file.floats(name) }
}
