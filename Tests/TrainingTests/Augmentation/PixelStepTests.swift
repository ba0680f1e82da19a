import Autodiff
import Glibc
import Images
import Testing

@testable import Training

@Suite("Augmentation of light, colour and detail")
struct PixelStepTests {
  private let image = picture(2, 1) { x, _ in x == 0 ? [51, 102, 204] : [255, 0, 128] }

  /// Each pixel's R, G, B after a step, in 255ths, rounded.
  private func pixels(
    _ kind: AugmentationStep.Kind, _ ranges: [String: ClosedRange<Double>] = [:]
  ) throws -> [[UInt8]] {
    let result = try changed(image, kind, ranges)
    return [result[0, 0], result[1, 0]]
  }

  @Test("has the values of its formulas")
  func literals() throws {
    // (51 / 255)^2 = 0.04
    #expect(try pixels(.gamma, ["exponent": 2...2]) == [[10, 41, 163], [255, 0, 64]])
    #expect(try pixels(.exposure, ["factor": 1.4...1.4]) == [[71, 143, 255], [255, 0, 179]])
    #expect(try pixels(.brightness, ["shift": 0.2...0.2]) == [[102, 153, 255], [255, 51, 179]])
    // The mean of all six is 123.33.
    #expect(try pixels(.contrast, ["factor": 0.5...0.5]) == [[87, 113, 164], [189, 62, 126]])
    #expect(try pixels(.whiteBalance, ["factor": 0.6...0.6]) == [[31, 61, 122], [153, 0, 77]])
    // Lumas: 0.299 51 + 0.587 102 + 0.114 204 = 98.38; 0.299 255 + 0.114 128 = 90.84.
    #expect(try pixels(.greyscale) == [[98, 98, 98], [91, 91, 91]])
    #expect(try pixels(.saturation, ["factor": 0.5...0.5]) == [[75, 100, 151], [173, 45, 109]])
    #expect(try pixels(.saturation, ["factor": 2...2]) == [[4, 106, 255], [255, 0, 165]])
  }

  @Test(
    "changes nothing, to the bit, at its neutral value",
    arguments: [
      (.gamma, "exponent", 1), (.exposure, "factor", 1), (.brightness, "shift", 0), (.contrast, "factor", 1),
      (.whiteBalance, "factor", 1), (.saturation, "factor", 1), (.hue, "degrees", 0), (.light, "strength", 0),
      (.blur, "deviation", 0), (.focus, "level", 0), (.noise, "deviation", 0), (.scale, "factor", 1),
      (.aspect, "factor", 1), (.rotation, "degrees", 0), (.shear, "slope", 0), (.perspective, "shift", 0),
    ] as [(AugmentationStep.Kind, String, Double)])
  func neutral(kind: AugmentationStep.Kind, parameter: String, value: Double) throws {
    let image = drawnPicture(seed: 4, 23, 17)
    #expect(try changed(image, kind, [parameter: value...value]) == image)
  }

  @Test("turns hues without a change of luma, and three thirds are a whole turn")
  func hue() throws {
    let working = WorkingPicture(image)
    let before = working[0, 0]
    for third in 1...3 {
      working.turnHue(degrees: 120)
      let now = working[0, 0]
      let luma = { (p: [Float]) -> Float in
        let sum: Float = 0.299 * p[0] + 0.587 * p[1]
        return sum + 0.114 * p[2]
      }
      #expect(abs(luma(now) - luma(before)) < 0.01)
      #expect(isNear(now, before) == (third == 3))
    }
    // Half a turn of I and Q: the complement about the luma.
    working.turnHue(degrees: 180)
    #expect(isNear(working[0, 0], before.map { 2 * 98.379 - $0 }))
  }

  @Test("lights one side, by the exponential of the strength")
  func light() {
    let grey = picture(3, 2) { _, _ in [100, 100, 100] }
    let working = WorkingPicture(grey)
    working.light(strength: 0.5, angle: 0)
    for (x, factor) in [(0, 0.606_53), (1, 1), (2, 1.648_72)] as [(Int, Float)] {
      for y in 0...1 { #expect(isNear(working[x, y][0], 100 * factor)) }
    }
    working.load(grey, view: PixelRect(x: 0, y: 0, width: 3, height: 2))
    working.light(strength: 0.5, angle: .pi / 2)
    #expect(isNear(working[1, 0][1], 60.653) && isNear(working[1, 1][2], 164.872))
  }

  @Test("blurs by a Gaussian, and by a mean of nine once and twice, and sharpens against it")
  func detail() {
    let dot = picture(9, 9) { x, y in x == 4 && y == 4 ? [255, 0, 90] : [0, 0, 0] }
    var working = WorkingPicture(dot)
    working.blur(deviation: 0.5)
    // exp(-2) and exp(-8) about 1: weights 0.7866, 0.1065, 0.0003.
    // 255 times 0.78657^2 and 0.78657 0.10645
    #expect(isNear(working[4, 4][0], 157.76, within: 0.05))
    #expect(isNear(working[5, 4][0], 21.35, within: 0.05))
    #expect(isNear(working[5, 4], working[4, 5]) && isNear(working[3, 4], working[4, 5]))
    #expect(isNear(working.plane(0).reduce(0, +), 1, within: 1e-5))
    working = WorkingPicture(dot)
    working.focus(0.3)
    #expect(isNear(working[4, 4][0], 481.667))
    #expect(isNear(working[3, 5][0], -28.333))
    working = WorkingPicture(dot)
    working.focus(-0.2)
    #expect(isNear(working[3, 5][0], 28.333) && working[2, 4][0] == 0)
    working = WorkingPicture(dot)
    working.focus(-1.1)
    #expect(isNear(working[4, 4][0], 28.333) && isNear(working[2, 2][0], 3.148))
    // Beyond the edge lies the edge's pixel, so that a flat picture stays as it is.
    let flat = WorkingPicture(picture(5, 3) { _, _ in [80, 81, 82] })
    flat.blur(deviation: 2)
    for y in 0..<3 {
      for x in 0..<5 { #expect(zip(flat[x, y], [80, 81, 82] as [Float]).allSatisfy { abs($0 - $1) < 0.01 }) }
    }
  }

  @Test("adds noise of the deviation asked for, independent of pixel, channel and picture")
  func noise() {
    let grey = picture(64, 64) { _, _ in [128, 128, 128] }
    func noise(_ seed: UInt64) -> [Double] {
      let working = WorkingPicture(grey)
      working.addNoise(deviation: 0.1, RandomNumbers(seed: seed))
      return working.levels.map { Double($0) - 128.0 / 255 }
    }
    let (first, second) = (noise(1), noise(2))
    let count = Double(first.count)
    func correlation(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count) / 0.01
    }
    #expect(abs(first.reduce(0, +) / count) < 0.004)
    #expect(abs(correlation(first, first) - 1) < 0.04)
    for shift in [1, 2, 5, 64, 4096] {
      #expect(abs(correlation(Array(first.dropLast(shift)), Array(first.dropFirst(shift)))) < 0.05)
    }
    #expect(abs(correlation(first, second)) < 0.05)
    // As many beyond two deviations as a normal distribution has.
    let far = Double(first.count { abs($0) > 0.2 }) / count
    #expect(far > 0.0355 && far < 0.0555)
    #expect(abs(WorkingPicture.normalQuantiles[2047] - 3.4874) < 1e-3)
    #expect(WorkingPicture.normalQuantiles[1024] == -WorkingPicture.normalQuantiles[1023])
  }

  @Test("cuts out a rectangle of one colour, where it reaches beyond the picture only what lies inside")
  func cutout() throws {
    let image = picture(10, 8) { _, _ in [7, 7, 7] }
    let working = WorkingPicture(image)
    working.cutOut(centre: (0.5, 0.5), extent: (0.4, 0.25), color: [1, 0, 0.2])
    let inside = (0..<80).filter { working[$0 % 10, $0 / 10] == [255, 0, 51] }
    #expect(inside == [33, 34, 35, 36, 43, 44, 45, 46])
    working.load(image, view: PixelRect(x: 0, y: 0, width: 10, height: 8))
    working.cutOut(centre: (1, 0), extent: (0.4, 0.5), color: [0, 0, 0])
    #expect((0..<80).filter { working[$0 % 10, $0 / 10] == [0, 0, 0] } == [8, 9, 18, 19])
    #expect(try changed(image, .cutout, ["width": 0...0, "height": 0...0]) == image)
  }

  @Test("leaves JPEG's traces: fewer the better the quality")
  func compression() throws {
    let image = drawnPicture(seed: 5, 48, 40)
    let (good, bad) = (
      try changed(image, .compression, ["quality": 98...98]), try changed(image, .compression, ["quality": 5...5])
    )
    #expect((1..<25).contains(good.largestDifference(from: image)))
    #expect(bad.largestDifference(from: image) > 25)
    #expect(bad == (try decodeImage(encodeJPEG(image, quality: 5)).image))
  }

  @Test("ends between 0 and 1, but what lay beyond on the way is not lost")
  func range() throws {
    let steps = { (shift: Double) in
      Augmentation([
        try AugmentationStep(.brightness, ["shift": shift...shift]),
        try AugmentationStep(.brightness, ["shift": -shift ... -shift]),
      ])
    }
    #expect(changed(image, by: try steps(0.9)).largestDifference(from: image) <= 1)
    let working = WorkingPicture()
    let far = Augmentation([try AugmentationStep(.brightness, ["shift": 1...1])])
    #expect(far.change(PreparedPicture(image), seed: 0, to: image.size, in: working))
    #expect(working.levels.allSatisfy { $0 == 1 })
  }

  @Test("computes powers to a few parts in ten million")
  func powers() {
    for exponent in [0.1, 0.45, 1, 2.2, 10] as [Float] {
      for x in [1e-4, 0.003, 0.04, 0.2, 0.49, 0.5, 0.7071, 0.7072, 0.999, 1] as [Float] {
        let expected = pow(Double(x), Double(exponent))
        let difference = abs(Double(PixelMath.power(x, exponent, smallest: 1e-4)) - expected)
        #expect(difference <= 3e-6 * expected + 0x1p-126)
      }
      #expect(PixelMath.power(1, exponent, smallest: 1e-4) == 1)
      #expect(PixelMath.power(-5, exponent, smallest: 1e-4) == PixelMath.power(1e-4, exponent, smallest: 1e-4))
      #expect(PixelMath.power(3, exponent, smallest: 1e-4) == 1)
    }
  }
}

private func isNear(_ value: Float, _ expected: Float, within tolerance: Float = 0.01) -> Bool {
  abs(value - expected) < tolerance
}

private func isNear(_ values: [Float], _ expected: [Float]) -> Bool {
  values.count == expected.count && zip(values, expected).allSatisfy { isNear($0, $1) }
}
