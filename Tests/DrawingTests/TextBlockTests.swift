import Images
import Testing

@testable import Drawing

/// Pixels of a figure that are not white: their bounds in units, nil where there are none.
func ink(of figure: Figure, scale: Int = 4) throws -> Box? {
  let image = try figure.rgb(scale: scale)
  var (left, top, right, bottom) = (image.width, image.height, -1, -1)
  for y in 0..<image.height {
    for x in 0..<image.width
    where image.pixels[3 * (y * image.width + x)..<3 * (y * image.width + x) + 3] != [255, 255, 255] {
      (left, right) = (min(left, x), max(right, x))
      (top, bottom) = (min(top, y), max(bottom, y))
    }
  }
  guard right >= 0 else { return nil }
  let unit = Double(scale)
  return Box(
    x: Double(left) / unit, y: Double(top) / unit, width: Double(right - left + 1) / unit,
    height: Double(bottom - top + 1) / unit)
}

@Suite("Text that is measured")
struct TextBlockTests {
  static let texts = [
    "Hamburgefonstiv", "fjord, Ångström, Ț, ÿ", "Ελληνικά ἄλφα", "Кириллица Щ", "قطة", "קמץ", "ça va ? Ỗ",
    "a\u{301}\u{308}\u{323}\u{30A}", "39.5 %", "漢字と仮名", "\u{E123}", "W\u{300}\u{301}\u{302}\u{303}\u{304}\u{306}",
  ]

  @Test(
    "All ink lies in the measured box, at every size and whichever way the text runs", arguments: texts, [7.0, 11, 40])
  func inkIsInside(text: String, size: Double) throws {
    let block = try TextBlock(text, size: size)
    for isUpwards in [false, true] {
      let (width, height) = isUpwards ? (block.height, block.width) : (block.width, block.height)
      let margin = 20.0
      var figure = Figure(width: Int(width) + 42, height: Int(height) + 42, title: "")
      figure.write(
        block, at: PlanePoint(x: margin, y: margin + (isUpwards ? height : 0)), TextAnchor(.left, .top),
        isUpwards: isUpwards)
      let ink = try #require(try ink(of: figure))
      // The baseline is put on a whole pixel, a quarter of a unit at most from its place.
      let slack = 0.3
      #expect(ink.x >= margin - slack && ink.x + ink.width <= margin + width + slack)
      #expect(ink.y >= margin - slack && ink.y + ink.height <= margin + height + slack)
      #expect(ink.width > 0.4 * width)
      #expect(figure.texts[0].box == Box(x: margin, y: margin, width: width, height: height))
    }
  }

  @Test("Gaze Sans has the letters of Latin, Greek, Cyrillic, Arabic and Hebrew", arguments: Array(texts[..<9]))
  func shippedFont(text: String) throws {
    #expect(try TextBlock(text, size: 11).unknown == 0)
  }

  @Test("Letters of other scripts come from the machine's fonts, or are boxes with their codes")
  func otherScripts() throws {
    let missing = try TextBlock("\u{E123}", size: 20)
    #expect(missing.unknown == 1 && missing.width > 5)
    let chinese = try TextBlock("漢", size: 20)
    if chinese.unknown == 0 {
      #expect(try pixels(chinese) != pixels(TextBlock("字", size: 20)))
      // A letter of its own, as wide as an em.
      #expect(abs(chinese.width - 20) < 3)
    } else {
      #expect(chinese.unknown == 1 && chinese.width > 5)
    }
  }

  @Test("Arabic letters are joined, and an accent stands on its letter")
  func shaping() throws {
    let alone = try ["ق", "ط", "ة"].map { try TextBlock($0, size: 20).width }.reduce(0, +)
    #expect(try TextBlock("قطة", size: 20).width < 0.95 * alone)
    #expect(try TextBlock("قطة", size: 20).lines[0].isRightToLeft)
    #expect(try pixels(TextBlock("e\u{301}", size: 20)) == pixels(TextBlock("é", size: 20)))
    #expect(try TextBlock("x\u{304}", size: 20).width == TextBlock("x", size: 20).width)
  }

  @Test("Widths grow with the size")
  func sizes() throws {
    let small = try TextBlock("Gaze", size: 10)
    let large = try TextBlock("Gaze", size: 30)
    #expect(abs(large.width - 3 * small.width) < 0.1 && abs(large.height - 3 * small.height) < 0.1)
    // A capital of DejaVu Sans is 1493 of 2048 high.
    var figure = Figure(width: 200, height: 200, title: "")
    figure.write(try TextBlock("H", size: 100), at: PlanePoint(x: 50, y: 150), TextAnchor(.left, .baseline))
    let box = try #require(try ink(of: figure))
    #expect(abs(box.height - 100 * TextBlock.capitalHeight) < 0.5 && abs(box.y + box.height - 150) < 0.3)
  }

  @Test("Lines are no wider than asked for; words longer than a line are broken, or left whole")
  func wrapping() throws {
    let text = "the quick brown fox jumps over the lazy dog"
    let block = try TextBlock(text, size: 10, within: 80, lines: 10)
    #expect(block.lines.count > 2 && block.lines.allSatisfy { $0.width <= 80 } && !block.isCut)
    #expect(block.lines.map(\.text).joined(separator: " ") == text)
    let word = "Donaudampfschifffahrt"
    #expect(try TextBlock(word, size: 10, within: 60, lines: 9).width <= 60)
    let whole = try TextBlock(word, size: 10, within: 60, lines: 9, breaksWords: false)
    #expect(whole.lines.count == 1 && whole.width > 60)
    #expect(try TextBlock("漢字漢字漢字漢字漢字", size: 10, within: 45, lines: 9).lines.count > 1)
  }

  @Test("What does not fit is left out, and its ending stays", arguments: [1, 2, 3])
  func ellipsis(lines: Int) throws {
    let text = String(repeating: "pneumonoultramicroscopic ", count: 30)
    let block = try TextBlock(text, ending: " 39.5 %", size: 10, within: 120, lines: lines)
    #expect(block.isCut && block.lines.count == lines && block.width <= 121)
    let shown = block.lines.map(\.text).joined(separator: " ")
    #expect(shown.hasPrefix("pneumono") && shown.contains("…") && shown.hasSuffix("39.5 %"))
    // No shorter than need be: the whole word after it would not fit.
    #expect(shown.count > 15 * lines - 6)
    #expect(try TextBlock(String(repeating: "m", count: 100_000), size: 10, within: 50).lines.count == 1)
  }

  @Test("Control characters are shown, never obeyed, and no text is markup")
  func plainText() throws {
    #expect(printable("a\nb\tc\r\nd") == "a b c d")
    #expect(printable("a\u{0}b\u{1B}c\u{202E}d\u{85}e") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d e")
    #expect(printable("x" + String(repeating: "\u{301}", count: 999)).unicodeScalars.count == 16)
    #expect(printable(String(repeating: "ab", count: 400)).count == 401)
    #expect(isolated("a\u{2069}b") == "\u{2068}a\u{FFFD}b\u{2069}")
    let block = try TextBlock("<b>x</b>\n&amp;", size: 10)
    #expect(block.lines.map(\.text) == ["<b>x</b> &amp;"])
  }

  @Test("An isolated name does not turn what stands around it")
  func isolation() throws {
    let block = try TextBlock(isolated("קמץ"), ending: " 39.5 %", size: 10, direction: .leftToRight)
    #expect(!block.lines[0].isRightToLeft)
    // The share is at the right, as it is after an English name.
    var figure = Figure(width: 120, height: 20, title: "")
    figure.write(block, at: PlanePoint(x: 0, y: 0), TextAnchor(.left, .top))
    var share = Figure(width: 120, height: 20, title: "")
    share.write(
      try TextBlock("39.5 %", size: 10), at: PlanePoint(x: block.width, y: 0), TextAnchor(.right, .top))
    let (all, own) = (try figure.rgb(scale: 1), try share.rgb(scale: 1))
    let left = Int(block.width - (try TextBlock("39.5 %", size: 10)).width) + 1
    for y in 0..<20 {
      for x in left..<120 {
        let difference = Int(all.pixels[3 * (120 * y + x)]) - Int(own.pixels[3 * (120 * y + x)])
        #expect(abs(difference) < 60)
      }
    }
  }

  @Test("A text of nothing has a line's height and no width")
  func empty() throws {
    let block = try TextBlock("", size: 10)
    #expect(block.width == 0 && block.height > 10 && block.lines.map(\.text) == [""])
    var figure = Figure(width: 9, height: 9, title: "")
    figure.write(block, at: PlanePoint(x: 4, y: 4), TextAnchor(.middle, .middle))
    #expect(try ink(of: figure) == nil)
    #expect(!figure.svg().contains("<text"))
  }

  private func pixels(_ block: TextBlock) throws -> [UInt8] {
    var figure = Figure(width: 40, height: 40, title: "")
    figure.write(block, at: PlanePoint(x: 4, y: 4), TextAnchor(.left, .top))
    return try figure.rgb().pixels
  }
}
