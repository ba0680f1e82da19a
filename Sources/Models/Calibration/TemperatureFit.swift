/// The temperature of a model and how it was fitted, as it stands in `model.json` and in the training receipt.
package struct TemperatureFit: Hashable, Sendable {
  /// What logits are divided by before they become probabilities.
  package var temperature: Double
  /// See `FittedTemperature.isAtBound`.
  package var isAtBound: Bool
  /// How many images it was fitted on.
  package var images: Int
  /// The folders' paths as they were given.
  package var folders: [String]
  /// SHA-256 over the images' classes, names and contents, in hexadecimal, as in `TrainingReceipt.Images`.
  package var fingerprint: String
  /// On these images with T = 1, and with the temperature, which was fitted to them.
  package var before: CalibrationMeasures
  package var after: CalibrationMeasures
  /// Of Gaze.
  package var version: String

  /// Of fewer images the temperature says less about the model than about them.
  package static let fewestImages = 10

  /// Fits the temperature.
  ///
  /// - Parameters:
  ///   - logits: of at least one image.
  ///   - folders, fingerprint: of the images.
  package init(to logits: LabelledLogits, folders: [String], fingerprint: String, version: String) {
    let fitted = FittedTemperature(minimisingLossOf: logits)
    temperature = fitted.value
    isAtBound = fitted.isAtBound
    images = logits.count
    self.folders = folders
    self.fingerprint = fingerprint
    before = logits.measures(at: 1)
    after = logits.measures(at: fitted.value)
    self.version = version
  }

  /// What is to be said where the search met a bound.
  package var doubt: String? {
    guard isAtBound else { return nil }
    return temperature < 1
      ? "the answers on these \(images) images are all right, or nearly, so they do not tell how sure the model may be: "
        + "the temperature is the least that is searched; other images, on which it is sometimes wrong, would tell"
      : "the answers on these \(images) images are hardly better than chance: the temperature is the greatest that is "
        + "searched"
  }
}

extension TemperatureFit: Codable {
  enum CodingKeys: String, CodingKey {
    case temperature, images, folders, fingerprint, before, after, version
    case isAtBound = "at_bound"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    temperature = try container.decode(Double.self, forKey: .temperature)
    guard temperature > 0, temperature.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: .temperature, in: container, debugDescription: "a temperature is a finite number above 0")
    }
    isAtBound = try container.decode(Bool.self, forKey: .isAtBound)
    images = try container.decode(Int.self, forKey: .images)
    folders = try container.decode([String].self, forKey: .folders)
    fingerprint = try container.decode(String.self, forKey: .fingerprint)
    before = try container.decode(CalibrationMeasures.self, forKey: .before)
    after = try container.decode(CalibrationMeasures.self, forKey: .after)
    version = try container.decode(String.self, forKey: .version)
  }
}
