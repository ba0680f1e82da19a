import Glibc

/// exp(-d^2 / (2 deviation^2)): a Gaussian that is not normalised, at a whole distance d.
package func gaussianWeight(at distance: Int, deviation: Double) -> Double {
  exp(-0.5 * Double(distance * distance) / (deviation * deviation))
}

/// A filter with one row of weights, along an image's rows and then along its columns.
///
/// A sum adds its products in the order of the weights, so that the bits do not depend on the layout.
package struct SeparableFilter: Sendable {
  /// What is taken for the pixels beyond the edge.
  package enum Edge: Sendable {
    /// The edge's own pixel.
    case repeated
    case zero
  }

  /// How the values lie in memory: `planes` images one after another, of rows of pixels of `channels` values each.
  package struct Layout: Sendable {
    package var size: ImageSize
    package var channels = 1
    package var planes = 1

    package init(_ size: ImageSize, channels: Int = 1, planes: Int = 1) {
      self.size = size
      self.channels = channels
      self.planes = planes
    }
  }

  /// An odd number of them.
  package let weights: [Double]
  package let edge: Edge

  package init(weights: [Double], edge: Edge) {
    precondition(weights.count % 2 == 1, "SeparableFilter: \(weights.count) weights have no middle")
    self.weights = weights
    self.edge = edge
  }

  /// A Gaussian's weights out to `radius` pixels; they sum to 1.
  package static func gaussian(deviation: Double, radius: Int) -> SeparableFilter {
    let weights = (-radius...radius).map { gaussianWeight(at: $0, deviation: deviation) }
    let sum = weights.reduce(0, +)
    return SeparableFilter(weights: weights.map { $0 / sum }, edge: .repeated)
  }

  /// - Parameters:
  ///   - source: all values of the layout; not overlapping `target`.
  package func alongRows(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ layout: Layout
  ) {
    filterRows(source, into: target, layout, weights.map { Float($0) }, edge)
  }

  package func alongColumns(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ layout: Layout
  ) {
    filterColumns(source, into: target, layout, weights.map { Float($0) }, edge)
  }

  /// Both passes.
  package func callAsFunction(_ values: [Float], _ layout: Layout) -> [Float] {
    filter(values, layout, weights.map { Float($0) }, edge)
  }

  /// Both passes in Double throughout.
  package func callAsFunction(_ values: [Double], _ layout: Layout) -> [Double] {
    filter(values, layout, weights, edge)
  }
}

/// The means over squares of 2 radius + 1 pixels; beyond the edge lies the edge's pixel.
///
/// - Parameter rounding: how a sum of n values along a line becomes their mean.
package func boxMean(_ values: [Float], _ size: ImageSize, radius: Int, rounding: BoxMeanRounding) -> [Float] {
  let count = 2 * radius + 1
  let sum = SeparableFilter(weights: Array(repeating: 1, count: count), edge: .repeated)
  let layout = SeparableFilter.Layout(size)
  func mean(
    _ pass: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, SeparableFilter.Layout) -> Void, of values: [Float]
  )
    -> [Float]
  {
    [Float](unsafeUninitializedCapacity: values.count) { means, initialized in
      values.withUnsafeBufferPointer { pass($0.baseAddress!, means.baseAddress!, layout) }
      switch rounding {
      case .quotient: for index in means.indices { means[index] /= Float(count) }
      case .product: for index in means.indices { means[index] *= 1 / Float(count) }
      }
      initialized = values.count
    }
  }
  return mean(sum.alongColumns, of: mean(sum.alongRows, of: values))
}

/// The two differ in last bits, on which trained weights depend.
package enum BoxMeanRounding: Sendable {
  /// sum / n
  case quotient
  /// sum (1 / n)
  case product
}

private func filter<Number: BinaryFloatingPoint>(
  _ values: [Number], _ layout: SeparableFilter.Layout, _ weights: [Number], _ edge: SeparableFilter.Edge
) -> [Number] {
  let alongRows = [Number](unsafeUninitializedCapacity: values.count) { result, initialized in
    values.withUnsafeBufferPointer { filterRows($0.baseAddress!, into: result.baseAddress!, layout, weights, edge) }
    initialized = values.count
  }
  return [Number](unsafeUninitializedCapacity: values.count) { result, initialized in
    alongRows.withUnsafeBufferPointer {
      filterColumns($0.baseAddress!, into: result.baseAddress!, layout, weights, edge)
    }
    initialized = values.count
  }
}

private func filterRows<Number: BinaryFloatingPoint>(
  _ source: UnsafePointer<Number>, into target: UnsafeMutablePointer<Number>, _ layout: SeparableFilter.Layout,
  _ weights: [Number], _ edge: SeparableFilter.Edge
) {
  let (channels, length) = (layout.channels, layout.size.width * layout.channels)
  let margin = weights.count / 2 * channels
  weights.withUnsafeBufferPointer { weights in
    // A row with the pixels beyond its ends, so that the inner loops have no ends to look at.
    withUnsafeTemporaryAllocation(of: Number.self, capacity: length + 2 * margin) { padded in
      padded.initialize(repeating: 0)
      let padded = padded.baseAddress!
      for row in 0..<layout.size.height * layout.planes {
        let (from, to) = (source + row * length, target + row * length)
        (padded + margin).update(from: from, count: length)
        if edge == .repeated {
          for place in 0..<margin {
            padded[place] = from[place % channels]
            padded[margin + length + place] = from[length - channels + place % channels]
          }
        }
        for (tap, weight) in weights.enumerated() {
          add(weight, padded + tap * channels, to: to, length, isFirst: tap == 0)
        }
      }
    }
  }
}

private func filterColumns<Number: BinaryFloatingPoint>(
  _ source: UnsafePointer<Number>, into target: UnsafeMutablePointer<Number>, _ layout: SeparableFilter.Layout,
  _ weights: [Number], _ edge: SeparableFilter.Edge
) {
  let (height, length, radius) = (layout.size.height, layout.size.width * layout.channels, weights.count / 2)
  for plane in 0..<layout.planes {
    for row in 0..<height {
      let to = target + (plane * height + row) * length
      var isFirst = true
      for (tap, weight) in weights.enumerated() {
        let neighbour = row + tap - radius
        if edge == .zero && !(0..<height).contains(neighbour) { continue }
        let from = source + (plane * height + min(max(neighbour, 0), height - 1)) * length
        add(weight, from, to: to, length, isFirst: isFirst)
        isFirst = false
      }
    }
  }
}

/// y += weight x, or y = weight x.
@inline(__always)
private func add<Number: BinaryFloatingPoint>(
  _ weight: Number, _ x: UnsafePointer<Number>, to y: UnsafeMutablePointer<Number>, _ count: Int, isFirst: Bool
) {
  if isFirst {
    for place in 0..<count { (y + place).initialize(to: weight * x[place]) }
  } else {
    for place in 0..<count { y[place] += weight * x[place] }
  }
}
