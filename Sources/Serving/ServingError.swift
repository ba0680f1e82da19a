/// Why the service does not answer, where neither the image nor the question is at fault. Each says what would work.
package enum ServingError: Error, Equatable, CustomStringConvertible {
  /// There is too much to do already.
  case busy(retryAfter: Duration)
  /// The client sends more requests than it may.
  case rateLimited(Standing, retryAfter: Duration)
  /// The client's requests have computed for as long as they may.
  case quotaSpent(Standing, retryAfter: Duration)
  case unknownAnalysis
  case expiredAnalysis
  /// Kept by another start of the service, or by another replica.
  case lostAnalysis
  case noModel
  /// An answer of too many numbers or pixels.
  case tooManyValues(Int, unit: String, limit: Int, remedy: String)
  case tookTooLong(limit: Duration)
  /// A metric that needs the stored weights of a model that has none.
  case noStoredWeights(model: String)
  /// What is asked for has to be logged, and cannot be.
  case auditUnavailable

  package var description: String {
    switch self {
    case .busy(let time):
      "The service is busy. Try again in \(time.inWords)."
    case .rateLimited(let standing, let time):
      "You may send \(standing.requests?.quota ?? 1) requests in "
        + "\((standing.requests?.window ?? .seconds(1)).inWords). Try again in \(time.inWords)."
    case .quotaSpent(let standing, let time):
      "Your requests have computed for the \(standing.computing?.quota ?? 0) seconds that they may in "
        + "\((standing.computing?.window ?? .zero).inWords). Try again in \(time.inWords), or ask whoever runs the "
        + "service for more."
    case .unknownAnalysis: "There is no analysis with this id. Upload an image to make one."
    case .expiredAnalysis: "This analysis is no longer kept. Upload the image again."
    case .lostAnalysis:
      "This analysis was kept by an earlier start or another replica of the service. Upload the image again."
    case .noModel:
      "The service has no model yet. On its machine, 'gaze models fetch \(ServiceLimits().defaultModel)' fetches one."
    case .tooManyValues(let count, let unit, let limit, let remedy):
      "That would be \(count) \(unit); the limit here is \(limit). \(remedy)"
    case .tookTooLong(let limit):
      "This took longer than the \(limit.components.seconds) seconds that a request may compute. "
        + "Ask for fewer masks, samples or steps, for a larger stride, or for another method."
    case .noStoredWeights(let model):
      "The metric 'randomisation' needs the stored weights of the model, which '\(model)' has not. Leave it out."
    case .auditUnavailable:
      "The service must log what it does, and its audit log cannot be written. Try again when its operator has seen to that."
    }
  }
}

extension Duration {
  /// Whole seconds, at least this long.
  package var secondsRoundedUp: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }

  fileprivate var inWords: String { "\(secondsRoundedUp) second\(secondsRoundedUp == 1 ? "" : "s")" }
}

/// What went wrong with one of several images.
package struct InstanceError: Error {
  package let index: Int
  package let cause: any Error
}
