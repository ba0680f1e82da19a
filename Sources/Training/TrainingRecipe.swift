/// What Gaze trains with where nobody says otherwise; `docs/training.md` tells how the numbers were found.
package enum TrainingRecipe {
  /// Random weights.
  package static func fromScratch(network: String, size: Int, seed: UInt64) -> TrainingConfiguration {
    TrainingConfiguration(
      network: network, base: nil, size: size, seed: seed, augmentation: .photographs,
      phases: [
        TrainingConfiguration.Phase(
          trains: .all, epochs: 60, batchSize: 32,
          optimizer: OptimizerSettings(kind: .adamw, learningRate: 2e-3, weightDecay: 0.05, secondBeta: 0.99),
          warmUp: 0.1, gradientNorm: 5, labelSmoothing: 0.1, dropout: 0.1, averageDecay: 0.995)
      ])
  }

  /// Height and width of the input where a trained network goes on: a third of the work of 224.
  package static let transferSize = 128

  /// A trained network: its last layer first, on frozen features; then as much of it as `unfrozen` says, or nothing
  /// more if that is nil.
  package static func fromBase(
    _ base: String, network: String, size: Int, seed: UInt64, unfrozen: TrainingConfiguration.Trained?
  ) -> TrainingConfiguration {
    let head = TrainingConfiguration.Phase(
      trains: .head, epochs: 60, batchSize: 128,
      optimizer: OptimizerSettings(kind: .adamw, learningRate: 3e-3, weightDecay: 0.05), warmUp: 0.1,
      labelSmoothing: 0.1, dropout: 0.2, copies: 2)
    let rest = unfrozen.map {
      TrainingConfiguration.Phase(
        trains: $0, epochs: 6, batchSize: 32,
        optimizer: OptimizerSettings(kind: .adamw, learningRate: 1e-4, weightDecay: 0.02, secondBeta: 0.99),
        warmUp: 0.1, headRate: 10, gradientNorm: 5, labelSmoothing: 0.1, dropout: 0.2, averageDecay: 0.98,
        keepsStatistics: true)
    }
    return TrainingConfiguration(
      network: network, base: base, size: size, seed: seed, augmentation: .fineTuning,
      phases: [head] + (rest.map { [$0] } ?? []))
  }
}
