import Autodiff
import Images
import TestSupport
import Testing

@testable import Explain

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
    let colors = colored([100, 0, 45, 0, 255, 0], at: PixelRect(x: 0, y: 0, width: 2, height: 1))
    #expect(blend(colors, over: image, opacity: opacity).pixels == expected)
  }

  @Test func everyPairOfBytesIsMixedToTheNearest() {
    let size = ImageSize(width: 256 * 256, height: 1)
    let low = RGBImage(
      size: size, pixels: (0..<size.pixelCount).flatMap { [UInt8](repeating: UInt8($0 >> 8), count: 3) })
    let high = ColoredMap(
      at: PixelRect(x: 0, y: 0, width: size.width, height: 1),
      entries: (0..<size.pixelCount).map { UInt8($0 & 255) }, table: ColorMap.gray.table)
    for opacity in [0.1, 0.3, 1.0 / 3, 0.62, 0.999] {
      let mixed = blend(high, over: low, opacity: opacity)
      let worst = (0..<size.pixelCount).map { index in
        let exact = (1 - opacity) * Double(index >> 8) + opacity * Double(index & 255)
        return abs(Double(mixed.pixels[3 * index]) - exact)
      }.max()!
      #expect(worst < 0.5 + 1e-5)
    }
  }

  @Test func onlyTheRectangleChanges() {
    let image = RGBImage(size: ImageSize(width: 3, height: 3), pixels: [UInt8](repeating: 10, count: 27))
    let colors = colored([20, 30, 40, 50, 60, 70], at: PixelRect(x: 2, y: 1, width: 1, height: 2))
    #expect(
      blend(colors, over: image, opacity: 1).pixels == [
        10, 10, 10, 10, 10, 10, 10, 10, 10,
        10, 10, 10, 10, 10, 10, 20, 30, 40,
        10, 10, 10, 10, 10, 10, 50, 60, 70,
      ])
  }

  @Test func theLayerIsTransparentOutsideTheRectangle() {
    let colors = colored([20, 30, 40, 50, 60, 70], at: PixelRect(x: 1, y: 1, width: 2, height: 1))
    let layer = HeatmapLayer(colors, on: ImageSize(width: 3, height: 2), opacities: uniform(0.5))
    #expect(
      layer.rgba.pixels == [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 20, 30, 40, 128, 50, 60, 70, 128,
      ])
  }

  /// A palette holds 256 colours. Without an outside all are the table's; with one, an unused entry makes room for it.
  @Test(arguments: [(256, 256, true), (256, 257, false), (255, 257, true)])
  func aLayerIsIndexedWhereThePaletteHasRoom(colors: Int, width: Int, isIndexed: Bool) {
    let entries = (0..<256).map { UInt8(min($0, colors - 1)) }
    let map = ColoredMap(
      at: PixelRect(x: 0, y: 0, width: 256, height: 1), entries: entries, table: ColorMap.viridis.table)
    let layer = HeatmapLayer(map, on: ImageSize(width: width, height: 1), opacities: uniform(1))
    if case .indexed = layer { #expect(isIndexed) } else { #expect(!isIndexed) }
    let expected = entries.flatMap { entry in
      let color = ColorMap.viridis.table[Int(entry)]
      return [color.red, color.green, color.blue, 255]
    }
    #expect(layer.rgba.pixels == expected + [UInt8](repeating: 0, count: 4 * (width - 256)))
  }

  @Test(arguments: [0, 0.1, 0.31, 0.5, 0.77, 1])
  func theLayerOverTheImageIsTheBlend(opacity: Double) {
    var random = SplitMix64(seed: 5)
    let size = ImageSize(width: 37, height: 11)
    let image = RGBImage(
      size: size, pixels: (0..<size.pixelCount * 3).map { _ in .random(in: 0...255, using: &random) })
    let colors = colored(
      (0..<630).map { _ in .random(in: 0...255, using: &random) }, at: PixelRect(x: 5, y: 2, width: 30, height: 7))
    let blended = blend(colors, over: image, opacity: opacity)
    let layer = HeatmapLayer(colors, on: size, opacities: uniform(opacity)).rgba
    for index in image.pixels.indices {
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
      let alpha = Double(layer.pixels[4 * pixel + 3]) / 255
      let over = alpha * Double(layer.pixels[4 * pixel + channel]) + (1 - alpha) * Double(image.pixels[index])
      #expect(abs(over.rounded() - Double(blended.pixels[index])) <= 1)
    }
  }

  private func uniform(_ opacity: Double) -> [Double] { [Double](repeating: opacity, count: 256) }

  private func blend(_ colors: ColoredMap, over image: RGBImage, opacity: Double) -> RGBImage {
    var canvas = Canvas(image)
    canvas.blend(colors, opacities: uniform(opacity))
    return canvas.rgb
  }

  /// At most 256 pixels of any colours: each has an entry of the table to itself.
  private func colored(_ pixels: [UInt8], at rect: PixelRect) -> ColoredMap {
    let colors = stride(from: 0, to: pixels.count, by: 3).map {
      RGB8(red: pixels[$0], green: pixels[$0 + 1], blue: pixels[$0 + 2])
    }
    return ColoredMap(
      at: rect, entries: colors.indices.map(UInt8.init),
      table: colors + [RGB8](repeating: .white, count: 256 - colors.count))
  }
}
