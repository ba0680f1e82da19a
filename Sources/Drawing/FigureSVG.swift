import Images

extension Figure {
  /// A standalone SVG 1.1 document in UTF-8.
  ///
  /// Texts are texts, for those who search, copy or listen to them, each line as long as it was measured whatever font
  /// the reader has.
  package func svg() -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
    role="img" fill="none" stroke-linecap="round" stroke-linejoin="round" \
    font-family="'DejaVu Sans', Verdana, sans-serif">
    <title>\(escaped(title))</title>
    <rect width="\(width)" height="\(height)" fill="#ffffff"/>
    \(elements.flatMap(markup).joined(separator: "\n"))
    </svg>

    """
  }

  private func markup(of element: Element) -> [String] {
    switch element {
    case .fill(let box, let color, let opacity, let note):
      let place = "x=\"\(hundredths(box.x))\" y=\"\(hundredths(box.y))\""
      let size = "width=\"\(hundredths(box.width))\" height=\"\(hundredths(box.height))\""
      let paint = "fill=\"\(hex(color))\"" + (opacity < 1 ? " fill-opacity=\"\(hundredths(opacity))\"" : "")
      let title = note.map { "><title>\(escaped($0.text))</title></rect>" } ?? "/>"
      let rect = "<rect \(place) \(size) \(paint)\(title)"
      return [note?.link.map { "<a href=\"\(escaped($0))\">\(rect)</a>" } ?? rect]
    case .stroke(let line, let width, let color, let dashes):
      let points = line.map { "\(hundredths($0.x)),\(hundredths($0.y))" }.joined(separator: " ")
      let pattern = dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes.map(hundredths).joined(separator: " "))\""
      return [
        "<polyline points=\"\(points)\" stroke=\"\(hex(color))\" stroke-width=\"\(hundredths(width))\"\(pattern)/>"
      ]
    case .text(let text, let corner, let isUpwards, let color, let border):
      return Element.baselines(of: text, at: corner, isUpwards: isUpwards).compactMap { line, place in
        guard !line.text.isEmpty else { return nil }
        let (x, y) = (hundredths(place.x), hundredths(place.y))
        // The place is the line's left end, which is where a line from right to left ends.
        let direction = line.isRightToLeft ? " direction=\"rtl\" text-anchor=\"end\"" : ""
        let turn = isUpwards ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
        let edge =
          border.map {
            " stroke=\"\(hex($0.color))\" stroke-width=\"\(hundredths(2 * $0.width))\" paint-order=\"stroke\""
          } ?? ""
        let length = "textLength=\"\(hundredths(line.width))\" lengthAdjust=\"spacingAndGlyphs\""
        return "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(hundredths(text.size))\" \(length) fill=\"\(hex(color))\""
          + "\(edge)\(direction)\(turn)>\(escaped(line.text))</text>"
      }
    }
  }
}

/// A number with at most two decimals.
private func hundredths(_ value: Double) -> String {
  let rounded = Int((100 * value).rounded())
  let (whole, part) = abs(rounded).quotientAndRemainder(dividingBy: 100)
  let sign = rounded < 0 ? "-" : ""
  guard part != 0 else { return "\(sign)\(whole)" }
  return "\(sign)\(whole).\(part < 10 ? "0" : "")\(part % 10 == 0 ? part / 10 : part)"
}

private func hex(_ color: RGB8) -> String {
  "#" + [color.red, color.green, color.blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The text as it may stand in an element or an attribute: XML's own signs escaped, by Unicode scalar, since a
/// quotation mark with an accent is another character than a quotation mark.
private func escaped(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in printable(text).unicodeScalars {
    switch scalar {
    case "&": result.append(contentsOf: "&amp;".unicodeScalars)
    case "<": result.append(contentsOf: "&lt;".unicodeScalars)
    case ">": result.append(contentsOf: "&gt;".unicodeScalars)
    case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
    default: result.append(scalar)
    }
  }
  return String(result)
}
