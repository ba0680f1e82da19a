import Autodiff

/// Max-sensitivity: max over samples of ‖Φ(x + e) − Φ(x)‖ / ‖Φ(x)‖, with e uniform in [−r, r] for each input value and
/// the Euclidean norm of the whole map. The lower the steadier; a map that ignores the image has 0.
///
/// Source: Yeh et al., "On the (In)fidelity and Sensitivity of Explanations", arXiv 1901.09392, definition 2.4, by
/// samples as in Captum's `sensitivity_max` (radius 0.02, 10 samples).
package struct MaxSensitivity: Hashable, Sendable, Codable {
  /// The largest of `samples`.
  package var maximum: Double { samples.reduce(0, max) }
  /// For each perturbed input how far its map lies from the input's own.
  package let samples: [Double]

  private enum DerivedKeys: String, CodingKey {
    case maximum
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(samples, forKey: .samples)
    var derived = encoder.container(keyedBy: DerivedKeys.self)
    try derived.encode(maximum, forKey: .maximum)
  }
}

extension ForwardPass {
  /// - Parameters:
  ///   - map: what `explain` gives for this pass.
  ///   - explain: the map of another pass.
  /// - Returns: nil where the map is zero everywhere, so that nothing can be measured by it.
  func maxSensitivity(
    of map: SaliencyMap, protocol rules: FaithfulnessProtocol, progress: PassProgress,
    explain: (ForwardPass, PassProgress) throws(AttributionError) -> SaliencyMap
  ) throws(AttributionError) -> MaxSensitivity? {
    let norm = map.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard norm > 0 else { return nil }
    var samples: [Double] = []
    for sample in 0..<rules.sensitivitySamples {
      let numbers = RandomNumbers(seed: rules.seed, stream: UInt64(sample))
      let perturbed = Tensor(input.shape, in: engine.pool) { elements in
        input.withElements { input in
          for index in input.indices {
            elements[index] = input[index] + Float(rules.sensitivityRadius * (2 * numbers.uniform(index) - 1))
          }
        }
      }
      let pass = try ForwardPass(explaining: perturbed, by: classifier, on: engine)
      let other = try explain(pass, progress.part(sample, of: rules.sensitivitySamples))
      let difference = zip(other.values, map.values).reduce(0) {
        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
      }
      samples.append(difference.squareRoot() / norm)
    }
    return MaxSensitivity(samples: samples)
  }
}
