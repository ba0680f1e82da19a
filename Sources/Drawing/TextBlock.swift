import CDrawing

/// A text set in lines, with what it measures: letters of Gaze Sans, and of the machine's fonts where that has none.
package struct TextBlock: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package let text: String
    /// From the left of the block to the line's left end.
    package let x: Double
    /// From the top of the block.
    package let baseline: Double
    /// The sum of the letters' advances.
    package let width: Double
    package let isRightToLeft: Bool
  }

  package enum Direction: Hashable, Sendable {
    /// That of the first letter that has one.
    case ofText
    /// Of a sentence in English, whatever names are in it; see `isolated`.
    case leftToRight
  }

  package let lines: [Line]
  /// Of the font: of the em square.
  package let size: Double
  /// All that letters cover lies within, and so do their advances and line heights.
  package let width: Double
  package let height: Double
  /// Whether part of the text was left out.
  package let isCut: Bool
  /// Characters that no font has: boxes with their codes stand for them.
  package let unknown: Int

  /// The height of Gaze Sans's capitals and digits above the baseline, in ems.
  package static let capitalHeight = 0.729

  /// - Parameters:
  ///   - text: plain text, never markup; see `printable` for what is shown of control characters.
  ///   - ending: stays after the text, whatever is left out of it.
  ///   - size: of the font.
  ///   - limit: the width of the lines; nil for one line of any length.
  ///   - lines: the most lines; what does not fit ends in an ellipsis.
  ///   - isCentred: whether lines are centred in the block; else they begin where the text does.
  ///   - breaksWords: whether a word wider than the limit is broken; else the block is wider.
  /// - Throws: where the libraries are not on the machine.
  package init(
    _ text: String, ending: String = "", size: Double, within limit: Double? = nil, lines: Int = 1,
    isCentred: Bool = false, breaksWords: Bool = true, direction: Direction = .ofText
  ) throws(DrawingError) {
    self = try Fonts.lend { fonts in
      func set(_ text: String, isCut: Bool) -> TextBlock {
        let bytes = Array(printable(text + ending).utf8)
        let block = bytes.withUnsafeBytes {
          cdrawing_set_text(
            fonts, $0.bindMemory(to: CChar.self).baseAddress, $0.count, size, limit ?? -1, breaksWords ? 1 : 0,
            isCentred ? 1 : 0, direction == .leftToRight ? 1 : 0)
        }
        guard let block else { fatalError("TextBlock: out of memory") }
        defer { cdrawing_block_free(block) }
        return TextBlock(block.pointee, of: bytes, size: size, isCut: isCut)
      }
      let whole = set(text, isCut: false)
      guard limit != nil && whole.lines.count > lines else { return whole }
      // The longest beginning that fits, by halving.
      let characters = Array(printable(text))
      var (fitting, tooLong) = (0, characters.count)
      func cut(_ count: Int) -> TextBlock {
        var start = characters[..<count]
        while start.last == " " { start.removeLast() }
        return set(String(start) + "…", isCut: true)
      }
      while tooLong - fitting > 1 {
        let middle = (fitting + tooLong) / 2
        if cut(middle).lines.count <= lines { fitting = middle } else { tooLong = middle }
      }
      return cut(fitting)
    }
  }

  private init(_ block: cdrawing_block, of bytes: [UInt8], size: Double, isCut: Bool) {
    let measured = UnsafeBufferPointer(start: block.lines, count: block.line_count)
    // Letters may lean out of their advances, and marks pile up over their line.
    let left = measured.map { min($0.x, $0.ink_left) }.min() ?? 0
    let top = min(measured.map(\.ink_top).min() ?? 0, 0)
    lines = measured.map { line in
      var text = String(decoding: bytes[line.start..<line.start + line.count], as: UTF8.self)
      while text.last == " " { text.removeLast() }
      return Line(
        text: text, x: line.x - left, baseline: line.baseline - top, width: line.width,
        isRightToLeft: line.is_right_to_left != 0)
    }
    self.size = size
    width = max(block.width, measured.map(\.ink_right).max() ?? 0) - left
    height = max(block.height, measured.map(\.ink_bottom).max() ?? 0) - top
    self.isCut = isCut
    unknown = Int(block.unknown)
  }
}
