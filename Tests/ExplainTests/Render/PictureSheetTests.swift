import Images
import Testing

@testable import Explain

@Suite struct PictureSheetTests {
  private func picture(_ width: Int, _ height: Int, _ color: RGB8) -> RGBImage {
    Canvas(size: ImageSize(width: width, height: height), filledWith: color).rgb
  }

  private func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> [UInt8] {
    Array(image.pixels[3 * (y * image.width + x)..<3 * (y * image.width + x) + 3])
  }

  private static let red = RGB8(red: 255, green: 0, blue: 0)
  private static let blue = RGB8(red: 0, green: 0, blue: 255)

  /// 8 dots between pictures and at the sides, 4 above a caption and 8 below the last picture; a line is 11 dots high. Panels are as large as
  /// the largest picture.
  @Test(arguments: [1, 2]) func picturesStandInARowBelowTheirCaptions(scale: Int) {
    let sheet = PictureSheet(
      panels: [
        .init(caption: "I", picture: picture(100 * scale, 20 * scale, Self.red)),
        .init(caption: "I", picture: picture(80 * scale, 30 * scale, Self.blue)),
      ], scale: scale
    ).picture
    #expect(sheet.size == ImageSize(width: (2 * 100 + 3 * 8) * scale, height: (12 + 11 + 30) * scale))
    for (x, y, color) in [
      (8, 15, [255, 0, 0]), (107, 34, [255, 0, 0]), (7, 15, [255, 255, 255]), (108, 15, [255, 255, 255]),
      (8, 35, [255, 255, 255]), (116, 15, [0, 0, 255]), (195, 44, [0, 0, 255]), (196, 44, [255, 255, 255]),
      (116, 45, [255, 255, 255]), (116, 14, [255, 255, 255]),
    ] as [(Int, Int, [UInt8])] {
      #expect(pixel(sheet, x * scale, y * scale) == color, "\(x), \(y)")
    }
    // The stem of the I: three dots in, from the top of the line.
    #expect(pixel(sheet, 10 * scale, 7 * scale) == [0, 0, 0])
    #expect(pixel(sheet, 118 * scale, 7 * scale) == [0, 0, 0])
  }

  /// Five in two rows of three places, the last place white.
  @Test func manyPicturesStandInRows() {
    #expect([1, 2, 3, 4, 5, 6, 7, 9, 10, 20].map(PictureSheet.columns) == [1, 2, 3, 2, 3, 3, 3, 3, 4, 5])
    let colors = [Self.red, Self.blue, Self.red, Self.blue, Self.red]
    let sheet = PictureSheet(
      panels: colors.map { .init(caption: "I", picture: picture(80, 20, $0)) }, scale: 1
    ).picture
    #expect(sheet.size == ImageSize(width: 3 * 88 + 8, height: 2 * (11 + 20 + 8) + 4))
    for (index, color) in colors.enumerated() {
      let (x, y) = (8 + index % 3 * 88, 15 + index / 3 * 39)
      #expect(pixel(sheet, x, y) == [color.red, color.green, color.blue])
      #expect(pixel(sheet, x + 79, y + 19) == [color.red, color.green, color.blue])
    }
    #expect(pixel(sheet, 8 + 2 * 88, 15 + 39) == [255, 255, 255])
  }

  /// Twelve letters fit, however narrow the picture; the shorter caption stands on its picture.
  @Test func longCaptionsAreBrokenAndCut() {
    let sheet = PictureSheet(
      panels: [
        .init(caption: "Pneumonoultramicroscopic silicosis of the lung", picture: picture(10, 10, Self.red)),
        .init(caption: "I", picture: picture(10, 10, Self.blue)),
      ], scale: 1
    ).picture
    #expect(sheet.size == ImageSize(width: 72 + 72 + 3 * 8, height: 12 + 3 * 11 + 10))
    #expect(pixel(sheet, 88, 4 + 33) == [0, 0, 255])
    #expect(pixel(sheet, 90, 4 + 22 + 3) == [0, 0, 0])
    #expect(pixel(sheet, 90, 4 + 3) == [255, 255, 255])
  }

  @Test func captionsNameClassesInLettersThatPicturesHave() {
    #expect(DotFont.hasLetters(of: "tiger cat, 39.5 %"))
    #expect(!DotFont.hasLetters(of: "M\u{FC}hle"))
    #expect(!DotFont.hasLetters(of: "a\nb"))
    #expect(DotFont.hasLetters(of: ""))
  }

  /// Each picture is the one that the class has alone.
  @Test func picturesAreThoseOfEachClass() throws {
    let analysis = try SmallNetwork.analysis()
    let attributions = try analysis.explain(ClassActivationMap(.gradCAM), targets: [Target(0), Target(1, against: 2)])
    let sheet = pictureSheet(of: attributions, over: analysis.display, recipe: DisplayRecipe())
    let top = sheet.height - analysis.display.height - 8
    for (index, attribution) in attributions.enumerated() {
      let alone = attribution.overlay(on: analysis.display, recipe: DisplayRecipe())
      let left = 8 + index * (72 + 8)
      for (x, y) in [(0, 0), (39, 31), (20, 10)] {
        #expect(pixel(sheet, left + x, top + y) == pixel(alone, x, y))
      }
    }
    #expect(
      attributions[0].overlay(on: analysis.display, recipe: DisplayRecipe())
        != attributions[1].overlay(on: analysis.display, recipe: DisplayRecipe()))
  }
}
