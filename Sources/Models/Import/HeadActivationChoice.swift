package import Networks

/// What somebody says stands between the fully connected layers of a head: a file of weights does not.
package struct HeadActivationChoice: Hashable, Sendable {
  /// On which side of a batch normalisation it stands, where there is one and both would do.
  package enum Place: String, Hashable, Sendable {
    case beforeNorm = "-before-norm"
    case afterNorm = "-after-norm"
  }

  package let activation: HeadActivation
  package let place: Place?

  package init(_ activation: HeadActivation, _ place: Place? = nil) {
    self.activation = activation
    self.place = place
  }

  /// From what users write: `relu`, `relu-before-norm`.
  package init?(_ text: String) {
    let place = [Place.beforeNorm, .afterNorm].first { text.hasSuffix($0.rawValue) }
    guard let activation = HeadActivation(rawValue: String(text.dropLast(place?.rawValue.count ?? 0))) else {
      return nil
    }
    self.init(activation, place)
  }

  /// The activations that there are, for help texts and messages: "none, relu, ...".
  package static var names: String { HeadActivation.allCases.map(\.rawValue).joined(separator: ", ") }
}
