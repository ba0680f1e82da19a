package import Models

/// All that a run depends on besides its images: it stands in the run's folder, and a file of this form can be given to
/// another run.
package struct TrainingConfiguration: Hashable, Sendable, Codable {
  /// One after another, each with an optimizer and a schedule of its own.
  package struct Phase: Hashable, Sendable, Codable {
    /// What is trained; all before it is frozen.
    package var trains: Trained
    package var epochs: Int
    package var batchSize: Int
    package var optimizer: OptimizerSettings
    /// Share of the steps in which the learning rate rises from 0 to its peak.
    package var warmUp: Double
    /// Where half a cosine ends: the last learning rate as a share of the peak.
    package var finalRate: Double
    /// The last layer's learning rate as a multiple of the others'.
    package var headRate: Double
    /// The norm of all gradients together beyond which they are scaled down; nil: never.
    package var gradientNorm: Double?
    /// What of each target is spread over all classes; Szegedy et al., arXiv 1512.00567, section 7.
    package var labelSmoothing: Double
    /// The share of features that the last layer does without in each step.
    package var dropout: Double
    /// Of the moving average of the weights, which is what is validated and exported; nil: the weights themselves are.
    package var averageDecay: Double?
    /// Whether batch normalisations keep the running statistics that the base came with.
    package var keepsStatistics: Bool
    /// How often the features of each image are computed for a frozen network: once of the image as it is served, and
    /// each further time of an augmented copy. Only where nothing but the last layer is trained.
    package var copies: Int

    package init(
      trains: Trained, epochs: Int, batchSize: Int, optimizer: OptimizerSettings, warmUp: Double = 0.05,
      finalRate: Double = 0, headRate: Double = 1, gradientNorm: Double? = nil, labelSmoothing: Double = 0,
      dropout: Double = 0, averageDecay: Double? = nil, keepsStatistics: Bool = false, copies: Int = 1
    ) {
      self.trains = trains
      self.epochs = epochs
      self.batchSize = batchSize
      self.optimizer = optimizer
      self.warmUp = warmUp
      self.finalRate = finalRate
      self.headRate = headRate
      self.gradientNorm = gradientNorm
      self.labelSmoothing = labelSmoothing
      self.dropout = dropout
      self.averageDecay = averageDecay
      self.keepsStatistics = keepsStatistics
      self.copies = copies
    }

    enum CodingKeys: String, CodingKey {
      case trains, epochs, optimizer, dropout, copies
      case batchSize = "batch_size"
      case warmUp = "warm_up"
      case finalRate = "final_rate"
      case headRate = "head_rate"
      case gradientNorm = "gradient_norm"
      case labelSmoothing = "label_smoothing"
      case averageDecay = "average_decay"
      case keepsStatistics = "keeps_statistics"
    }
  }

  /// How much of a network a phase trains; in the file "head", "all" or a number of stages.
  package enum Trained: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The last layer, on features that are computed once.
    case head
    /// The last layer and so many stages before it.
    case stages(Int)
    case all

    package init?(_ text: String) {
      switch text {
      case "head": self = .head
      case "all": self = .all
      default:
        guard let count = Int(text), count > 0 else { return nil }
        self = .stages(count)
      }
    }

    package var description: String {
      switch self {
      case .head: "head"
      case .stages(let count): "\(count)"
      case .all: "all"
      }
    }

    func isLess(than other: Trained) -> Bool { rank < other.rank }

    private var rank: Int {
      switch self {
      case .head: 0
      case .stages(let count): count
      case .all: .max
      }
    }

    package init(from decoder: any Decoder) throws {
      let text = try decoder.singleValueContainer().decode(String.self)
      guard let value = Self(text) else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(
            codingPath: decoder.codingPath, debugDescription: #"it should be "head", "all" or a number of stages"#))
      }
      self = value
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(description)
    }
  }

  /// The name of an `Architecture`.
  package var network: String
  /// The model of the store that it begins with; nil: random weights.
  package var base: String?
  /// Height and width of the input.
  package var size: Int
  package var seed: UInt64
  package var augmentation: Augmentation
  package var phases: [Phase]
  /// Left out for softmax.
  private var statedOutput: OutputKind?
  /// What values are measured in; nil for probabilities and where nobody said.
  package var unit: String?

  /// What the outputs are to stand for.
  package var output: OutputKind {
    get { statedOutput ?? .softmax }
    set { statedOutput = newValue == .softmax ? nil : newValue }
  }

  enum CodingKeys: String, CodingKey {
    case network, base, size, seed, augmentation, phases, unit
    case statedOutput = "output"
  }

  package init(
    network: String, base: String?, size: Int, seed: UInt64, augmentation: Augmentation, phases: [Phase]
  ) {
    self.network = network
    self.base = base
    self.size = size
    self.seed = seed
    self.augmentation = augmentation
    self.phases = phases
  }
}

extension TrainingConfiguration {
  /// What is wrong with it, in a sentence that says what would work; nil if nothing is.
  package var fault: String? {
    guard (8...1024).contains(size) else { return "size must be between 8 and 1024 pixels, not \(size)." }
    guard !phases.isEmpty else { return "phases must hold one phase at least." }
    guard unit == nil || output == .value else { return "probabilities have no unit; only values do." }
    if base == nil, let phase = phases.first(where: { $0.trains != .all }) {
      return "a network without a base has nothing to keep, so trains must be \"all\", not \"\(phase.trains)\"."
    }
    for (phase, next) in zip(phases, phases.dropFirst()) where next.trains.isLess(than: phase.trains) {
      return "a phase must train as much as the one before it, but \"\(next.trains)\" comes after \"\(phase.trains)\"."
    }
    return phases.lazy.compactMap(\.fault).first
  }
}

extension TrainingConfiguration.Phase {
  fileprivate var fault: String? {
    guard (1...100_000).contains(epochs) else { return "epochs must be between 1 and 100000, not \(epochs)." }
    guard (1...65_536).contains(batchSize) else { return "batch_size must be between 1 and 65536, not \(batchSize)." }
    guard (1...1000).contains(copies) else { return "copies must be between 1 and 1000, not \(copies)." }
    let (o, share) = (optimizer, "at least 0 and below 1")
    let checks: [(name: String, value: Double, isGood: Bool, wanted: String)] = [
      ("learning_rate", o.learningRate, o.learningRate > 0 && o.learningRate <= 100, "above 0 and at most 100"),
      ("weight_decay", o.weightDecay, (0...10).contains(o.weightDecay), "between 0 and 10"),
      ("momentum", o.momentum, (0..<1).contains(o.momentum), share),
      ("first_beta", o.firstBeta, (0..<1).contains(o.firstBeta), share),
      ("second_beta", o.secondBeta, (0..<1).contains(o.secondBeta), share),
      ("epsilon", o.epsilon, o.epsilon > 0, "above 0"),
      ("warm_up", warmUp, (0...1).contains(warmUp), "between 0 and 1"),
      ("final_rate", finalRate, (0...1).contains(finalRate), "between 0 and 1"),
      ("head_rate", headRate, (0...1000).contains(headRate), "between 0 and 1000"),
      ("label_smoothing", labelSmoothing, (0..<1).contains(labelSmoothing), share),
      ("dropout", dropout, (0..<1).contains(dropout), share),
      ("gradient_norm", gradientNorm ?? 1, (gradientNorm ?? 1) > 0, "above 0"),
      ("average_decay", averageDecay ?? 0, (0..<1).contains(averageDecay ?? 0), share),
    ]
    guard let bad = checks.first(where: { !$0.isGood || !$0.value.isFinite }) else { return nil }
    return "\(bad.name) must be \(bad.wanted), not \(bad.value)."
  }
}
