import Models
import Networks

/// The sanity check by randomising the model: how like the map stays while layer after layer, from the logits down to
/// the image, loses what it learned. A map that stays the same shows the image and not the network.
///
/// Source: Adebayo et al., "Sanity Checks for Saliency Maps", arXiv 1810.03292, section 3.1 (cascading randomisation),
/// with Spearman's rank correlation of the maps as they are and of their magnitudes (the latter is Quantus' default).
/// How weights are drawn: `RandomisedWeights`.
package struct ModelRandomisation: Hashable, Sendable, Codable {
  package struct Step: Hashable, Sendable, Codable {
    /// How many units, counted from the logits, are random.
    package let units: Int
    /// The one nearest to the image among them.
    package let last: String
    /// Of the signed maps; nil where one of them is flat.
    package let correlation: Double?
    /// Of their magnitudes.
    package let magnitudeCorrelation: Double?

    private enum CodingKeys: String, CodingKey {
      case units, last
      case correlation = "spearman"
      case magnitudeCorrelation = "spearman_magnitude"
    }
  }

  /// How many units the model has.
  package let units: Int
  package let steps: [Step]

  /// How many units are random at each step: from the logits' alone to all of them, evenly.
  static func counts(units: Int, steps: Int) -> [Int] {
    let count = min(steps, units)
    let last = max(count - 1, 1)
    return (0..<count).map { 1 + ($0 * (units - 1) + last / 2) / last }
  }

  /// Of a map that does not depend on the model: 1 at every step.
  static func ofUnchangingMap(_ randomiser: ModelRandomiser, steps: Int) -> ModelRandomisation {
    let units = randomiser.units
    return ModelRandomisation(
      units: units.count,
      steps: counts(units: units.count, steps: steps).map {
        Step(units: $0, last: units[$0 - 1], correlation: 1, magnitudeCorrelation: 1)
      })
  }
}

extension ForwardPass {
  /// - Parameters:
  ///   - map: what `explain` gives for this pass.
  ///   - randomiser: of this pass's model.
  ///   - explain: the map of another pass.
  func modelRandomisation(
    of map: SaliencyMap, by randomiser: ModelRandomiser, steps: Int, progress: PassProgress,
    explain: (ForwardPass, PassProgress) throws(AttributionError) -> SaliencyMap
  ) throws(AttributionError) -> ModelRandomisation {
    let units = randomiser.units
    let counts = ModelRandomisation.counts(units: units.count, steps: steps)
    var results: [ModelRandomisation.Step] = []
    for (index, count) in counts.enumerated() {
      let random: Classifier
      do {
        random = try randomiser.classifier(randomising: count)
      } catch {
        throw .badParameter("The model '\(classifier.name)' cannot be built with random weights: \(error)")
      }
      let pass = try ForwardPass(explaining: input, by: random, on: engine)
      let other = try explain(pass, progress.part(index, of: counts.count))
      results.append(
        ModelRandomisation.Step(
          units: count, last: units[count - 1], correlation: rankCorrelation(map.values, other.values),
          magnitudeCorrelation: rankCorrelation(map.values.map(abs), other.values.map(abs))))
    }
    return ModelRandomisation(units: units.count, steps: results)
  }
}
