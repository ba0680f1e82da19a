import Images

extension Canvas {
  /// Marks what lies outside `rect` as not seen by the network: stripes from the bottom left to the top right, a light
  /// one beside a dark one so that they show on any ground, on pixels with (x + y) mod 10s in 0..<s (white) and s..<2s
  /// (black), each at 30 %.
  mutating func hatch(outside rect: PixelRect, scale: Int) {
    let period = 10 * scale
    for y in 0..<size.height {
      let seen = (rect.y..<rect.y + rect.height).contains(y) ? rect.x..<rect.x + rect.width : 0..<0
      for columns in [0..<seen.lowerBound, seen.upperBound..<size.width] {
        for x in columns {
          let stripe = (x + y) % period
          if stripe < 2 * scale { lay(stripe < scale ? .white : .black, at: (x, y), opacity: 76) }
        }
      }
    }
  }
}

/// How the part of the photograph that the network did not see is drawn.
package enum UnseenStyle: String, Hashable, Sendable, CaseIterable {
  /// Under subtle stripes: "not seen" must not be taken for "seen, and of no weight".
  case hatched
  /// As it is.
  case plain
}
