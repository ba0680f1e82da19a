/// How faithfulness is measured: everything that the numbers depend on beside the maps. Part of the report, since the
/// same metric with other steps, another baseline or another score gives numbers that cannot be compared.
package struct FaithfulnessProtocol: Hashable, Sendable, Codable {
  /// What deletion, insertion and ROAD watch.
  package var score = Score.probability
  /// Into how many equal parts deletion and insertion cut the pixels. 224 is RISE's single-image protocol, 28 that of
  /// its tables.
  package var steps = 224
  /// What deleted pixels become.
  package var deletionBaseline = Baseline.zero
  /// What insertion starts from.
  package var insertionBaseline = Baseline.blur
  /// How many percent of the pixels ROAD removes.
  package var roadPercentages = [10, 20, 30, 40, 50, 60, 70, 80, 90]
  /// Deviation of the noise that ROAD adds to what it fills in, in units of the preprocessed input.
  package var roadNoise = 0.01
  /// The largest change of an input value for max-sensitivity, in units of the preprocessed input.
  package var sensitivityRadius = 0.02
  package var sensitivitySamples = 10
  /// In how many steps the cascading randomisation goes from the logits to the image.
  package var randomisationSteps = 8
  /// Of the random control, ROAD's noise, the perturbations and the random weights.
  package var seed: UInt64 = 0

  package init() {}

  /// An input without the object.
  package enum Baseline: String, Hashable, Sendable, CaseIterable, Codable {
    /// Zeros of the preprocessed input: mean grey for most checkpoints.
    case zero
    /// The input through RISE's Gaussian; see `SeparableFilter.rise`.
    case blur
  }

  /// The first number that makes no sense: its name, as users write it, and what would do.
  var fault: (field: String, message: String)? {
    func fault(_ field: String, _ remedy: String) -> (String, String) { (field, "'\(field)' must be \(remedy).") }
    if !(1...100_000).contains(steps) { return fault("steps", "from 1 to 100000") }
    if roadPercentages.isEmpty || !roadPercentages.allSatisfy((1...99).contains) {
      return fault("road_percentages", "whole numbers from 1 to 99, at least one")
    }
    if !(roadNoise >= 0 && roadNoise.isFinite) { return ("road_noise", "'road_noise' must not be negative.") }
    if !(sensitivityRadius > 0 && sensitivityRadius.isFinite) { return fault("sensitivity_radius", "above 0") }
    if !(1...10_000).contains(sensitivitySamples) { return fault("sensitivity_samples", "from 1 to 10000") }
    if !(1...1_000).contains(randomisationSteps) { return fault("randomisation_steps", "from 1 to 1000") }
    return nil
  }

  /// Whether the numbers make sense.
  package func check() throws(AttributionError) {
    if let fault { throw .badParameter(fault.message) }
  }

  private enum CodingKeys: String, CodingKey {
    case score, steps
    case deletionBaseline = "deletion_baseline"
    case insertionBaseline = "insertion_baseline"
    case roadPercentages = "road_percentages"
    case roadNoise = "road_noise"
    case sensitivityRadius = "sensitivity_radius"
    case sensitivitySamples = "sensitivity_samples"
    case randomisationSteps = "randomisation_steps"
    case seed
  }
}
