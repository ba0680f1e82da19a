package import Images

/// A point of a picture: (0, 0) is the top left corner of the top left pixel, whose centre is (½, ½).
package struct PlanePoint: Hashable, Sendable {
  package var x: Double
  package var y: Double

  package init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// Points joined in their order by straight lines; a closed line repeats its first point at its end.
package typealias Polyline = [PlanePoint]

/// An upright rectangle.
package struct Box: Hashable, Sendable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// Its edge from the top left corner clockwise, closed.
  package var outline: Polyline {
    [
      PlanePoint(x: x, y: y), PlanePoint(x: x + width, y: y), PlanePoint(x: x + width, y: y + height),
      PlanePoint(x: x, y: y + height), PlanePoint(x: x, y: y),
    ]
  }
}

/// What a reader who points at an area is told, and where a click leads, in an SVG.
package struct Note: Hashable, Sendable {
  package var text: String
  /// An address; nil where there is nothing to go to.
  package var link: String?

  package init(text: String, link: String? = nil) {
    self.text = text
    self.link = link
  }
}

/// Which point of a text lies where it is written.
package struct TextAnchor: Hashable, Sendable {
  package enum Horizontal: Hashable, Sendable { case left, middle, right }
  package enum Vertical: Hashable, Sendable {
    case top
    /// Halfway between the top of the first line's capitals and the last baseline.
    case middle
    /// Of the last line.
    case baseline
    case bottom
  }

  package var horizontal: Horizontal
  package var vertical: Vertical

  package init(_ horizontal: Horizontal, _ vertical: Vertical) {
    self.horizontal = horizontal
    self.vertical = vertical
  }
}

/// Lines, areas and texts, the later over the earlier, in units from the top left. One code draws it as pixels (`rgb`),
/// as SVG and as PDF; the same figure gives the same bytes on one machine.
package struct Figure: Hashable, Sendable {
  enum Element: Hashable, Sendable {
    case fill(Box, RGB8, opacity: Double, Note?)
    case stroke(Polyline, width: Double, RGB8, dashes: [Double])
    /// The place is of the block's top left corner; where it runs upwards, of the bottom left corner of what it covers.
    case text(TextBlock, PlanePoint, isUpwards: Bool, RGB8, border: Border?)
  }

  /// A line around letters, to be read on any ground.
  package struct Border: Hashable, Sendable {
    package var width: Double
    package var color: RGB8

    package init(width: Double, color: RGB8) {
      self.width = width
      self.color = color
    }
  }

  /// In units.
  package let width: Int
  package let height: Int
  /// What it shows, for those who cannot see it.
  package let title: String
  private(set) var elements: [Element] = []

  package init(width: Int, height: Int, title: String) {
    precondition(width > 0 && height > 0, "Figure: \(width) by \(height) units")
    self.width = width
    self.height = height
    self.title = title
  }

  /// - Parameter opacity: 0 to 1.
  package mutating func fill(_ box: Box, _ color: RGB8, opacity: Double = 1, note: Note? = nil) {
    elements.append(.fill(box, color, opacity: opacity, note))
  }

  /// A line with round ends and joints; a line from a point to itself is a dot.
  ///
  /// - Parameter dashes: lengths drawn and left out in turn; empty for a whole line.
  package mutating func stroke(_ line: Polyline, width: Double, _ color: RGB8, dashes: [Double] = []) {
    elements.append(.stroke(line, width: width, color, dashes: dashes))
  }

  /// - Parameters:
  ///   - place: of the text's anchor.
  ///   - isUpwards: whether the text is turned by 90° against the clock around its anchor.
  package mutating func write(
    _ text: TextBlock, at place: PlanePoint, _ anchor: TextAnchor, isUpwards: Bool = false, color: RGB8 = .black,
    border: Border? = nil
  ) {
    // From the block's top left corner, along the text and down its lines.
    let along =
      switch anchor.horizontal {
      case .left: 0.0
      case .middle: text.width / 2
      case .right: text.width
      }
    let capitals = TextBlock.capitalHeight * text.size
    let (first, last) = (text.lines.first?.baseline ?? 0, text.lines.last?.baseline ?? 0)
    let down =
      switch anchor.vertical {
      case .top: 0.0
      case .middle: (first - capitals + last) / 2
      case .baseline: last
      case .bottom: text.height
      }
    let corner =
      isUpwards
      ? PlanePoint(x: place.x - down, y: place.y + along) : PlanePoint(x: place.x - along, y: place.y - down)
    elements.append(.text(text, corner, isUpwards: isUpwards, color, border: border))
  }

  /// The texts in the order in which they were written, with the boxes that they take up.
  package var texts: [(text: TextBlock, box: Box)] {
    elements.compactMap { element in
      guard case .text(let block, let corner, let isUpwards, _, _) = element else { return nil }
      return (
        block,
        isUpwards
          ? Box(x: corner.x, y: corner.y - block.width, width: block.height, height: block.width)
          : Box(x: corner.x, y: corner.y, width: block.width, height: block.height)
      )
    }
  }
}

extension Figure.Element {
  /// Where the lines of a text begin: the left ends of their baselines, as the text runs.
  static func baselines(of text: TextBlock, at corner: PlanePoint, isUpwards: Bool) -> [(TextBlock.Line, PlanePoint)] {
    text.lines.map { line in
      (
        line,
        isUpwards
          ? PlanePoint(x: corner.x + line.baseline, y: corner.y - line.x)
          : PlanePoint(x: corner.x + line.x, y: corner.y + line.baseline)
      )
    }
  }
}
