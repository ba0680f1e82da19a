import Autodiff
import Images
import Models
import Networks

/// The JSON of `GET /api/models`.
struct ModelListAnswer: Encodable {
  @Nullable var defaultModel: String?
  let models: [ModelAnswer]

  enum CodingKeys: String, CodingKey {
    case models
    case defaultModel = "default"
  }
}

/// The JSON of a model: in the list without, alone with its details.
struct ModelAnswer: Encodable {
  let name: String
  let title: String
  let network: String
  let classCount: Int
  let input: ImageSize
  let layer: String
  let readiness: ModelReadiness
  /// What logits are divided by before they become probabilities; nil where none is fitted.
  let temperature: Double?
  /// Whether it was held against the model that it was imported from.
  let verification: Verification
  /// What the logits stand for.
  let output: OutputKind
  /// What values are measured in; nil where nobody said, and of probabilities.
  let unit: String?
  private(set) var links: Links
  var details: Details?

  struct Links: Encodable {
    let own: String
    /// The report of `gaze evaluate --keep`; nil where there is none, and in the list.
    var report: String?

    enum CodingKeys: String, CodingKey {
      case report
      case own = "self"
    }
  }

  struct Details {
    let parameters: Int
    let licence: String?
    let publisher: String?
    let layers: [Layer]
    /// The classes' names in the order of their indices.
    let classes: [String]
    /// How it was trained, where Gaze did.
    let training: TrainingReceipt?
    /// How the temperature was fitted.
    let calibration: TemperatureFit?
  }

  struct Layer: Encodable {
    let name: String
    /// [height, width, channels]
    let shape: [Int]
  }

  enum CodingKeys: String, CodingKey {
    case name, title, network, input, layer, temperature, links, parameters, licence, publisher, layers, classes
    case training, calibration, output, unit, verification
    case classCount = "class_count"
    case isReady = "ready"
    case reason
  }

  init(_ manifest: ModelManifest, _ readiness: ModelReadiness, _ links: Web.Links) {
    self.readiness = readiness
    name = manifest.name
    title = manifest.title
    network = manifest.architecture
    classCount = manifest.classCount
    input = manifest.preprocessing.inputSize
    layer = manifest.targetLayer
    temperature = manifest.calibration?.temperature
    verification = manifest.verification ?? .unverified
    output = manifest.output
    unit = manifest.unit
    self.links = Links(own: links.model(manifest.name))
  }

  init(_ manifest: ModelManifest, layers: [(name: String, shape: Shape)], hasReport: Bool, _ links: Web.Links) {
    // It has been loaded to be looked at.
    self.init(manifest, ModelReadiness(fault: nil), links)
    if hasReport { self.links.report = links.model(manifest.name) + "/report/report.json" }
    details = Details(
      parameters: manifest.parameterCount, licence: manifest.licence, publisher: manifest.publisher,
      layers: layers.map { Layer(name: $0.name, shape: $0.shape.extents) },
      classes: (manifest.labels ?? Labels.imageNet.classes).map(\.name), training: manifest.training,
      calibration: manifest.calibration)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(title, forKey: .title)
    try container.encode(network, forKey: .network)
    try container.encode(classCount, forKey: .classCount)
    try container.encode(input, forKey: .input)
    try container.encode(layer, forKey: .layer)
    try container.encode(readiness.isReady, forKey: .isReady)
    try container.encodeIfPresent(readiness.reason, forKey: .reason)
    try container.encode(temperature, forKey: .temperature)
    try container.encode(verification, forKey: .verification)
    try container.encode(output, forKey: .output)
    try container.encodeIfPresent(unit, forKey: .unit)
    try container.encode(links, forKey: .links)
    guard let details else { return }
    try container.encode(details.parameters, forKey: .parameters)
    try container.encode(details.licence, forKey: .licence)
    try container.encode(details.publisher, forKey: .publisher)
    try container.encode(details.layers, forKey: .layers)
    try container.encode(details.classes, forKey: .classes)
    try container.encode(details.training, forKey: .training)
    try container.encode(details.calibration, forKey: .calibration)
  }
}

/// Whether a model would answer, and if not, why: a sentence that says what would work.
struct ModelReadiness {
  let reason: String?
  var isReady: Bool { reason == nil }

  init(fault: ModelStoreError?) {
    reason = fault.map { "\($0) Fetch or import the model again: see 'gaze models --help'." }
  }
}

/// The JSON of `GET /api/models/{name}/classes`.
struct ClassListAnswer: Encodable {
  let classes: [Class]

  struct Class: Encodable {
    let index: Int
    @Nullable var wnid: String?
    let label: String
  }

  init(_ labels: Labels) {
    classes = labels.classes.map { Class(index: $0.index, wnid: $0.wnid, label: $0.name) }
  }
}
