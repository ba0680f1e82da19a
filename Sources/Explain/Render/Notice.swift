import Images

extension SaliencyMap {
  /// What a picture of this evidence says instead of showing the map, where it has nothing of the kind; nil where it has.
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
  /// Writes a notice into the middle of a rectangle: white with a black border, in lines as wide as nine tenths of it and
  /// letters as large as fit, at most a twentieth of its height. Where not even the smallest fit, nothing is written.
  mutating func write(notice: String, in rect: PixelRect) {
    let largest = max(1, rect.height / (20 * DotFont.ascent))
    for scale in stride(from: largest, through: 1, by: -1) {
      let columns = (9 * rect.width / 10 / scale + 1) / DotFont.advance
      guard let lines = wrapped(notice, columns: columns) else { continue }
      let lineHeight = (DotFont.height + 3) * scale
      guard lines.count * lineHeight <= rect.height else { continue }
      var y = rect.y + (rect.height - lines.count * lineHeight) / 2
      for line in lines {
        let x = rect.x + (rect.width - DotFont.width(of: line) * scale) / 2
        write(line, at: (x, y), scale: scale, color: .white, border: .black)
        y += lineHeight
      }
      return
    }
  }
}

/// The words in as few lines of at most so many letters as will do, the lines about as long as each other; nil where a
/// word is longer.
private func wrapped(_ text: String, columns: Int) -> [String]? {
  guard var lines = filled(text, columns: columns) else { return nil }
  for narrower in stride(from: columns - 1, to: 0, by: -1) {
    guard let next = filled(text, columns: narrower), next.count == lines.count else { break }
    lines = next
  }
  return lines
}

/// The words in lines of at most so many letters, each line as full as it can be; nil where a word is longer.
func filled(_ text: String, columns: Int) -> [String]? {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    guard word.count <= columns else { return nil }
    if let last = lines.last, last.count + 1 + word.count <= columns {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines
}
