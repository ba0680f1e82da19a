/// A signed map over a grid of cells, row-major: `values[row * width + column]`, row 0 at the top.
///
/// Positive values speak for the class explained, negative ones against it; their unit is the method's. A map of an
/// attribution is finite. NaN appears only where a map was laid over a picture (`placed(crop:on:)`) and marks the
/// pixels that the network did not see; the statistics pass over it.
package struct SaliencyMap: Hashable, Sendable {
  package let width: Int
  package let height: Int
  /// `width * height` numbers.
  package let values: [Float]

  package init(width: Int, height: Int, values: [Float]) {
    precondition(
      width >= 0 && height >= 0 && values.count == width * height,
      "SaliencyMap: \(width)x\(height) does not hold \(values.count) values")
    self.width = width
    self.height = height
    self.values = values
  }

  /// The smallest value; NaN where there is none.
  package var minimum: Float { values.reduce(.nan, Float.minimum) }

  /// The largest value; NaN where there is none.
  package var maximum: Float { values.reduce(.nan, Float.maximum) }

  /// The arithmetic mean, summed in Double; NaN where there is nothing to average.
  package var mean: Float {
    var sum = 0.0
    var count = 0
    for value in values where !value.isNaN {
      sum += Double(value)
      count += 1
    }
    return Float(sum / Double(count))
  }

  /// What part of the map speaks against the class: Σ max(−v, 0) / Σ |v|, from 0 to 1; 0 for a map of zeros.
  package var shareOfNegativeMass: Double {
    var negative = 0.0
    var total = 0.0
    for value in values where !value.isNaN {
      negative += Double(max(-value, 0))
      total += Double(abs(value))
    }
    return total > 0 ? negative / total : 0
  }
}

/// Whether a map has something to show.
package enum MapStatus: String, Sendable {
  /// Some cells speak for the class.
  case ok
  /// No cell speaks for the class: the maximum is not above zero.
  case noPositiveEvidence = "no_positive_evidence"
  /// Every cell says the same, so the map singles out no place.
  case flat

  /// A difference below this share of the largest magnitude is rounding noise: eight steps of a Float.
  ///
  /// A map is a sum of float32 products, and to stretch its last bits over the colours would show noise as evidence.
  static let noise = 0x1p-20

  /// With s = max |v| and ε = 2⁻²⁰: `flat` where max − min ≤ ε·s, else `noPositiveEvidence` where max ≤ ε·s, else
  /// `ok`. A map without a single number is flat.
  package init(of map: SaliencyMap) {
    let minimum = Double(map.minimum)
    let maximum = Double(map.maximum)
    let noise = Self.noise * max(abs(minimum), abs(maximum))
    if !(maximum - minimum > noise) {
      self = .flat
    } else if maximum <= noise {
      self = .noPositiveEvidence
    } else {
      self = .ok
    }
  }
}

extension SaliencyMap {
  package var status: MapStatus { MapStatus(of: self) }
}
