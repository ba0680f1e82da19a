import Drawing
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

  private func panel(_ name: String, share: String = "", _ picture: RGBImage) -> PictureSheet.Panel {
    PictureSheet.Panel(caption: PictureSheet.Caption(name: name, share: share), picture: picture)
  }

  /// A caption of one line, and two units to the picture.
  private func captionHeight(_ scale: Int, lines: Int = 1) throws -> Int {
    let text = String(repeating: "I ", count: 1) + String(repeating: "mmmmmmmmm ", count: lines - 1)
    return Int(
      try TextBlock(text, size: Double(11 * scale), within: Double(96 * scale), lines: lines).height.rounded(.up))
      + 2 * scale
  }

  private func isBlack(_ image: RGBImage, _ columns: Range<Int>, _ rows: Range<Int>) -> Bool {
    rows.contains { y in columns.contains { pixel(image, $0, y)[0] < 100 } }
  }

  /// 8 units between pictures and at the sides, 4 above a caption and 8 below the last picture. Panels are as large as
  /// the largest picture.
  @Test(arguments: [1, 2]) func picturesStandInARowBelowTheirCaptions(scale: Int) throws {
    let sheet = try PictureSheet(
      panels: [
        panel("I", picture(100 * scale, 20 * scale, Self.red)),
        panel("I", picture(80 * scale, 30 * scale, Self.blue)),
      ], scale: scale
    ).picture()
    let caption = try captionHeight(scale)
    #expect(sheet.size == ImageSize(width: (2 * 100 + 3 * 8) * scale, height: (12 + 30) * scale + caption))
    for (x, y, color) in [
      (8, 0, [255, 0, 0]), (107, 19, [255, 0, 0]), (7, 0, [255, 255, 255]), (108, 0, [255, 255, 255]),
      (8, 20, [255, 255, 255]), (116, 0, [0, 0, 255]), (195, 29, [0, 0, 255]), (196, 29, [255, 255, 255]),
      (116, 30, [255, 255, 255]), (116, -1, [255, 255, 255]),
    ] as [(Int, Int, [UInt8])] {
      #expect(pixel(sheet, x * scale, (4 + y) * scale + caption) == color, "\(x), \(y)")
    }
    // The stem of the I.
    for left in [8, 116] {
      #expect(isBlack(sheet, left * scale..<(left + 5) * scale, 4 * scale..<4 * scale + caption))
      #expect(!isBlack(sheet, (left + 5) * scale..<(left + 90) * scale, 4 * scale..<4 * scale + caption))
    }
  }

  /// Five in two rows of three places, the last place white.
  @Test func manyPicturesStandInRows() throws {
    #expect([1, 2, 3, 4, 5, 6, 7, 9, 10, 20].map(PictureSheet.columns) == [1, 2, 3, 2, 3, 3, 3, 3, 4, 5])
    let colors = [Self.red, Self.blue, Self.red, Self.blue, Self.red]
    let sheet = try PictureSheet(panels: colors.map { panel("I", picture(100, 20, $0)) }, scale: 1).picture()
    let caption = try captionHeight(1)
    #expect(sheet.size == ImageSize(width: 3 * 108 + 8, height: 2 * (caption + 20 + 8) + 4))
    for (index, color) in colors.enumerated() {
      let (x, y) = (8 + index % 3 * 108, 4 + caption + index / 3 * (caption + 28))
      #expect(pixel(sheet, x, y) == [color.red, color.green, color.blue])
      #expect(pixel(sheet, x + 99, y + 19) == [color.red, color.green, color.blue])
    }
    #expect(pixel(sheet, 8 + 2 * 108, 4 + 2 * caption + 28) == [255, 255, 255])
  }

  /// However narrow the picture; the shorter caption stands on its picture.
  @Test func longCaptionsAreBrokenAndCut() throws {
    let sheet = try PictureSheet(
      panels: [
        panel(
          "Pneumonoultramicroscopicsilicovolcanoconiosis of the lung and more", share: " 9 %",
          picture(10, 10, Self.red)),
        panel("I", picture(10, 10, Self.blue)),
      ], scale: 1
    ).picture()
    let caption = try captionHeight(1, lines: 3)
    #expect(sheet.size == ImageSize(width: 96 + 96 + 3 * 8, height: 12 + caption + 10))
    #expect(pixel(sheet, 112, 4 + caption) == [0, 0, 255])
    // Black in the last line of both, and in the first of the longer alone.
    let line = (caption - 2) / 3
    #expect(
      isBlack(sheet, 112..<208, 4 + 2 * line..<4 + caption) && isBlack(sheet, 8..<104, 4 + 2 * line..<4 + caption))
    #expect(isBlack(sheet, 8..<104, 4..<4 + line) && !isBlack(sheet, 112..<208, 4..<4 + 2 * line - 1))
  }

  @Test(arguments: [
    "M\u{FC}hle", "\u{58E8}\u{5854}", "\u{642}\u{637}\u{629}", "a\nb", "", "<b>", String(repeating: "long ", count: 90),
  ])
  func captionsHoldAnyName(name: String) throws {
    let sheet = try PictureSheet(
      panels: [panel(isolated(name), share: " 9 %", picture(120, 20, Self.red))], scale: 1
    ).picture()
    #expect(sheet.width == 136 && isBlack(sheet, 8..<128, 0..<sheet.height - 28))
    #expect(!isBlack(sheet, 0..<8, 0..<sheet.height) && !isBlack(sheet, 129..<136, 0..<sheet.height))
  }

  /// Each picture is the one that the class has alone.
  @Test func picturesAreThoseOfEachClass() throws {
    let analysis = try SmallNetwork.analysis()
    let attributions = try analysis.explain(ClassActivationMap(.gradCAM), targets: [Target(0), Target(1, against: 2)])
    let sheet = try pictureSheet(
      of: attributions, over: analysis.display, recipes: attributions.map { _ in DisplayRecipe() })
    let top = sheet.height - analysis.display.height - 8
    for (index, attribution) in attributions.enumerated() {
      let alone = try attribution.overlay(on: analysis.display, recipe: DisplayRecipe())
      let left = 8 + index * (96 + 8)
      for (x, y) in [(0, 0), (39, 31), (20, 10)] {
        #expect(pixel(sheet, left + x, top + y) == pixel(alone, x, y))
      }
    }
    #expect(
      try attributions[0].overlay(on: analysis.display, recipe: DisplayRecipe())
        != attributions[1].overlay(on: analysis.display, recipe: DisplayRecipe()))
  }
}
