/// What tells a network by its parameters, under Gaze's names.
package struct NetworkSignature: Sendable {
  /// A few parameters that no other network has together.
  package let has: [ParameterDescription]
  /// The first parameter of each deeper member of the family, which must be absent.
  package let lacks: [String]

  /// Whether these are weights of the network, its last layer aside.
  package func matches(_ weights: some WeightSource) -> Bool {
    has.allSatisfy { weights.shape(of: $0.name, $0.role) == $0.shape }
      && lacks.allSatisfy { weights.shape(of: $0, .vector) == nil }
  }
}
