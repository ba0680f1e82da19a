/// Whether the map's colours are everywhere as opaque as the recipe says, or fade where there is little evidence.
package enum Fade: String, Hashable, Sendable, CaseIterable {
  case none
  /// In proportion to the evidence: nothing of the map where it is zero, and all of its opacity from the limit on.
  case value

  /// The share of the opacity that each entry of a colour map's table has.
  func shares(for evidence: Evidence) -> [Double] {
    (0..<256).map { entry in
      switch self {
      case .none: 1
      case .value: abs(Double(entry) / 255 - evidence.zero) / (1 - evidence.zero)
      }
    }
  }
}
