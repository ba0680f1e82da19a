import Drawing
import Images

// The strokes of contour lines, which lie on the map itself: exact to the bit on every machine, and drawn whether or
// not Cairo is there.

/// How much of each pixel is covered, 0 to 255, in a part of a picture.
struct CoverageMask {
  let rect: PixelRect
  private(set) var coverage: [UInt8]

  init(of rect: PixelRect) {
    self.rect = rect
    coverage = [UInt8](repeating: 0, count: rect.width * rect.height)
  }

  /// Adds a line with round ends: a pixel whose centre lies d from it is covered by clamp(width/2 + ½ − d, 0, 1), and
  /// by the most that any of its pieces covers, so that joints are not darker than the rest.
  mutating func stroke(_ line: Polyline, width: Double) {
    for (start, end) in zip(line, line.dropFirst()) { stroke(from: start, to: end, radius: width / 2) }
  }

  private mutating func stroke(from start: PlanePoint, to end: PlanePoint, radius: Double) {
    let reach = radius + 0.5
    let columns = pixels(from: min(start.x, end.x) - reach, to: max(start.x, end.x) + reach, rect.x, rect.width)
    let rows = pixels(from: min(start.y, end.y) - reach, to: max(start.y, end.y) + reach, rect.y, rect.height)
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let squaredLength = dx * dx + dy * dy
    for row in rows {
      let py = Double(rect.y + row) + 0.5 - start.y
      for column in columns {
        let px = Double(rect.x + column) + 0.5 - start.x
        let along = squaredLength > 0 ? min(max((px * dx + py * dy) / squaredLength, 0), 1) : 0
        let (ox, oy) = (px - along * dx, py - along * dy)
        let covered = min(max(reach - (ox * ox + oy * oy).squareRoot(), 0), 1)
        let index = row * rect.width + column
        coverage[index] = max(coverage[index], UInt8(255 * covered + 0.5))
      }
    }
  }

  /// The pixels of the mask, counted from its edge, whose centres may lie between two places of one axis.
  private func pixels(from low: Double, to high: Double, _ origin: Int, _ count: Int) -> Range<Int> {
    let first = min(max(low - Double(origin), 0), Double(count)).rounded(.down)
    let end = min(max(high - Double(origin), first), Double(count)).rounded(.up)
    return Int(first)..<Int(end)
  }
}

/// The pieces of a line that a pattern leaves: `pattern` holds lengths drawn and left out in turn, from the line's
/// start on and again and again; an empty pattern leaves the line whole.
func dashed(_ line: Polyline, _ pattern: [Double]) -> [Polyline] {
  guard !pattern.isEmpty, let first = line.first else { return [line] }
  precondition(pattern.count % 2 == 0 && pattern.allSatisfy { $0 > 0 }, "dashed: \(pattern) are no lengths in pairs")
  var pieces: [Polyline] = []
  var piece: Polyline = [first]
  var part = 0
  var left = pattern[0]
  for (start, end) in zip(line, line.dropFirst()) {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = (dx * dx + dy * dy).squareRoot()
    var done = 0.0
    while length - done > left {
      done += left
      let place = PlanePoint(x: start.x + dx * (done / length), y: start.y + dy * (done / length))
      if part % 2 == 0 {
        pieces.append(piece + [place])
      }
      piece = [place]
      part = (part + 1) % pattern.count
      left = pattern[part]
    }
    left -= length - done
    if part % 2 == 0 { piece.append(end) }
  }
  if part % 2 == 0 && piece.count > 1 { pieces.append(piece) }
  return pieces
}
