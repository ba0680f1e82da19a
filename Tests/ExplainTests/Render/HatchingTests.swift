import Images
import Testing

@testable import Explain

@Suite struct HatchingTests {
  /// (x + y) mod 10 is 0 for `+` and 1 for `-`; columns 2 to 8 of rows 1 to 3 were seen.
  @Test func stripesRunUpToTheRightOutsideTheRectangle() {
    let seen = PixelRect(x: 2, y: 1, width: 7, height: 3)
    #expect(
      hatched(ImageSize(width: 14, height: 5), outside: seen, scale: 1) == [
        "+-........+-..",
        "-........+-...",
        ".........-....",
        "..............",
        "......+-......",
      ])
  }

  @Test func stripesGrowWithTheScale() {
    let nothing = PixelRect(x: 1, y: 1, width: 0, height: 1)
    #expect(
      hatched(ImageSize(width: 24, height: 2), outside: nothing, scale: 2) == [
        "++--................++--", "+--................++--.",
      ])
  }

  @Test func whereAllWasSeenNothingIsStriped() {
    let size = ImageSize(width: 12, height: 2)
    let rows = hatched(size, outside: PixelRect(x: 0, y: 0, width: 12, height: 2), scale: 1)
    #expect(rows == ["............", "............"])
  }

  /// On a ground of 100: `+` is 76/255 of the way to white, `-` to black.
  private func hatched(_ size: ImageSize, outside rect: PixelRect, scale: Int) -> [String] {
    var canvas = Canvas(RGBImage(size: size, pixels: [UInt8](repeating: 100, count: 3 * size.pixelCount)))
    canvas.hatch(outside: rect, scale: scale)
    return (0..<size.height).map { y in
      String((0..<size.width).map { x in [100: ".", 146: "+", 70: "-"][canvas.rgb.pixels[3 * (size.width * y + x)]]! })
    }
  }
}
