/// Which part of a signed map a picture shows.
package enum Evidence: String, Hashable, Sendable, CaseIterable {
  /// What speaks for the class, as in Grad-CAM (arXiv:1610.02391, equation 2: ReLU): zero has the lowest colour.
  case positive
  /// What speaks against the class, the positive part of −map (the counterfactual explanation of arXiv:1610.02391,
  /// section 3.3): zero has the lowest colour, the most negative value the last.
  case negative
  /// What speaks for and against it, for diverging colour maps: zero has the middle colour.
  case signed
}

/// Which magnitude gets the last colour.
///
/// Zero is not for choosing: it stays at the lowest colour (`Evidence.positive`, `.negative`) or in the middle
/// (`.signed`), so that no range can turn "little" or "against" into "for".
package enum DisplayRange: Hashable, Sendable {
  /// The map's own largest magnitude.
  case ownMaximum
  /// This magnitude, in the map's units, so that pictures can be compared.
  case fixed(Double)
  /// The magnitude that this percentage (0 to 100) of the cells do not exceed, linear between neighbours as in
  /// `numpy.percentile`; the largest magnitude where that is zero, as in a map with few cells above zero. SmoothGrad's
  /// pictures use 99 (arXiv:1706.03825, section 3.2).
  case percentile(Double)

  /// One range for several maps, as for the classes of one image: the largest magnitude among them.
  package static func shared(by maps: [SaliencyMap], evidence: Evidence) -> DisplayRange {
    .fixed(maps.map { DisplayRange.ownMaximum.limit(of: $0.showing(evidence)) }.max() ?? 0)
  }

  /// The magnitude that gets the last colour, in the map's units; 0 where the map holds nothing to show.
  ///
  /// - Parameter map: what is shown (`showing(_:)`), at the resolution at which it was computed: the limit must not
  ///   depend on the picture's size.
  package func limit(of map: SaliencyMap) -> Double {
    switch self {
    case .ownMaximum:
      return map.magnitudes().max() ?? 0
    case .fixed(let limit):
      return limit
    case .percentile(let percentage):
      precondition((0...100).contains(percentage), "DisplayRange.percentile: \(percentage) is not between 0 and 100")
      let magnitudes = map.magnitudes().sorted()
      guard let largest = magnitudes.last else { return 0 }
      let limit = quantile(percentage / 100, ofSorted: magnitudes)
      return limit > 0 ? limit : largest
    }
  }
}

extension SaliencyMap {
  /// The map with its negative values set to zero: ReLU, the last step of Grad-CAM.
  package func positivePart() -> SaliencyMap {
    // NaN is neither above nor below zero, and stays.
    SaliencyMap(width: width, height: height, values: values.map { $0 < 0 ? 0 : $0 })
  }

  /// The map with every sign turned.
  func turned() -> SaliencyMap { SaliencyMap(width: width, height: height, values: values.map(-)) }

  /// The part of the map that a picture of this evidence shows; what speaks against the class with its sign turned.
  package func showing(_ evidence: Evidence) -> SaliencyMap {
    switch evidence {
    case .positive: positivePart()
    case .negative: turned().positivePart()
    case .signed: self
    }
  }

  fileprivate func magnitudes() -> [Double] {
    values.lazy.filter { !$0.isNaN }.map { Double(abs($0)) }
  }
}

extension Evidence {
  /// Zero's place on a colour map.
  package var zero: Double {
    switch self {
    case .positive, .negative: 0
    case .signed: 0.5
    }
  }

  /// A value's place on a colour map, where the limit is above zero.
  func place(of value: Double, limit: Double) -> Double {
    switch self {
    case .positive: value / limit
    case .negative: -value / limit
    case .signed: (1 + value / limit) / 2
    }
  }

  /// The values of the map that have a colour map's first and last colour.
  func ends(limit: Double) -> (first: Double, last: Double) {
    switch self {
    case .positive: (0, limit)
    case .negative: (0, -limit)
    case .signed: (-limit, limit)
    }
  }
}

/// The value below which this share (0 to 1) of the values lies, linear between neighbours.
private func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
  let position = share * Double(values.count - 1)
  let lower = Int(position)
  let upper = min(lower + 1, values.count - 1)
  return values[lower] + (values[upper] - values[lower]) * (position - Double(lower))
}
