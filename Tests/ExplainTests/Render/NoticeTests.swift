import Drawing
import Images
import Testing

@testable import Explain

@Suite struct NoticeTests {
  static let notices: [(values: [Float], evidence: Evidence, notice: String?)] = [
    ([1, 2, -3, 4], .positive, nil), ([1, 2, -3, 4], .negative, nil), ([1, 2, -3, 4], .signed, nil),
    ([-1, -2, -3, 0], .positive, "no positive evidence: nothing here speaks for the class"),
    ([-1, -2, -3, 0], .negative, nil), ([-1, -2, -3, 0], .signed, nil),
    ([1, 2, 3, 0], .negative, "no negative evidence: nothing here speaks against the class"),
    // A millionth of the map is rounding.
    ([1, 2, 3, -1e-7], .negative, "no negative evidence: nothing here speaks against the class"),
    ([1, 2, 3, 0], .positive, nil),
    ([5, 5, 5, 5], .positive, "flat map: no place stands out"),
    ([5, 5, 5, 5], .negative, "flat map: no place stands out"),
    ([0, 0, 0, 0], .signed, "flat map: no place stands out"),
  ]

  @Test(arguments: notices)
  func aMapThatHasNothingOfTheEvidenceSaysSo(values: [Float], evidence: Evidence, notice: String?) {
    #expect(SaliencyMap(width: 2, height: 2, values: values).notice(for: evidence) == notice)
  }

  private static let ground = RGB8(red: 128, green: 128, blue: 128)

  /// Rows of a picture that hold other pixels than the ground, and the columns that they reach.
  private func written(_ image: RGBImage, _ notice: String, in rect: PixelRect) throws -> [Int: ClosedRange<Int>] {
    var canvas = Canvas(image)
    try canvas.write(notice: notice, in: rect)
    var rows: [Int: ClosedRange<Int>] = [:]
    for y in 0..<image.height {
      let columns = (0..<image.width).filter { canvas.rgb.pixels[3 * (y * image.width + $0)] != Self.ground.red }
      if let first = columns.first, let last = columns.last { rows[y] = first...last }
    }
    return rows
  }

  private func ground(_ width: Int, _ height: Int) -> RGBImage {
    Canvas(size: ImageSize(width: width, height: height), filledWith: Self.ground).rgb
  }

  @Test func theWordsStandInTheMiddleInLinesOfLikeLength() throws {
    let rect = PixelRect(x: 20, y: 10, width: 150, height: 100)
    let rows = try written(ground(200, 140), "no positive evidence: nothing here", in: rect)
    let (top, bottom) = (try #require(rows.keys.min()), try #require(rows.keys.max()))
    // About as far from the top of the rectangle as from its bottom, and all within nine tenths of its width.
    #expect(abs((top - 10) - (110 - 1 - bottom)) <= 4)
    let (left, right) = (rows.values.map(\.lowerBound).min()!, rows.values.map(\.upperBound).max()!)
    #expect(abs((left - 20) - (170 - 1 - right)) <= 3 && right - left < 135)
    // Two lines, "no positive evidence:" and "nothing here", or as long as each other: the narrower is more than half
    // of the wider.
    let middle = (top + bottom) / 2
    func width(_ part: ClosedRange<Int>) -> Int {
      let lines = part.compactMap { rows[$0] }
      return lines.map(\.upperBound).max()! - lines.map(\.lowerBound).min()!
    }
    let (first, second) = (width(top...middle - 2), width(middle + 2...bottom))
    #expect(min(first, second) * 2 > max(first, second))
  }

  @Test func lettersGrowWithThePlace() throws {
    let rows = try written(ground(1000, 420), "HH", in: PixelRect(x: 0, y: 0, width: 1000, height: 420))
    // A twentieth of 420 for a capital, and a ninth of its em for the border above and below.
    let height = rows.keys.max()! - rows.keys.min()! + 1
    #expect((26...30).contains(height))
  }

  @Test func lettersAreWhiteInABlackBorder() throws {
    // A ground that no mixture of black and white is.
    let ground: [UInt8] = [10, 200, 90]
    var canvas = Canvas(
      RGBImage(
        size: ImageSize(width: 600, height: 600), pixels: (0..<600 * 600).flatMap { _ in ground }))
    try canvas.write(notice: "flat map: no place stands out", in: PixelRect(x: 0, y: 0, width: 600, height: 600))
    let pixels = canvas.rgb.pixels
    let isWhite = (0..<600 * 600).map { pixels[3 * $0] == 255 && pixels[3 * $0 + 1] == 255 }
    let isGround = (0..<600 * 600).map { Array(pixels[3 * $0..<3 * $0 + 3]) == ground }
    let blacks = (0..<600 * 600).count { pixels[3 * $0] == 0 && pixels[3 * $0 + 1] == 0 }
    #expect(isWhite.count { $0 } > 100 && blacks > 300)
    // No white pixel touches the ground.
    for place in 601..<600 * 599 where isWhite[place] {
      #expect(![place - 1, place + 1, place - 600, place + 600].contains { isGround[$0] })
    }
  }

  @Test(arguments: [PixelRect(x: 2, y: 2, width: 20, height: 40), PixelRect(x: 2, y: 2, width: 90, height: 11)])
  func whereTheWordsDoNotFitNothingIsWritten(rect: PixelRect) throws {
    var canvas = Canvas(size: ImageSize(width: 100, height: 50), filledWith: .white)
    let before = canvas.rgb
    try canvas.write(notice: "flat map: no place stands out", in: rect)
    #expect(canvas.rgb == before)
  }
}
