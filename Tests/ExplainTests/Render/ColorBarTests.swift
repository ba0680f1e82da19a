import Drawing
import Images
import Testing

@testable import Explain

@Suite struct ColorBarTests {
  private let picture = RGBImage(size: ImageSize(width: 3, height: 158), pixels: [UInt8](repeating: 9, count: 1422))

  @Test func theBarRunsFromTheFirstColorAtTheBottomToTheLastAtTheTop() throws {
    let image = try bar(limit: 1).beside(picture, scale: 1)
    // Inside the bar's columns, away from the ticks of zero: rows 25 (margin, a line and a half) to 145.
    let column = (0..<158).map { pixel(image, 12, $0) }
    #expect(column[..<25].allSatisfy { $0 == .white })
    #expect(column[25] == RGB8(red: 254, green: 254, blue: 254))
    #expect(column[85] == RGB8(red: 128, green: 128, blue: 128))
    #expect(column[145] == RGB8(red: 1, green: 1, blue: 1))
    #expect(column[147...].allSatisfy { $0 == .white })
    #expect((0..<158).allSatisfy { pixel(image, 2, $0) == RGB8(red: 9, green: 9, blue: 9) })
  }

  @Test func zeroIsMarkedAcrossTheBar() throws {
    let positive = try bar(limit: 1).beside(picture, scale: 1)
    #expect((6..<24).allSatisfy { pixel(positive, $0, 146) == .black })
    let signed = try bar(.bwr, .signed, limit: 1).beside(picture, scale: 1)
    // Half of 25...146.
    let middle = 25 + (146 - 25 + 1) / 2
    #expect((6..<24).allSatisfy { pixel(signed, $0, middle) == .black })
    #expect(pixel(signed, 12, 25).red == 255 && pixel(signed, 12, 145).blue == 255)
  }

  @Test func numbersAreInTheMapsUnits() throws {
    #expect(try labels(bar(limit: 0.0073)) == ["1e-3", "6", "4", "2", "0"])
    #expect(try labels(bar(limit: 2)) == ["2", "1.5", "1", "0.5", "0"])
    #expect(try labels(bar(.inferno, .negative, limit: 2)) == ["-2", "-1.5", "-1", "-0.5", "0"])
    #expect(try labels(bar(.bwr, .signed, limit: 2)) == ["2", "1", "0", "-1", "-2"])
    #expect(try labels(bar(limit: 0)) == ["0"])
  }

  @Test func aTickStandsAtItsColor() throws {
    // 1.5 of 2 is three quarters of the way up 121 rows from 146.
    let image = try bar(limit: 2).beside(picture, scale: 1)
    let y = 25 + Int((0.25 * 121).rounded())
    #expect((21..<24).allSatisfy { pixel(image, $0, y) == .black })
    #expect((21..<24).allSatisfy { pixel(image, $0, y + 1) == .white && pixel(image, $0, y - 1) == .white })
  }

  @Test func aClippedRangeEndsInAPoint() throws {
    let clipped = ColorBar(colorMap: .viridis, evidence: .positive, limit: 1, isClipped: true, levels: [])
    let image = try clipped.beside(picture, scale: 1)
    let last = ColorMap.viridis.table[255]
    // Six rows above the bar, each two pixels narrower.
    for row in 0..<5 {
      let y = 30 - row
      #expect((10 + row..<20 - row).allSatisfy { pixel(image, $0, y) == last })
      #expect(pixel(image, 9 + row, y) == .white && pixel(image, 20 - row, y) == .white)
    }
    let signed = ColorBar(colorMap: .bwr, evidence: .signed, limit: 1, isClipped: true, levels: [])
    let both = try signed.beside(picture, scale: 1)
    #expect(pixel(both, 14, 28).red == 255 && pixel(both, 14, 28).blue == 0)
    #expect(pixel(both, 14, 143).blue == 255 && pixel(both, 14, 143).red == 0)
  }

  @Test func levelsOfContourLinesAreMarked() throws {
    let image = try ColorBar(colorMap: .viridis, evidence: .positive, limit: 1, isClipped: false, levels: [0.5])
      .beside(picture, scale: 1)
    let y = 25 + 61
    #expect((9..<21).allSatisfy { pixel(image, $0, y) == .white })
    #expect((9..<21).allSatisfy { pixel(image, $0, y - 1) == .black && pixel(image, $0, y + 1) == .black })
  }

  @Test func aSmallPictureGetsABarThatCanBeRead() throws {
    let small = RGBImage(size: ImageSize(width: 5, height: 4), pixels: [UInt8](repeating: 9, count: 60))
    let image = try bar(limit: 1).beside(small, scale: 2)
    #expect(image.height == 168)
    #expect(pixel(image, 4, 3) == RGB8(red: 9, green: 9, blue: 9))
    #expect(pixel(image, 4, 4) == .white)
  }

  /// However low the picture is: both ends and zero.
  @Test func aSignedBarHasNumbersBesideItsZero() throws {
    let flat = RGBImage(size: ImageSize(width: 900, height: 40), pixels: [UInt8](repeating: 9, count: 108_000))
    let image = try bar(.coolwarm, .signed, limit: 1).beside(flat, scale: 1)
    let left = 900 + 6 + 12 + 3 + 2
    let written = (0..<image.height).map { y in (left..<image.width).contains { pixel(image, $0, y).red < 100 } }
    #expect(zip([false] + written, written).count { !$0 && $1 } == 3)
  }

  private func bar(_ map: ColorMap = .gray, _ evidence: Evidence = .positive, limit: Double) -> ColorBar {
    ColorBar(colorMap: map, evidence: evidence, limit: limit, isClipped: false, levels: [])
  }

  private func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> RGB8 {
    let index = 3 * (y * image.width + x)
    return RGB8(red: image.pixels[index], green: image.pixels[index + 1], blue: image.pixels[index + 2])
  }

  /// What is written to the right of the bar, from the top.
  private func labels(_ bar: ColorBar) throws -> [String] {
    try bar.figure(height: 158, scale: 1).texts.sorted { $0.box.y < $1.box.y }.map { $0.text.lines[0].text }
  }

  /// Numbers overlap neither each other nor the bar, lie in the figure, and stand at their ticks.
  @Test(arguments: [1, 2, 3], [40, 158, 900]) func numbersHaveTheirPlace(scale: Int, height: Int) throws {
    let bar = ColorBar(colorMap: .bwr, evidence: .signed, limit: 0.0373, isClipped: true, levels: [])
    let figure = try bar.figure(height: height * scale, scale: scale)
    #expect(figure.height >= height * scale)
    let boxes = figure.texts.map(\.box).sorted { $0.y < $1.y }
    #expect(boxes.count >= 3)
    for (one, next) in zip(boxes, boxes.dropFirst()) { #expect(one.y + 0.8 * one.height <= next.y + 0.2 * next.height) }
    for box in boxes {
      #expect(box.x >= Double(23 * scale) && box.x + box.width <= Double(figure.width) && box.y >= 0)
      #expect(box.y + box.height <= Double(figure.height))
    }
    let zero = try #require(figure.texts.first { $0.text.lines[0].text == "0" })
    let middle = zero.box.y + zero.text.lines[0].baseline - TextBlock.capitalHeight * zero.text.size / 2
    // Half of the bar, from 31 units to 18 above the bottom.
    #expect(abs(middle - (Double(31 * scale) + Double(figure.height - 18 * scale)) / 2) <= Double(scale) / 2 + 0.5)
  }
}
