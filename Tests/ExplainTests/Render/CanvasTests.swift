import Images
import Testing

@testable import Drawing
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

  @Test func aPictureIsPlaced() {
    var canvas = Canvas(size: ImageSize(width: 3, height: 2), filledWith: RGB8(red: 1, green: 2, blue: 3))
    canvas.place(RGBImage(size: ImageSize(width: 2, height: 1), pixels: [10, 11, 12, 13, 14, 15]), x: 1, y: 1)
    #expect(canvas.rgb.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 10, 11, 12, 13, 14, 15])
  }

  /// A layer of 2x1: half of red, premultiplied, and nothing.
  @Test func aFigureIsLaidOverAnOpaquePicture() {
    let layer = PremultipliedLayer(size: ImageSize(width: 2, height: 1), pixels: [51, 0, 0, 51, 0, 0, 0, 0])
    var canvas = Canvas(
      RGBImage(size: ImageSize(width: 2, height: 2), pixels: [0, 100, 200, 7, 8, 9, 1, 2, 3, 4, 5, 6]))
    canvas.lay(layer, x: 0, y: 0)
    // A fifth of (255, 0, 0).
    #expect(canvas.rgb.pixels == [51, 80, 160, 7, 8, 9, 1, 2, 3, 4, 5, 6])
    // What lies outside is left out.
    canvas.lay(layer, x: 1, y: 1)
    canvas.lay(layer, x: -1, y: 0)
    canvas.lay(layer, x: 0, y: -1)
    canvas.lay(layer, x: 9, y: 9)
    #expect(canvas.rgb.pixels == [51, 80, 160, 7, 8, 9, 1, 2, 3, 54, 4, 5])
  }

  @Test func aFigureIsLaidOverATransparentPictureAsItsColorsAre() {
    let pixels: [UInt8] = [9, 9, 9, 0, 0, 100, 200, 255, 0, 100, 200, 51]
    for (color, opacity) in [(RGB8(red: 255, green: 0, blue: 255), 51), (.white, 255), (.black, 128), (.white, 0)] {
      let premultiplied = { (value: UInt8) in UInt8((Int(value) * opacity + 127) / 255) }
      let pixel = [
        premultiplied(color.red), premultiplied(color.green), premultiplied(color.blue), UInt8(opacity),
      ]
      var laid = Canvas(RGBAImage(size: ImageSize(width: 3, height: 1), pixels: pixels))
      laid.lay(
        PremultipliedLayer(size: ImageSize(width: 3, height: 1), pixels: pixel + pixel + pixel), x: 0, y: 0)
      var expected = Canvas(RGBAImage(size: ImageSize(width: 3, height: 1), pixels: pixels))
      for x in 0..<3 { expected.lay(color, at: (x, 0), opacity: opacity) }
      #expect(laid.rgba.pixels == expected.rgba.pixels)
    }
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
