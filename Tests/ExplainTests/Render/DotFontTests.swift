import Testing

@testable import Explain

@Suite struct DotFontTests {
  private let printable = (32..<127).map { Character(Unicode.Scalar(UInt8($0))) }

  @Test func everyPrintableLetterHasItsOwnForm() {
    let forms = printable.map { Array(DotFont.rows(of: $0)) }
    #expect(Set(forms).count == 95)
    #expect(forms.allSatisfy { $0.count == DotFont.height && $0.allSatisfy { $0 < 1 << DotFont.width } })
    #expect(zip(printable, forms).filter { $1.allSatisfy { $0 == 0 } }.map(\.0) == [" "])
  }

  @Test func onlyLettersWithATailGoBelowTheLine() {
    let tailed = printable.filter { DotFont.rows(of: $0).suffix(2).contains { $0 != 0 } }
    #expect(String(tailed) == ",;_gjpqy|")
  }

  @Test(arguments: ["é", "\u{7F}", "\n", "漢", "👍🏽"] as [Character])
  func whatIsNotPrintableASCIIIsABox(character: Character) {
    #expect(Array(DotFont.rows(of: character)) == [31, 17, 17, 17, 17, 17, 31, 0, 0])
  }

  @Test func theLastLetterHasNoGapBehindIt() {
    #expect(DotFont.width(of: "") == 0)
    #expect(DotFont.width(of: "1") == 5)
    #expect(DotFont.width(of: "100") == 17)
  }
}
