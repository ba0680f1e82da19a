/// What Gaze trains with where nobody says otherwise.
package enum TrainingRecipe {
  /// Random weights, for small photographs.
  package static func fromScratch(network: String, size: Int, seed: UInt64) -> TrainingConfiguration {
    TrainingConfiguration(
      network: network, base: nil, size: size, seed: seed, augmentation: .photographs,
      phases: [
        TrainingConfiguration.Phase(
          trains: .all, epochs: 16, batchSize: 64,
          optimizer: OptimizerSettings(
            kind: .adamw, learningRate: 2e-3, weightDecay: 0.05, firstBeta: 0.9, secondBeta: 0.99), warmUp: 0.1,
          gradientNorm: 5, labelSmoothing: 0.1, dropout: 0.1, averageDecay: 0.99)
      ])
  }

  /// A trained network: its last layer first, on frozen features; then as much of it as `unfrozen` says, or nothing more if that is nil.
  package static func fromBase(
    _ base: String, network: String, size: Int, seed: UInt64, unfrozen: TrainingConfiguration.Trained?
  ) -> TrainingConfiguration {
    let head = TrainingConfiguration.Phase(
      trains: .head, epochs: 60, batchSize: 128,
      optimizer: OptimizerSettings(kind: .adamw, learningRate: 3e-3, weightDecay: 0.01), warmUp: 0.05,
      labelSmoothing: 0.1, copies: 2)
    let rest = unfrozen.map {
      TrainingConfiguration.Phase(
        trains: $0, epochs: 5, batchSize: 32,
        optimizer: OptimizerSettings(kind: .adamw, learningRate: 5e-4, weightDecay: 0.02), warmUp: 0.1, layerDecay: 0.9,
        gradientNorm: 5, labelSmoothing: 0.1, dropout: 0.2, averageDecay: 0.99)
    }
    return TrainingConfiguration(
      network: network, base: base, size: size, seed: seed, augmentation: .photographs,
      phases: [head] + (rest.map { [$0] } ?? []))
  }
}
