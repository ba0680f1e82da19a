/// What one epoch gave; a line of the run's history.
package struct EpochRecord: Hashable, Sendable, Codable {
  /// Which phase, from 1, and which of its epochs, from 1.
  package var phase: Int
  package var epoch: Int
  /// Mean over the epoch's steps, of augmented images and smoothed targets, while the weights moved.
  package var loss: Double
  /// Of the same images, as `TrainingReceipt.Measurement` has them.
  package var accuracy: Double?
  package var meanAbsoluteError: Double?
  /// Of the epoch's last step, without the layers' factors.
  package var learningRate: Double
  package var imagesPerSecond: Double
  /// Of training, without validation.
  package var seconds: Double
  /// On images as they are served, with the averaged weights; nil where nothing is validated.
  package var validationLoss: Double?
  package var validationAccuracy: Double?
  package var validationMeanAbsoluteError: Double?
  package var validationSeconds: Double?
  /// Whether no epoch of the phase before it had a higher validation accuracy, or the same with a lower loss; of values
  /// a lower mean absolute error.
  package var isBest: Bool

  enum CodingKeys: String, CodingKey {
    case phase, epoch, loss, accuracy, seconds
    case learningRate = "learning_rate"
    case imagesPerSecond = "images_per_second"
    case validationLoss = "validation_loss"
    case validationAccuracy = "validation_accuracy"
    case meanAbsoluteError = "mean_absolute_error"
    case validationMeanAbsoluteError = "validation_mean_absolute_error"
    case validationSeconds = "validation_seconds"
    case isBest = "best"
  }
}

/// What a run tells while it goes.
package enum TrainingEvent: Sendable {
  /// Something that takes a while and is no training: what, and how much of it is done.
  case preparation(String, done: Int, total: Int)
  case step(StepReport)
  /// The last of the history is new.
  case epoch(history: [EpochRecord])
}

/// Where a run is after a step.
package struct StepReport: Hashable, Sendable {
  /// From 1.
  package var phase: Int
  package var phases: Int
  package var epoch: Int
  package var epochs: Int
  package var step: Int
  package var steps: Int
  /// Means over the epoch so far.
  package var loss: Double
  package var accuracy: Double?
  package var meanAbsoluteError: Double?
  package var imagesPerSecond: Double
  /// Of the phase, as it went so far.
  package var secondsLeft: Double
}
