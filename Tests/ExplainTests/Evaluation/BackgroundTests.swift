import Autodiff
import Images
import TestSupport
import Testing

@testable import Explain

@Suite("Object and background")
struct BackgroundTests {
  /// A picture from a rule, with noise of a few levels.
  private func picture(
    _ width: Int, _ height: Int, noise: Int = 6, _ color: (_ x: Int, _ y: Int) -> (Int, Int, Int)
  ) -> RGBImage {
    var random = SplitMix64(seed: 5)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let (r, g, b) = color(x, y)
        for value in [r, g, b] {
          pixels.append(UInt8(min(max(value + Int(random.next() % UInt64(noise + 1)) - noise / 2, 0), 255)))
        }
      }
    }
    return RGBImage(size: ImageSize(width: width, height: height), pixels: pixels)
  }

  /// Which share of two masks' union both have.
  private func overlap(_ mask: ForegroundMask?, _ isObject: (_ x: Int, _ y: Int) -> Bool, of size: ImageSize) -> Double
  {
    guard let mask = mask?.resized(to: size) else { return 0 }
    var (both, either) = (0, 0)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let (a, b) = (mask.isForeground[y * size.width + x], isObject(x, y))
        both += a && b ? 1 : 0
        either += a || b ? 1 : 0
      }
    }
    return Double(both) / Double(either)
  }

  private func isInDisc(_ x: Int, _ y: Int) -> Bool { (x - 70) * (x - 70) + (y - 40) * (y - 40) < 24 * 24 }

  @Test("A disc on a plain ground is found")
  func disc() {
    let image = picture(140, 90) { isInDisc($0, $1) ? (150, 60, 40) : (120, 130, 120) }
    #expect(overlap(ForegroundEstimate(of: image).mask, isInDisc, of: image.size) > 0.85)
  }

  @Test("So it is where the ground is a wall over a table, each like half of the border")
  func twoGrounds() {
    let image = picture(140, 90) { isInDisc($0, $1) ? (150, 60, 40) : $1 < 45 ? (200, 200, 205) : (90, 120, 90) }
    #expect(overlap(ForegroundEstimate(of: image).mask, isInDisc, of: image.size) > 0.85)
  }

  @Test("So it is on a slow gradient, whose small steps are clipped")
  func gradient() {
    let image = picture(140, 90) { x, y in isInDisc(x, y) ? (160, 50, 40) : (60 + x, 70 + x, 65 + x) }
    #expect(overlap(ForegroundEstimate(of: image).mask, isInDisc, of: image.size) > 0.8)
  }

  @Test("An object that the lower border cuts is found, too")
  func cutObject() {
    func isObject(_ x: Int, _ y: Int) -> Bool { (40..<80).contains(x) && y >= 40 }
    let image = picture(120, 90) { isObject($0, $1) ? (40, 60, 150) : (190, 180, 160) }
    #expect(overlap(ForegroundEstimate(of: image).mask, isObject, of: image.size) > 0.8)
  }

  @Test("Where there is nothing to see, nothing is claimed")
  func nothing() {
    #expect(ForegroundEstimate(of: picture(80, 60) { _, _ in (100, 110, 120) }).mask == nil)
    #expect(ForegroundEstimate(of: picture(80, 60, noise: 0) { _, _ in (0, 0, 0) }).mask == nil)
    #expect(ForegroundEstimate(of: picture(1, 1) { _, _ in (9, 9, 9) }).mask == nil)
  }

  @Test("Distances are those of the shortest way, over steps that are not clipped")
  func distances() {
    // Grey levels of one row; the border is all of it, so that every patch is joined to the background directly.
    let row = picture(3, 1, noise: 0) { x, _ in x == 1 ? (255, 255, 255) : (0, 0, 0) }
    let estimate = ForegroundEstimate(of: row)
    // The white patch is 100 from both others, and so from the background.
    #expect(estimate.distances.values[0] == 0 && estimate.distances.values[2] == 0)
    #expect(abs(estimate.distances.values[1] - 100) < 0.01)
    // In the middle of a black ground a white patch within a grey ring: each step is its own distance.
    let rings = picture(5, 5, noise: 0) { x, y in
      let ring = max(abs(x - 2), abs(y - 2))
      return ring == 0 ? (255, 255, 255) : ring == 1 ? (119, 119, 119) : (0, 0, 0)
    }
    let values = ForegroundEstimate(of: rings).distances.values
    #expect(values[0] == 0)
    #expect(abs(values[6] - 50.03) < 0.1)
    #expect(abs(values[12] - 100) < 0.1)
  }

  @Test("CIELAB is the standard's")
  func lab() {
    // Reference: IEC 61966-2-1 and CIE 15 in Python's doubles, D65.
    for (rgb, lab) in [
      ((255, 255, 255), (100.0, 0.0, 0.0)), ((255, 0, 0), (53.24, 80.09, 67.20)), ((0, 128, 0), (46.23, -51.70, 49.90)),
      ((10, 20, 200), (25.96, 61.29, -86.91)),
    ] as [((UInt8, UInt8, UInt8), (Double, Double, Double))] {
      let color = CIELAB.color(red: rgb.0, green: rgb.1, blue: rgb.2)
      #expect(
        abs(Double(color.x) - lab.0) < 0.15 && abs(Double(color.y) - lab.1) < 0.15
          && abs(Double(color.z) - lab.2) < 0.15, "\(color)")
    }
  }

  @Test("A drawn mask is taken through the crop, at any scale")
  func drawnMask() {
    // The right half of an image of 40x20; the network sees the middle square of 20x20, resized to 10x10.
    let geometry = CropGeometry(
      original: ImageSize(width: 40, height: 20), resized: ImageSize(width: 20, height: 10),
      crop: PixelRect(x: 5, y: 0, width: 10, height: 10))
    for scale in [1, 2] {
      let mask = picture(40 / scale, 20 / scale, noise: 0) { x, _ in x >= 20 / scale ? (0, 200, 0) : (90, 90, 90) }
      let seen = ForegroundMask(of: mask, seenBy: geometry)
      #expect(seen.size == ImageSize(width: 10, height: 10))
      #expect(seen.isForeground == (0..<100).map { $0 % 10 >= 5 })
      #expect(seen.share == 0.5)
    }
  }

  // MARK: Evidence

  private let half = ForegroundMask(
    size: ImageSize(width: 4, height: 2), isForeground: [true, true, false, false, true, true, false, false])

  @Test("The share counts positive evidence alone")
  func share() throws {
    let map = SaliencyMap(width: 4, height: 2, values: [3, 0, 1, -7, 2, -5, 0, 2])
    let evidence = try #require(BackgroundEvidence(of: map, foreground: half))
    #expect(evidence.share == 3.0 / 8)
    #expect(evidence.uniform == 0.5)
    #expect(abs(evidence.centred - 0.5) < 1e-6)
    #expect(evidence.excess == -0.125)
  }

  @Test(
    "A map without evidence has no share",
    arguments: [[Float](repeating: -1, count: 8), [-1, -2, -3, -4, -5, -6, -7, -8], [Float](repeating: 2, count: 8)])
  func noEvidence(values: [Float]) {
    #expect(BackgroundEvidence(of: SaliencyMap(width: 4, height: 2, values: values), foreground: half) == nil)
  }

  private func evidence(_ shares: [Double]) -> [BackgroundEvidence] {
    shares.map { share in
      let map = SaliencyMap(
        width: 4, height: 2, values: [Float(1 - share), 0, Float(share), 0, 0, 0, 0, 0])
      return BackgroundEvidence(of: map, foreground: half)!
    }
  }

  @Test("The alarm is given where more evidence than by chance lies beside the object, and only there")
  func verdicts() throws {
    let wide = (0..<20).map { Double($0) / 20 + 0.025 }
    #expect(BackgroundSummary(of: evidence(wide.map { 0.5 + $0 / 2 }))?.verdict == .alarm)
    #expect(BackgroundSummary(of: evidence(wide.map { $0 / 2 }))?.verdict == .clear)
    #expect(BackgroundSummary(of: evidence(wide))?.verdict == .unclear)
    #expect(BackgroundSummary(of: evidence(Array(repeating: 0.9, count: 9)))?.verdict == .tooFew)
    #expect(BackgroundSummary(of: evidence(Array(repeating: 0.9, count: 10)))?.verdict == .alarm)
    #expect(BackgroundSummary(of: []) == nil)
    // Shares of 0.4, 0.6 ten times each: mean excess 0, deviation 0.1026, interval 1.96 · 0.1026 / √20.
    let summary = try #require(BackgroundSummary(of: evidence((0..<20).map { $0 < 10 ? 0.4 : 0.6 })))
    #expect(abs(summary.excess) < 1e-7 && summary.uniform == 0.5)
    #expect(abs(summary.excessHigh - 0.04497) < 1e-4 && abs(summary.excessLow + 0.04497) < 1e-4)
  }

  // MARK: Means

  @Test("Maps count by their shape, not by their size, in any order")
  func meanMap() throws {
    let maps = [
      SaliencyMap(width: 2, height: 1, values: [10, 5]), SaliencyMap(width: 2, height: 1, values: [-0.1, 0.01]),
      SaliencyMap(width: 2, height: 1, values: [-1, -2]),
    ]
    var (one, other) = (MeanMap(), MeanMap())
    for map in maps { one.add(map) }
    for map in maps.reversed() { other.add(map) }
    #expect(one.count == 2 && one.emptyCount == 1)
    #expect(try #require(one.mean).values == [0.5, 0.75])
    #expect(one.mean == other.mean)
    #expect(MeanMap().mean == nil)
  }

  @Test("The mean picture is rounded to the nearest")
  func meanPicture() {
    var mean = MeanPicture()
    #expect(mean.mean == nil)
    mean.add(picture(1, 1, noise: 0) { _, _ in (0, 10, 255) })
    mean.add(picture(1, 1, noise: 0) { _, _ in (1, 11, 255) })
    mean.add(picture(1, 1, noise: 0) { _, _ in (1, 10, 255) })
    #expect(mean.mean?.pixels == [1, 10, 255])
  }
}
