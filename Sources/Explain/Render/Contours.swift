import Drawing
import Images

extension SaliencyMap {
  /// The lines along which the map has a value, between the centres of its cells: marching squares.
  ///
  /// In each square of four neighbouring cells a corner is in where its value is at least `level`; the line crosses the
  /// square's edges between in and out, at the linear interpolation. Where opposite corners are in, the mean of all
  /// four says whether they are joined. A line that reaches the map's edge ends there; others are closed. The order of
  /// lines and points depends on the values alone.
  ///
  /// Source: the two-dimensional case of W. Lorensen and H. Cline, "Marching cubes", SIGGRAPH 1987.
  ///
  /// - Returns: points in the map's cells: the centre of cell (x, y) is (x + ½, y + ½).
  func contours(at level: Float) -> [Polyline] {
    guard width > 1 && height > 1 else { return [] }
    var crossings = Crossings()
    values.withUnsafeBufferPointer { values in
      for y in 0..<height - 1 {
        for x in 0..<width - 1 {
          let corner = y * width + x
          let (a, b) = (values[corner], values[corner + 1])
          let (d, c) = (values[corner + width], values[corner + width + 1])
          // Clockwise from the top left; edges are top, right, bottom and left of the square.
          let inside = (a >= level ? 1 : 0) | (b >= level ? 2 : 0) | (c >= level ? 4 : 0) | (d >= level ? 8 : 0)
          if inside == 0 || inside == 15 { continue }
          let top = 2 * corner
          let left = top + 1
          let right = left + 2
          let bottom = top + 2 * width
          switch inside {
          case 1, 14: crossings.join(left, top)
          case 2, 13: crossings.join(top, right)
          case 4, 11: crossings.join(right, bottom)
          case 8, 7: crossings.join(bottom, left)
          case 3, 12: crossings.join(left, right)
          case 6, 9: crossings.join(top, bottom)
          default:
            let middleIsIn = a / 4 + b / 4 + c / 4 + d / 4 >= level
            if middleIsIn == (inside == 5) {
              // a and c are cut off from b and d along the other diagonal.
              crossings.join(top, right)
              crossings.join(bottom, left)
            } else {
              crossings.join(left, top)
              crossings.join(right, bottom)
            }
          }
        }
      }
    }
    return crossings.lines().map { line in line.map { point(ofEdge: $0, at: level) } }
  }

  /// Where a line of this level crosses an edge between two neighbouring cells. Edge 2i lies between cell i and the one
  /// to its right, edge 2i + 1 between cell i and the one below.
  private func point(ofEdge edge: Int, at level: Float) -> PlanePoint {
    let (cell, isVertical) = (edge / 2, edge % 2 == 1)
    let from = Double(values[cell])
    let to = Double(values[cell + (isVertical ? width : 1)])
    let way = (Double(level) - from) / (to - from)
    let (y, x) = cell.quotientAndRemainder(dividingBy: width)
    return PlanePoint(x: Double(x) + 0.5 + (isVertical ? 0 : way), y: Double(y) + 0.5 + (isVertical ? way : 0))
  }
}

/// Edges that lines cross, each joined to at most two others.
private struct Crossings {
  private var neighbours: [Int: [Int]] = [:]
  /// In the order in which they were met, so that nothing depends on the dictionary's.
  private var edges: [Int] = []

  mutating func join(_ first: Int, _ second: Int) {
    for (edge, other) in [(first, second), (second, first)] {
      if neighbours[edge] == nil { edges.append(edge) }
      neighbours[edge, default: []].append(other)
    }
  }

  /// Every line once: first those with ends, then the closed ones.
  func lines() -> [[Int]] {
    var taken: Set<Int> = []
    func line(from start: Int) -> [Int] {
      var line = [start]
      taken.insert(start)
      while let next = neighbours[line[line.count - 1]]!.first(where: { !taken.contains($0) }) {
        taken.insert(next)
        line.append(next)
      }
      return line
    }
    let open = edges.filter { neighbours[$0]!.count == 1 }
    var lines: [[Int]] = []
    for edge in open where !taken.contains(edge) { lines.append(line(from: edge)) }
    for edge in edges where !taken.contains(edge) {
      let closed = line(from: edge)
      lines.append(closed + [closed[0]])
    }
    return lines
  }
}

extension Canvas {
  /// Contour lines over a part of the picture: a light line in a dark one twice as wide and more, seen on any ground.
  /// Lines below zero are dashed.
  ///
  /// - Parameters:
  ///   - map: with a cell a pixel of `rect`.
  ///   - levels: in the map's units.
  mutating func drawContours(of map: SaliencyMap, at levels: [Double], on rect: PixelRect, scale: Int) {
    precondition(map.width == rect.width && map.height == rect.height, "Canvas.drawContours: a cell is no pixel")
    var inner = CoverageMask(of: rect)
    var outer = CoverageMask(of: rect)
    for level in levels {
      let pattern = level < 0 ? [6.0 * Double(scale), 5.0 * Double(scale)] : []
      for line in map.contours(at: Float(level)) {
        let placed = line.map { PlanePoint(x: $0.x + Double(rect.x), y: $0.y + Double(rect.y)) }
        for piece in dashed(placed, pattern) {
          inner.stroke(piece, width: 1.25 * Double(scale))
          outer.stroke(piece, width: 3.25 * Double(scale))
        }
      }
    }
    lay(.black, through: outer)
    lay(.white, through: inner)
  }
}
