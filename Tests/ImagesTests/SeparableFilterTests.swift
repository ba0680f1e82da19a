import Autodiff
import Images
import TestSupport
import Testing

@Suite struct SeparableFilterTests {
  private let size = ImageSize(width: 5, height: 4)

  /// Two planes of two channels against the sum over neighbours in Double, with both rules for the edge.
  @Test(arguments: [SeparableFilter.Edge.repeated, .zero]) func isASumOverNeighbours(_ edge: SeparableFilter.Edge) {
    let layout = SeparableFilter.Layout(size, channels: 2, planes: 2)
    var random = SplitMix64(seed: 4)
    let image = random.units(size.pixelCount * 4)
    // Longer than the image is high.
    let filter = SeparableFilter(weights: (0..<7).map { Double($0) - 1.5 }, edge: edge)
    let filtered = filter(image, layout)
    let exact = filter(image.map { Double($0) }, layout)
    for index in image.indices {
      let (pixel, channel) = (index / 2 % size.pixelCount, index % 2)
      let (y, x, plane) = (pixel / size.width, pixel % size.width, index / 2 / size.pixelCount)
      var sum = 0.0
      for dy in -3...3 {
        for dx in -3...3 {
          let (row, column) = (min(max(y + dy, 0), size.height - 1), min(max(x + dx, 0), size.width - 1))
          if edge == .zero && (row != y + dy || column != x + dx) { continue }
          let value = image[((plane * size.height + row) * size.width + column) * 2 + channel]
          sum += filter.weights[dy + 3] * filter.weights[dx + 3] * Double(value)
        }
      }
      #expect(abs(exact[index] - sum) < 1e-12)
      #expect(abs(Double(filtered[index]) - sum) < 1e-4)
    }
  }

  @Test func aGaussianSumsToOneAndFalls() {
    let weights = SeparableFilter.gaussian(deviation: 1.5, radius: 5).weights
    #expect(abs(weights.reduce(0, +) - 1) < 1e-14)
    #expect(weights == weights.reversed())
    // exp(-1 / (2 1.5^2)) from the middle to its neighbour.
    #expect(abs(weights[6] / weights[5] - 0.800_737_402_9) < 1e-9)
  }

  @Test func boxMeansRepeatTheEdge() {
    let row = ImageSize(width: 4, height: 1)
    #expect(boxMean([3, 0, 6, 9], row, radius: 1, rounding: .quotient) == [2, 3, 5, 8])
    let square = ImageSize(width: 3, height: 3)
    let spot = boxMean([0, 0, 0, 0, 9, 0, 0, 0, 0], square, radius: 1, rounding: .product)
    #expect(spot.allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test func tapsLieBetweenCentresAndStopAtTheOutermost() {
    let positions: [Double] = [-0.5, 0, 0.25, 1.75, 2, 2.5]
    let taps = positions.map { BilinearTap(at: $0, of: 3) }
    #expect(taps.map(\.cell) == [0, 0, 0, 1, 2, 2])
    #expect(taps.map(\.fraction) == [0, 0, 0.25, 0.75, 0, 0])
    #expect([0.25, 1.75, 2.5].map { BilinearTap(at: Float($0), of: 3).step } == [1, 1, 0])
    #expect(BilinearTap(at: 0.3, of: 1) == BilinearTap(at: 0.0, of: 1))
  }

  /// Four levels, of which two low and two high ones: the cut lies between, before the empty bins.
  @Test func otsuCutsBetweenTheClasses() {
    let shares = [0.3, 0.2, 0, 0, 0.1, 0.4]
    let moments = shares.indices.map { Double($0) * shares[$0] }
    #expect(otsuCut(shares: shares, moments: moments, mean: moments.reduce(0, +)) == 1)
    #expect(otsuCut(shares: [0, 1, 0], moments: [0, 1, 0], mean: 1) == 0)
  }
}
