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

  @Test func theWordsStandInTheMiddleInLinesOfLikeLength() {
    let ground = RGB8(red: 128, green: 128, blue: 128)
    var canvas = Canvas(size: ImageSize(width: 90, height: 60), filledWith: ground)
    let rect = PixelRect(x: 10, y: 8, width: 70, height: 40)
    canvas.write(notice: "flat map: no place", in: rect)
    var expected = Canvas(size: canvas.size, filledWith: ground)
    // Ten letters fit in nine tenths of 70: "flat map:" and "no place" are 53 and 47 dots of 70.
    expected.write("flat map:", at: (18, 16), scale: 1, color: .white, border: .black)
    expected.write("no place", at: (21, 28), scale: 1, color: .white, border: .black)
    #expect(art(canvas.rgb) == art(expected.rgb))
  }

  @Test func lettersGrowWithThePlace() {
    var canvas = Canvas(size: ImageSize(width: 1000, height: 420), filledWith: .black)
    canvas.write(notice: "flat", in: PixelRect(x: 0, y: 0, width: 1000, height: 420))
    // A twentieth of 420 is three dots for each of seven rows.
    let rows = art(canvas.rgb).indices.filter { art(canvas.rgb)[$0].contains(".") }
    #expect(rows.count == 21)
  }

  @Test(arguments: [PixelRect(x: 2, y: 2, width: 20, height: 40), PixelRect(x: 2, y: 2, width: 90, height: 11)])
  func whereTheWordsDoNotFitNothingIsWritten(rect: PixelRect) {
    var canvas = Canvas(size: ImageSize(width: 100, height: 50), filledWith: .white)
    let before = canvas.rgb
    canvas.write(notice: "flat map: no place stands out", in: rect)
    #expect(canvas.rgb == before)
  }
}
