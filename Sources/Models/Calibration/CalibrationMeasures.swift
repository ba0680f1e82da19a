import Autodiff

/// How sure a network is of one labelled image.
package struct Certainty: Hashable, Sendable {
  /// The largest probability.
  package let confidence: Double
  /// The logarithm of the probability of the class that the image is labelled with.
  package let logLikelihood: Double

  package init(confidence: Double, logLikelihood: Double) {
    self.confidence = confidence
    self.logLikelihood = logLikelihood
  }

  /// By softmax(z / T), or of one of two classes that a sigmoid is between by sigmoid(z / T).
  ///
  /// - Parameters:
  ///   - logits: of the image, one for each class.
  ///   - classIndex: the class that it is labelled with.
  ///   - output: of probabilities.
  package init(
    of logits: UnsafeBufferPointer<Float>, labelled classIndex: Int, at temperature: Double,
    by output: OutputKind = .softmax
  ) {
    precondition(output.isProbability, "Certainty: a value has none")
    if output == .sigmoid {
      self.init(
        confidence: sigmoid(Double(logits.max()!) / temperature),
        logLikelihood: logSigmoid(Double(logits[classIndex]) / temperature))
      return
    }
    let scale = SoftmaxScale(of: logits, temperature: temperature)
    self.init(
      confidence: scale.probability(of: logits.max()!), logLikelihood: scale.logProbability(of: logits[classIndex]))
  }

  package init(
    of logits: [Float], labelled classIndex: Int, at temperature: Double, by output: OutputKind = .softmax
  ) {
    self = logits.withUnsafeBufferPointer { Self(of: $0, labelled: classIndex, at: temperature, by: output) }
  }

  /// Of one class by itself, sigmoid(z / T): how sure the network is that it is there, or that it is not.
  ///
  /// - Parameter isThere: what the image's labels say.
  package init(of logit: Float, isThere: Bool, at temperature: Double) {
    let scaled = Double(logit) / temperature
    self.init(confidence: sigmoid(abs(scaled)), logLikelihood: logSigmoid(isThere ? scaled : -scaled))
  }
}

/// How far probabilities can be believed, in numbers over labelled images.
package struct CalibrationMeasures: Hashable, Sendable, Codable {
  /// See `Calibration`.
  package var expectedCalibrationError: Double
  /// The mean of -log p of the class that an image is labelled with, in nats.
  package var negativeLogLikelihood: Double
  package var meanConfidence: Double

  package init(expectedCalibrationError: Double, negativeLogLikelihood: Double, meanConfidence: Double) {
    self.expectedCalibrationError = expectedCalibrationError
    self.negativeLogLikelihood = negativeLogLikelihood
    self.meanConfidence = meanConfidence
  }

  /// - Parameter outcomes: for each image how sure the network is, and whether its answer is right; at least one.
  package init(of outcomes: [(certainty: Certainty, isCorrect: Bool)]) {
    let count = Double(outcomes.count)
    self.init(
      expectedCalibrationError: Calibration(of: outcomes.map { ($0.certainty.confidence, $0.isCorrect) }).expectedError,
      negativeLogLikelihood: outcomes.reduce(0) { $0 - $1.certainty.logLikelihood } / count,
      meanConfidence: outcomes.reduce(0) { $0 + $1.certainty.confidence } / count)
  }

  enum CodingKeys: String, CodingKey {
    case expectedCalibrationError = "expected_calibration_error"
    case negativeLogLikelihood = "negative_log_likelihood"
    case meanConfidence = "mean_confidence"
  }
}
