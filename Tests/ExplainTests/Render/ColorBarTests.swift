import Images
import Testing

@testable import Explain

@Suite struct ColorBarTests {
  private let picture = RGBImage(size: ImageSize(width: 3, height: 150), pixels: [UInt8](repeating: 9, count: 1350))

  @Test func theBarRunsFromTheFirstColorAtTheBottomToTheLastAtTheTop() {
    let image = bar(limit: 1).beside(picture, scale: 1)
    // Inside the bar's columns, away from the ticks of zero: rows 19 (margin, a line and a half) to 139.
    let column = (0..<150).map { pixel(image, 12, $0) }
    #expect(column[..<19].allSatisfy { $0 == .white })
    #expect(column[19] == RGB8(red: 254, green: 254, blue: 254))
    #expect(column[79] == RGB8(red: 128, green: 128, blue: 128))
    #expect(column[139] == RGB8(red: 1, green: 1, blue: 1))
    #expect(column[141...].allSatisfy { $0 == .white })
    #expect((0..<150).allSatisfy { pixel(image, 2, $0) == RGB8(red: 9, green: 9, blue: 9) })
  }

  @Test func zeroIsMarkedAcrossTheBar() {
    let positive = bar(limit: 1).beside(picture, scale: 1)
    #expect((6..<24).allSatisfy { pixel(positive, $0, 140) == .black })
    let signed = bar(.bwr, .signed, limit: 1).beside(picture, scale: 1)
    // Half of 19...140.
    let middle = 19 + (140 - 19 + 1) / 2
    #expect((6..<24).allSatisfy { pixel(signed, $0, middle) == .black })
    #expect(pixel(signed, 12, 19).red == 255 && pixel(signed, 12, 139).blue == 255)
  }

  @Test func numbersAreInTheMapsUnits() {
    #expect(labels(bar(limit: 0.0073)) == ["1e-3", "6", "4", "2", "0"])
    #expect(labels(bar(limit: 2)) == ["2", "1.5", "1", "0.5", "0"])
    #expect(labels(bar(.inferno, .negative, limit: 2)) == ["-2", "-1.5", "-1", "-0.5", "0"])
    #expect(labels(bar(.bwr, .signed, limit: 2)) == ["2", "1", "0", "-1", "-2"])
    #expect(labels(bar(limit: 0)) == ["0"])
  }

  @Test func aTickStandsAtItsColor() {
    // 1.5 of 2 is three quarters of the way up 121 rows from 140.
    let image = bar(limit: 2).beside(picture, scale: 1)
    let y = 19 + Int((0.25 * 121).rounded())
    #expect((21..<24).allSatisfy { pixel(image, $0, y) == .black })
    #expect((21..<24).allSatisfy { pixel(image, $0, y + 1) == .white && pixel(image, $0, y - 1) == .white })
  }

  @Test func aClippedRangeEndsInAPoint() {
    let clipped = ColorBar(colorMap: .viridis, evidence: .positive, limit: 1, isClipped: true, levels: [])
    let image = clipped.beside(picture, scale: 1)
    let last = ColorMap.viridis.table[255]
    // Six rows above the bar, each two pixels narrower.
    for row in 0..<5 {
      let y = 24 - row
      #expect((10 + row..<20 - row).allSatisfy { pixel(image, $0, y) == last })
      #expect(pixel(image, 9 + row, y) == .white && pixel(image, 20 - row, y) == .white)
    }
    let signed = ColorBar(colorMap: .bwr, evidence: .signed, limit: 1, isClipped: true, levels: [])
    let both = signed.beside(picture, scale: 1)
    #expect(pixel(both, 14, 22).red == 255 && pixel(both, 14, 22).blue == 0)
    #expect(pixel(both, 14, 137).blue == 255 && pixel(both, 14, 137).red == 0)
  }

  @Test func levelsOfContourLinesAreMarked() {
    let image = ColorBar(colorMap: .viridis, evidence: .positive, limit: 1, isClipped: false, levels: [0.5])
      .beside(picture, scale: 1)
    let y = 19 + 61
    #expect((9..<21).allSatisfy { pixel(image, $0, y) == .white })
    #expect((9..<21).allSatisfy { pixel(image, $0, y - 1) == .black && pixel(image, $0, y + 1) == .black })
  }

  @Test func aSmallPictureGetsABarThatCanBeRead() {
    let small = RGBImage(size: ImageSize(width: 5, height: 4), pixels: [UInt8](repeating: 9, count: 60))
    let image = bar(limit: 1).beside(small, scale: 2)
    #expect(image.height == 144)
    #expect(pixel(image, 4, 3) == RGB8(red: 9, green: 9, blue: 9))
    #expect(pixel(image, 4, 4) == .white)
  }

  /// However low the picture is: both ends and zero.
  @Test func aSignedBarHasNumbersBesideItsZero() {
    let flat = RGBImage(size: ImageSize(width: 900, height: 40), pixels: [UInt8](repeating: 9, count: 108_000))
    let image = bar(.coolwarm, .signed, limit: 1).beside(flat, scale: 1)
    let left = 900 + 6 + 12 + 3 + 2
    let written = (0..<image.height).map { y in (left..<image.width).contains { pixel(image, $0, y) == .black } }
    #expect(zip([false] + written, written).count { !$0 && $1 } == 3)
  }

  private func bar(_ map: ColorMap = .gray, _ evidence: Evidence = .positive, limit: Double) -> ColorBar {
    ColorBar(colorMap: map, evidence: evidence, limit: limit, isClipped: false, levels: [])
  }

  private func pixel(_ image: RGBImage, _ x: Int, _ y: Int) -> RGB8 {
    let index = 3 * (y * image.width + x)
    return RGB8(red: image.pixels[index], green: image.pixels[index + 1], blue: image.pixels[index + 2])
  }

  /// Reads what is written to the right of the bar, from the top: letters are looked for row by row.
  private func labels(_ bar: ColorBar) -> [String] {
    let image = bar.beside(picture, scale: 1)
    let left = 3 + 6 + 12 + 3 + 2
    var found: [String] = []
    var y = 0
    while y + DotFont.ascent <= image.height {
      let text = String(
        stride(from: left, to: image.width - DotFont.width, by: DotFont.advance).map { x in
          letter(image, x, y) ?? "?"
        })
      let trimmed = text.split(separator: " ").joined()
      if !trimmed.isEmpty && !trimmed.contains("?") {
        found.append(trimmed)
        y += DotFont.ascent
      } else {
        y += 1
      }
    }
    return found
  }

  private func letter(_ image: RGBImage, _ x: Int, _ y: Int) -> Character? {
    let rows = (0..<DotFont.ascent).map { row in
      (0..<DotFont.width).reduce(UInt8(0)) { $0 << 1 | (pixel(image, x + $1, y + row) == .black ? 1 : 0) }
    }
    return "0123456789.e- ".first { Array(DotFont.rows(of: $0).prefix(DotFont.ascent)) == rows }
  }
}
