package import Networks

/// What the store knows about a model besides its weights: `model.json`.
package struct ModelManifest: Hashable, Sendable, Codable {
  /// Version of this file's format.
  package var format = 1
  package var name: String
  package var title: String
  /// The name of its `Architecture`.
  package var architecture: String
  package var preprocessing: Preprocessing
  /// The classes; nil stands for ImageNet-1k.
  package var labels: [ClassLabel]?
  package var classCount: Int
  package var parameterCount: Int
  /// The layer that is explained unless another is asked for; here, so that it is known without loading the network.
  package var targetLayer: String
  /// SHA-256 of `weights.safetensors`, in hexadecimal.
  package var weightsSHA256: String
  /// SHA-256 of the file that was imported, in hexadecimal; of a model that was trained here, the weights' own.
  package var sourceSHA256: String
  package var publisher: String?
  package var licence: String?
  package var publishedTop1: Double?
  /// nil for a model that was imported.
  package var training: TrainingReceipt?
  /// The temperature of its probabilities; nil where none is fitted, which means 1.
  package var calibration: TemperatureFit?
  /// Whether it computes what the model does that it was imported from; nil in a file of before that was written.
  package var verification: Verification? = .unverified
  /// Left out for softmax, as in files that are older than the other kinds.
  private var statedOutput: OutputKind?
  /// What values are measured in, such as "mm"; nil for probabilities and where nobody said.
  package var unit: String?

  /// What the logits stand for.
  package var output: OutputKind {
    get { statedOutput ?? .softmax }
    set { statedOutput = newValue == .softmax ? nil : newValue }
  }

  /// The network as it answers: one sigmoid between two named classes gives both, the first being the second's
  /// complement.
  ///
  /// - Parameter network: as its weights make it.
  package func answering(_ network: Network) -> Network {
    output == .sigmoid && classCount == 2 && network.classCount == 1 ? network.withComplement() : network
  }

  package init(
    name: String, title: String, architecture: String, preprocessing: Preprocessing, labels: [ClassLabel]? = nil,
    classCount: Int, parameterCount: Int, targetLayer: String, weightsSHA256: String, sourceSHA256: String,
    publisher: String? = nil, licence: String? = nil, publishedTop1: Double? = nil, training: TrainingReceipt? = nil,
    calibration: TemperatureFit? = nil, output: OutputKind = .softmax, unit: String? = nil
  ) {
    self.name = name
    self.title = title
    self.architecture = architecture
    self.preprocessing = preprocessing
    self.labels = labels
    self.classCount = classCount
    self.parameterCount = parameterCount
    self.targetLayer = targetLayer
    self.weightsSHA256 = weightsSHA256
    self.sourceSHA256 = sourceSHA256
    self.publisher = publisher
    self.licence = licence
    self.publishedTop1 = publishedTop1
    self.training = training
    self.calibration = calibration
    self.unit = unit
    self.output = output
  }

  enum CodingKeys: String, CodingKey {
    case format, name, title, architecture, preprocessing, labels, publisher, licence, training, calibration, unit
    case verification
    case statedOutput = "output"
    case classCount = "class_count"
    case parameterCount = "parameter_count"
    case targetLayer = "target_layer"
    case weightsSHA256 = "weights_sha256"
    case sourceSHA256 = "source_sha256"
    case publishedTop1 = "published_top1"
  }
}
