/// How a model of the store was trained: all that it follows from, and what was measured.
package struct TrainingReceipt: Hashable, Sendable, Codable {
  /// A set of labelled images.
  package struct Images: Hashable, Sendable, Codable {
    /// The folders' paths as they were given.
    package var folders: [String]
    /// SHA-256 over classes, names and contents, in hexadecimal.
    package var fingerprint: String
    /// Images of each class, in the order of the classes.
    package var counts: [Int]

    package init(folders: [String], fingerprint: String, counts: [Int]) {
      self.folders = folders
      self.fingerprint = fingerprint
      self.counts = counts
    }
  }

  /// What a model got right.
  package struct Measurement: Hashable, Sendable, Codable {
    /// Mean cross-entropy, in nats; of sigmoids over images and classes; of values the mean squared error in units of
    /// their deviation.
    package var loss: Double
    /// The share of images whose most probable class is theirs; of sigmoids that of images and classes that are told
    /// rightly; nil of values.
    package var accuracy: Double?
    /// Of values, in their unit; nil of probabilities.
    package var meanAbsoluteError: Double?

    package init(loss: Double, accuracy: Double? = nil, meanAbsoluteError: Double? = nil) {
      self.loss = loss
      self.accuracy = accuracy
      self.meanAbsoluteError = meanAbsoluteError
    }

    enum CodingKeys: String, CodingKey {
      case loss, accuracy
      case meanAbsoluteError = "mean_absolute_error"
    }
  }

  /// What became of the temperature of its probabilities, which is fitted on the validation images.
  package enum Temperature: Hashable, Sendable {
    case fitted(TemperatureFit)
    /// In a sentence.
    case notFitted(reason: String)

    package var fit: TemperatureFit? {
      if case .fitted(let fit) = self { fit } else { nil }
    }
  }

  /// The model that it began with.
  package struct Base: Hashable, Sendable, Codable {
    package var name: String
    package var weightsSHA256: String

    package init(name: String, weightsSHA256: String) {
      self.name = name
      self.weightsSHA256 = weightsSHA256
    }

    enum CodingKeys: String, CodingKey {
      case name
      case weightsSHA256 = "weights_sha256"
    }
  }

  /// Of Gaze.
  package var version: String
  /// SHA-256 over configuration, data and base: runs with the same one make the same weights on the same kind of
  /// processor.
  package var run: String
  package var seed: UInt64
  package var data: Images
  /// nil where nothing was measured.
  package var validation: Images?
  /// Whether the validation images were held back from `data` by near-duplicates, and which share of them.
  package var validationShare: Double?
  /// What is doubtful about the images; nil where nothing is, or a version trained that did not look.
  package var findings: DataFindings?
  package var base: Base?
  /// Epochs of the last phase, and the one whose weights these are: the best by validation accuracy, or the last where
  /// nothing was validated.
  package var epochs: Int
  package var epoch: Int
  /// Of these weights, on the validation images, by which their epoch was chosen.
  package var measured: Measurement?
  /// Of the last epoch's weights, which no measurement chose.
  package var measuredLast: Measurement?
  /// nil of a version that fitted none.
  package var calibration: Temperature?
  package var seconds: Double
  package var configuration: RecordedValue

  package init(
    version: String, run: String, seed: UInt64, data: Images, validation: Images?, validationShare: Double?,
    findings: DataFindings? = nil, base: Base?,
    epochs: Int, epoch: Int, measured: Measurement?, measuredLast: Measurement?,
    calibration: Temperature? = nil, seconds: Double, configuration: RecordedValue
  ) {
    self.version = version
    self.run = run
    self.seed = seed
    self.data = data
    self.validation = validation
    self.validationShare = validationShare
    self.findings = findings
    self.base = base
    self.epochs = epochs
    self.epoch = epoch
    self.measured = measured
    self.measuredLast = measuredLast
    self.calibration = calibration
    self.seconds = seconds
    self.configuration = configuration
  }

  enum CodingKeys: String, CodingKey {
    case version, run, seed, data, validation, findings, base, epochs, epoch, measured, calibration, seconds
    case configuration
    case validationShare = "validation_share"
    case measuredLast = "measured_last"
  }
}

/// In JSON the fit, or `{"reason": "…", "temperature": null}`.
extension TrainingReceipt.Temperature: Codable {
  private enum CodingKeys: String, CodingKey {
    case temperature, reason
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let reason = try container.decodeIfPresent(String.self, forKey: .reason) {
      self = .notFitted(reason: reason)
    } else {
      self = .fitted(try TemperatureFit(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .fitted(let fit): try fit.encode(to: encoder)
    case .notFitted(let reason):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeNil(forKey: .temperature)
      try container.encode(reason, forKey: .reason)
    }
  }
}

/// A JSON value whose meaning is another room's.
package enum RecordedValue: Hashable, Sendable, Codable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([RecordedValue])
  case object([String: RecordedValue])

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([RecordedValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: RecordedValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    // Whole numbers without a fraction, as they were written.
    case .number(let value):
      if let whole = Int(exactly: value) { try container.encode(whole) } else { try container.encode(value) }
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}
