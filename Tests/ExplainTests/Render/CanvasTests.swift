import Images
import Testing

@testable import Explain

@Suite struct CanvasTests {
  @Test func aColorIsLaidOverAnOpaquePicture() {
    var canvas = Canvas(RGBImage(size: ImageSize(width: 2, height: 1), pixels: [0, 100, 200, 7, 8, 9]))
    canvas.lay(RGB8(red: 255, green: 0, blue: 200), at: (0, 0), opacity: 51)
    // A fifth: 51, 80, 200.
    #expect(canvas.rgb.pixels == [51, 80, 200, 7, 8, 9])
  }

  @Test func aColorIsLaidOverATransparentPicture() {
    var canvas = Canvas(
      RGBAImage(size: ImageSize(width: 3, height: 1), pixels: [9, 9, 9, 0, 0, 100, 200, 255, 0, 100, 200, 51]))
    for x in 0..<3 { canvas.lay(RGB8(red: 255, green: 0, blue: 200), at: (x, 0), opacity: 51) }
    // Over nothing it is itself; over a fifth, alpha is 0.2 + 0.8·0.2 = 0.36 and red 0.2·255 / 0.36.
    #expect(canvas.rgba.pixels == [255, 0, 200, 51, 51, 80, 200, 255, 142, 44, 200, 92])
    canvas.lay(.white, at: (0, 0), opacity: 255)
    #expect(Array(canvas.rgba.pixels[0..<4]) == [255, 255, 255, 255])
  }

  @Test func nothingLaidOverNothingIsNothing() {
    var canvas = Canvas(RGBAImage(size: ImageSize(width: 1, height: 1), pixels: [0, 0, 0, 0]))
    canvas.lay(.white, at: (0, 0), opacity: 0)
    #expect(canvas.rgba.pixels == [0, 0, 0, 0])
  }

  @Test func aRectangleIsCutAtTheEdges() {
    #expect(
      drawn(4, 3) { $0.fill(PixelRect(x: -1, y: 1, width: 3, height: 9), with: .black) } == ["....", "##..", "##.."])
    #expect(drawn(2, 1) { $0.fill(PixelRect(x: 5, y: -7, width: 3, height: 2), with: .black) } == [".."])
  }

  @Test func aPictureIsPlaced() {
    var canvas = Canvas(size: ImageSize(width: 3, height: 2), filledWith: RGB8(red: 1, green: 2, blue: 3))
    canvas.place(RGBImage(size: ImageSize(width: 2, height: 1), pixels: [10, 11, 12, 13, 14, 15]), x: 1, y: 1)
    #expect(canvas.rgb.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 10, 11, 12, 13, 14, 15])
  }

  // MARK: Text

  @Test func lettersStandInTheirDots() {
    #expect(
      drawn(13, 10) { $0.write("4g", at: (1, 1), scale: 1, color: .black) } == [
        ".............",
        "....#........",
        "...##........",
        "..#.#...####.",
        ".#..#..#...#.",
        ".#####.#...#.",
        "....#..#...#.",
        "....#...####.",
        "...........#.",
        "........###..",
      ])
  }

  @Test func aDotIsASquareOfTheScale() {
    #expect(
      drawn(11, 4) { $0.write("-.", at: (0, -6), scale: 2, color: .black) } == [
        "##########.", "##########.", "...........", "...........",
      ])
  }

  @Test func textUpwardsBeginsAtTheBottom() {
    #expect(
      drawn(10, 12) { $0.writeUpwards("L1", at: (0, 10), scale: 1, color: .black) } == [
        "..........",
        "......#...",
        "#######...",
        ".#....#...",
        "..........",
        "..........",
        "......#...",
        "......#...",
        "......#...",
        "......#...",
        "#######...",
        "..........",
      ])
  }

  @Test func aBorderGoesAllAroundTheDots() {
    #expect(
      drawn(5, 7, on: RGB8(red: 128, green: 128, blue: 128)) {
        $0.write("'", at: (0, 1), scale: 1, color: .white, border: .black)
      } == [
        "o###o", "o#.#o", "o#.#o", "o#.#o", "o###o", "ooooo", "ooooo",
      ])
  }
}

/// The pixels of a small picture, one sign each: `#` black, `.` white, `o` any other.
func art(_ image: RGBImage) -> [String] {
  (0..<image.height).map { y in
    String(
      (0..<image.width).map { x in
        switch image.pixels[3 * (y * image.width + x)..<3 * (y * image.width + x) + 3] {
        case [0, 0, 0]: "#"
        case [255, 255, 255]: "."
        default: "o"
        }
      })
  }
}

private func drawn(
  _ width: Int, _ height: Int, on ground: RGB8 = .white, _ draw: (inout Canvas) -> Void
) -> [String] {
  var canvas = Canvas(size: ImageSize(width: width, height: height), filledWith: ground)
  draw(&canvas)
  return art(canvas.rgb)
}
