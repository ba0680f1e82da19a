import Explain
import Images
import TestSupport
import Testing

@Suite struct BlendTests {
  /// At ¼: 32.5, 15, 33.75, 191.25, 63.75, 5.25; at ½: 55, 10, 37.5, 127.5, 127.5, 3.5. Halves go up.
  static let mixtures: [(opacity: Double, expected: [UInt8])] = [
    (0, [10, 20, 30, 255, 0, 7]),
    (0.25, [33, 15, 34, 191, 64, 5]),
    (0.5, [55, 10, 38, 128, 128, 4]),
    (1, [100, 0, 45, 0, 255, 0]),
  ]

  @Test(arguments: mixtures)
  func colorsAreMixedInTheirEightBitValues(opacity: Double, expected: [UInt8]) {
    let image = RGBImage(size: ImageSize(width: 2, height: 1), pixels: [10, 20, 30, 255, 0, 7])
    let heat = RGBImage(size: ImageSize(width: 2, height: 1), pixels: [100, 0, 45, 0, 255, 0])
    let rect = PixelRect(x: 0, y: 0, width: 2, height: 1)
    #expect(blend(heat, at: rect, over: image, opacity: opacity).pixels == expected)
  }

  @Test func everyPairOfBytesIsMixedToTheNearest() {
    let size = ImageSize(width: 256 * 256, height: 1)
    let low = RGBImage(
      size: size, pixels: (0..<size.pixelCount).flatMap { [UInt8](repeating: UInt8($0 >> 8), count: 3) })
    let high = RGBImage(
      size: size, pixels: (0..<size.pixelCount).flatMap { [UInt8](repeating: UInt8($0 & 255), count: 3) })
    for opacity in [0.1, 0.3, 1.0 / 3, 0.62, 0.999] {
      let mixed = blend(high, at: PixelRect(x: 0, y: 0, width: size.width, height: 1), over: low, opacity: opacity)
      let worst = (0..<size.pixelCount).map { index in
        let exact = (1 - opacity) * Double(index >> 8) + opacity * Double(index & 255)
        return abs(Double(mixed.pixels[3 * index]) - exact)
      }.max()!
      #expect(worst < 0.5 + 1e-5)
    }
  }

  @Test func onlyTheRectangleChanges() {
    let image = RGBImage(size: ImageSize(width: 3, height: 3), pixels: [UInt8](repeating: 10, count: 27))
    let heat = RGBImage(size: ImageSize(width: 1, height: 2), pixels: [20, 30, 40, 50, 60, 70])
    let blended = blend(heat, at: PixelRect(x: 2, y: 1, width: 1, height: 2), over: image, opacity: 1)
    #expect(
      blended.pixels == [
        10, 10, 10, 10, 10, 10, 10, 10, 10,
        10, 10, 10, 10, 10, 10, 20, 30, 40,
        10, 10, 10, 10, 10, 10, 50, 60, 70,
      ])
  }

  @Test func theHeatAloneIsTransparentOutsideTheRectangle() {
    let heat = RGBImage(size: ImageSize(width: 2, height: 1), pixels: [20, 30, 40, 50, 60, 70])
    let alone = heatmapAlone(
      heat, at: PixelRect(x: 1, y: 1, width: 2, height: 1), on: ImageSize(width: 3, height: 2), opacity: 0.5)
    #expect(
      alone.pixels == [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 20, 30, 40, 128, 50, 60, 70, 128,
      ])
  }

  @Test(arguments: [0, 0.1, 0.31, 0.5, 0.77, 1])
  func theHeatAloneOverTheImageIsTheBlend(opacity: Double) {
    var random = SplitMix64(seed: 5)
    let size = ImageSize(width: 37, height: 11)
    let image = RGBImage(
      size: size, pixels: (0..<size.pixelCount * 3).map { _ in .random(in: 0...255, using: &random) })
    let rect = PixelRect(x: 5, y: 2, width: 30, height: 7)
    let heat = RGBImage(
      size: ImageSize(width: 30, height: 7), pixels: (0..<630).map { _ in .random(in: 0...255, using: &random) })
    let blended = blend(heat, at: rect, over: image, opacity: opacity)
    let alone = heatmapAlone(heat, at: rect, on: size, opacity: opacity)
    for index in image.pixels.indices {
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
      let alpha = Double(alone.pixels[4 * pixel + 3]) / 255
      let over = alpha * Double(alone.pixels[4 * pixel + channel]) + (1 - alpha) * Double(image.pixels[index])
      #expect(abs(over.rounded() - Double(blended.pixels[index])) <= 1)
    }
  }
}
