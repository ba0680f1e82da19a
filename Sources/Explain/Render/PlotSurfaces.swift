import Images

/// What a plot is drawn on, in units from the top left.
protocol PlotSurface {
  /// - Parameter dashes: lengths drawn and left out in turn; empty for a whole line.
  mutating func draw(_ line: Polyline, width: Double, color: RGB8, dashes: [Double])
  /// - Parameters:
  ///   - opacity: 0 to 1.
  ///   - note: what the area stands for, where the surface can tell it apart.
  mutating func fill(_ area: PlotArea, color: RGB8, opacity: Double, note: PlotNote?)
  /// - Parameter place: the beginning, middle or end of the baseline.
  mutating func write(_ text: String, at place: PlanePoint, anchor: TextAnchor, isUpwards: Bool, color: RGB8)
}

extension PlotSurface {
  mutating func write(_ text: String, at place: PlanePoint, anchor: TextAnchor, isUpwards: Bool = false) {
    write(text, at: place, anchor: anchor, isUpwards: isUpwards, color: .black)
  }
}

enum TextAnchor: String {
  case start, middle, end
}

/// A rectangle of a plot.
struct PlotArea {
  var x: Double
  var y: Double
  var width: Double
  var height: Double
}

/// What a reader who points at an area is told, and where a click leads.
struct PlotNote {
  var text: String
  /// An address; nil where there is nothing to go to.
  var link: String?
}

/// Writes what is drawn as SVG elements.
struct SVGSurface: PlotSurface {
  private var elements: [String] = []

  mutating func draw(_ line: Polyline, width: Double, color: RGB8, dashes: [Double]) {
    let points = line.map { "\(hundredths($0.x)),\(hundredths($0.y))" }.joined(separator: " ")
    let pattern = dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes.map(hundredths).joined(separator: " "))\""
    elements.append(
      "<polyline points=\"\(points)\" stroke=\"\(hex(color))\" stroke-width=\"\(hundredths(width))\"\(pattern)/>")
  }

  mutating func fill(_ area: PlotArea, color: RGB8, opacity: Double, note: PlotNote?) {
    let place = "x=\"\(hundredths(area.x))\" y=\"\(hundredths(area.y))\""
    let size = "width=\"\(hundredths(area.width))\" height=\"\(hundredths(area.height))\""
    let paint = "fill=\"\(hex(color))\"" + (opacity < 1 ? " fill-opacity=\"\(hundredths(opacity))\"" : "")
    let title = note.map { "><title>\(escaped($0.text))</title></rect>" } ?? "/>"
    let rect = "<rect \(place) \(size) \(paint)\(title)"
    elements.append(note?.link.map { "<a href=\"\(escaped($0))\">\(rect)</a>" } ?? rect)
  }

  mutating func write(_ text: String, at place: PlanePoint, anchor: TextAnchor, isUpwards: Bool, color: RGB8) {
    let (x, y) = (hundredths(place.x), hundredths(place.y))
    let turn = isUpwards ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
    elements.append(
      "<text x=\"\(x)\" y=\"\(y)\" fill=\"\(hex(color))\" text-anchor=\"\(anchor.rawValue)\"\(turn)>\(escaped(text))</text>"
    )
  }

  func document(width: Int, height: Int, title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
    role="img" fill="none" stroke-linecap="round" stroke-linejoin="round" font-family="sans-serif" font-size="11">
    <title>\(escaped(title))</title>
    <rect width="\(width)" height="\(height)" fill="#ffffff"/>
    \(elements.joined(separator: "\n"))
    </svg>

    """
  }
}

/// A number with at most two digits behind the point.
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

/// The text as it may stand in an element: XML's own signs escaped, and U+FFFD for the control characters that XML 1.0
/// (section 2.2) does not allow even so.
private func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\t", "\n", "\r": result += " "
    case "\0"..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

/// Draws on pixels, `scale` of them to a unit.
struct PixelSurface: PlotSurface {
  private(set) var canvas: Canvas
  let scale: Int

  mutating func draw(_ line: Polyline, width: Double, color: RGB8, dashes: [Double]) {
    let unit = Double(scale)
    let placed = line.map { PlanePoint(x: $0.x * unit, y: $0.y * unit) }
    var mask = CoverageMask(of: bounds(of: placed, border: width * unit))
    for piece in dashed(placed, dashes.map { $0 * unit }) { mask.stroke(piece, width: width * unit) }
    canvas.lay(color, through: mask)
  }

  mutating func fill(_ area: PlotArea, color: RGB8, opacity: Double, note: PlotNote?) {
    func pixels(_ start: Double, _ length: Double, _ count: Int) -> Range<Int> {
      let first = min(max(Int((start * Double(scale)).rounded()), 0), count)
      return first..<min(max(Int(((start + length) * Double(scale)).rounded()), first), count)
    }
    let columns = pixels(area.x, area.width, canvas.size.width)
    for y in pixels(area.y, area.height, canvas.size.height) {
      for x in columns { canvas.lay(color, at: (x, y), opacity: Int((255 * opacity).rounded())) }
    }
  }

  /// The pixels of the canvas that a line with a border touches.
  private func bounds(of line: Polyline, border: Double) -> PixelRect {
    func pixels(_ places: [Double], _ count: Int) -> Range<Int> {
      let low = min(max((places.min() ?? 0) - border, 0), Double(count))
      let high = min(max((places.max() ?? 0) + border, low), Double(count))
      return Int(low.rounded(.down))..<Int(high.rounded(.up))
    }
    let (x, y) = (pixels(line.map(\.x), canvas.size.width), pixels(line.map(\.y), canvas.size.height))
    return PixelRect(x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count)
  }

  mutating func write(_ text: String, at place: PlanePoint, anchor: TextAnchor, isUpwards: Bool, color: RGB8) {
    let length = DotFont.width(of: text) * scale
    let before =
      switch anchor {
      case .start: 0
      case .middle: length / 2
      case .end: length
      }
    let x = Int((place.x * Double(scale)).rounded())
    let y = Int((place.y * Double(scale)).rounded())
    let ascent = DotFont.ascent * scale
    if isUpwards {
      canvas.writeUpwards(text, at: (x - ascent, y + before - 1), scale: scale, color: color)
    } else {
      canvas.write(text, at: (x - before, y - ascent), scale: scale, color: color)
    }
  }
}
