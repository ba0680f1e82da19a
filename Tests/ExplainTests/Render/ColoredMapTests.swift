import Autodiff
import Images
import TestSupport
import Testing

@testable import Explain

@Suite struct ColoredMapTests {
  static let signs: [(limit: Double, evidence: Evidence, entries: [UInt8])] = [
    (2, .positive, [0, 0, 128, 255]),
    (1, .positive, [0, 0, 255, 255]),
    (8, .positive, [0, 0, 32, 64]),
    (4, .signed, [0, 128, 159, 191]),
    (1, .signed, [0, 128, 255, 255]),
    // Nothing to divide by: every cell is at zero.
    (0, .positive, [0, 0, 0, 0]), (-1, .positive, [0, 0, 0, 0]), (.nan, .positive, [0, 0, 0, 0]),
    (0, .signed, [128, 128, 128, 128]), (-1, .signed, [128, 128, 128, 128]), (.nan, .signed, [128, 128, 128, 128]),
    (.infinity, .positive, [0, 0, 0, 0]), (.leastNonzeroMagnitude, .positive, [0, 0, 255, 255]),
  ]

  @Test(arguments: signs)
  func zeroIsPinnedAndTheLimitHasTheLastColor(limit: Double, evidence: Evidence, entries: [UInt8]) {
    #expect(Self.entries(of: [-4, 0, 1, 2], limit: limit, evidence: evidence) == entries)
  }

  static let places: [(place: Float, entry: UInt8)] = [
    (0, 0), (0.0015, 0), (0.0025, 1), (0.5, 128), (0.9975, 254), (0.9985, 255), (1, 255),
    (-1, 0), (2, 255), (.infinity, 255), (-.infinity, 0), (.greatestFiniteMagnitude, 255), (.nan, 0),
  ]

  @Test(arguments: places)
  func aPlaceTakesTheNearestEntry(place: Float, entry: UInt8) {
    #expect(Self.entries(of: [place], limit: 1, evidence: .positive) == [entry])
  }

  /// Halves go up, and what is a little below them does not.
  @Test func everyEntryBeginsAtItsHalf() {
    for entry in 1...255 {
      let half = Float(entry) - 0.5
      let entries = Self.entries(of: [half, half - 1e-4], limit: 255, evidence: .positive)
      #expect(entries == [UInt8(entry), UInt8(entry - 1)])
    }
  }

  /// The formula in Double on what `sampled` gives: an entry may differ only where the sum of Floats falls on the other
  /// side of a half.
  @Test func entriesAreThoseOfTheSampledMap() {
    var random = SplitMix64(seed: 8)
    let map = SaliencyMap(width: 5, height: 4, values: random.units(20))
    let region = ImageRegion(x: -3.3, y: 2.4, width: 61.7, height: 39.1)
    let rect = PixelRect(x: 0, y: 2, width: 57, height: 38)
    let sampled = map.sampled(over: region, at: rect)
    for (evidence, zero) in [(Evidence.positive, 0.0), (.signed, 0.5)] {
      let colored = ColoredMap(
        map, over: region, at: rect, limit: 0.8, evidence: evidence, in: ColorMap.gray.table)
      for (entry, value) in zip(colored.entries, sampled.values) {
        let place = 255 * min(max(zero + (1 - zero) * Double(value) / 0.8, 0), 1)
        #expect(abs(Double(entry) - place) <= 0.5 + 1e-4)
      }
    }
  }

  /// One cell a pixel.
  static func entries(of values: [Float], limit: Double, evidence: Evidence) -> [UInt8] {
    let rect = PixelRect(x: 0, y: 0, width: values.count, height: 1)
    let map = SaliencyMap(width: values.count, height: 1, values: values)
    return ColoredMap(
      map, over: ImageRegion(x: 0, y: 0, width: Double(values.count), height: 1), at: rect, limit: limit,
      evidence: evidence, in: ColorMap.gray.table
    ).entries
  }
}
