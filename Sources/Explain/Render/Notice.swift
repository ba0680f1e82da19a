import Drawing
import Images

extension SaliencyMap {
  /// What a picture of this evidence says instead of showing the map, where it has nothing of the kind; nil where it
  /// has.
  package func notice(for evidence: Evidence) -> String? {
    switch (status, evidence) {
    case (.flat, _):
      "flat map: no place stands out"
    case (.noPositiveEvidence, .positive):
      "no positive evidence: nothing here speaks for the class"
    case (_, .negative) where turned().status != .ok:
      "no negative evidence: nothing here speaks against the class"
    default:
      nil
    }
  }
}

extension Canvas {
  /// Writes a notice into the middle of a rectangle: white with a black border, in lines as wide as nine tenths of it
  /// and letters as large as fit, capitals at most a twentieth of its height. Where not even the smallest fit, nothing
  /// is written.
  ///
  /// - Throws: where the libraries that draw letters are not on the machine.
  mutating func write(notice: String, in rect: PixelRect) throws(DrawingError) {
    let smallest = 9.0
    let width = min(0.9 * Double(rect.width), 30_000)
    guard width >= smallest && Double(rect.height) >= smallest else { return }
    var size = min(max(smallest, (Double(rect.height) / 20 / TextBlock.capitalHeight).rounded()), 500)
    while size >= smallest {
      let border = max(1, size / 9)
      let text = try balanced(notice, size: size, within: width - 2 * border)
      if text.width + 2 * border <= width && text.height + 2 * border <= Double(rect.height) {
        let margin = Int(border.rounded(.up)) + 1
        var figure = Figure(
          width: Int(text.width.rounded(.up)) + 2 * margin, height: Int(text.height.rounded(.up)) + 2 * margin,
          title: notice)
        figure.write(
          text, at: PlanePoint(x: Double(margin), y: Double(margin)), TextAnchor(.left, .top), color: .white,
          border: Figure.Border(width: border, color: .black))
        lay(
          try figure.layer(), x: rect.x + (rect.width - figure.width) / 2,
          y: rect.y + (rect.height - figure.height) / 2)
        return
      }
      size = size > smallest ? max(smallest, (size * 0.9).rounded(.down)) : 0
    }
  }
}

/// The text in as few whole words' lines of at most this width as will do, centred, the lines about as long as each
/// other.
private func balanced(_ text: String, size: Double, within width: Double) throws(DrawingError) -> TextBlock {
  func set(_ width: Double) throws(DrawingError) -> TextBlock {
    try TextBlock(text, size: size, within: width, lines: .max, isCentred: true, breaksWords: false)
  }
  var result = try set(width)
  var (narrow, wide) = (0.0, min(width, result.width))
  while wide - narrow > 1 {
    let middle = (narrow + wide) / 2
    let next = try set(middle)
    if next.lines.count == result.lines.count && next.width <= middle {
      (result, wide) = (next, middle)
    } else {
      narrow = middle
    }
  }
  return result
}
