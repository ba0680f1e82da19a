package import Images

/// Curves over common axes: deletion and insertion, training.
///
/// The same layout gives an SVG and a picture; both are the same bytes for the same numbers. Series differ in colour and in
/// dashes, so that they are told apart without colours.
package struct CurvePlot: Hashable, Sendable {
  /// A named curve through points in their order. A point that is not finite is left out and breaks the curve.
  package struct Series: Hashable, Sendable {
    package var name: String
    package var x: [Double]
    package var y: [Double]

    package init(name: String, x: [Double], y: [Double]) {
      precondition(x.count == y.count, "CurvePlot.Series: \(x.count) places and \(y.count) values")
      self.name = name
      self.x = x
      self.y = y
    }
  }

  package var title: String
  package var xLabel: String
  package var yLabel: String
  package var series: [Series]
  /// What the axis shows, wider than a point; nil for what the series need. Curves are cut where they leave it.
  package var xRange: ClosedRange<Double>?
  package var yRange: ClosedRange<Double>?

  package init(
    title: String, xLabel: String, yLabel: String, series: [Series], xRange: ClosedRange<Double>? = nil,
    yRange: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
    self.xRange = xRange
    self.yRange = yRange
  }

  /// A standalone SVG 1.1 document in UTF-8; texts may hold any character.
  package func svg() -> String {
    let sheet = CurveSheet(self)
    var surface = SVGSurface()
    sheet.draw(self, on: &surface)
    return surface.document(width: sheet.width, height: sheet.height, title: title)
  }

  /// The plot on white, `scale` pixels to a unit of the SVG. Letters outside printable ASCII are boxes.
  package func picture(scale: Int = 2) -> RGBImage {
    precondition(scale > 0, "CurvePlot.picture: \(scale) pixels to a unit")
    let sheet = CurveSheet(self)
    let size = ImageSize(width: sheet.width * scale, height: sheet.height * scale)
    var surface = PixelSurface(canvas: Canvas(size: size, filledWith: .white), scale: scale)
    sheet.draw(self, on: &surface)
    return surface.canvas.rgb
  }
}

// MARK: - Layout

/// Where the parts of a plot stand: the frame, the title above, the axes' numbers and names to the left and below, the
/// legend to the right. The frame's size is fixed; the sheet grows with what is written around it.
private struct CurveSheet {
  let width: Int
  let height: Int

  private let frame: PixelRect
  private let xRange: ClosedRange<Double>
  private let yRange: ClosedRange<Double>
  private let xTicks: Ticks
  private let yTicks: Ticks

  private static let margin = 12
  private static let gap = 6
  private static let tickLength = 4
  private static let lineHeight = DotFont.height + 5
  private static let sampleLength = 28
  private static let curveWidth = 1.75

  init(_ plot: CurvePlot) {
    xRange = plot.xRange ?? range(of: plot.series.flatMap(\.x), padding: 0)
    yRange = plot.yRange ?? range(of: plot.series.flatMap(\.y), padding: 0.04)
    precondition(
      xRange.lowerBound < xRange.upperBound && yRange.lowerBound < yRange.upperBound,
      "CurvePlot: an axis from \(xRange) and one from \(yRange); both must be wider than a point")
    let frameSize = ImageSize(width: 440, height: 280)
    xTicks = Ticks(from: xRange.lowerBound, to: xRange.upperBound, atMost: 8)
    yTicks = Ticks(from: yRange.lowerBound, to: yRange.upperBound, atMost: 8)

    let numbers = yTicks.ticks.map { DotFont.width(of: $0.label) }.max() ?? 0
    frame = PixelRect(
      x: Self.margin + Self.lineHeight + numbers + Self.gap + Self.tickLength,
      y: Self.margin + Self.lineHeight + Self.gap, width: frameSize.width, height: frameSize.height)
    let names = plot.series.map { DotFont.width(of: $0.name) }.max() ?? 0
    let legend = plot.series.isEmpty ? 0 : 2 * Self.gap + Self.sampleLength + Self.gap + names
    // The rightmost number of the x axis may stand out by half its width.
    width = frame.x + frame.width + max(legend, 2 * Self.gap) + Self.margin
    height =
      frame.y + Self.margin
      + max(frame.height + Self.tickLength + 2 * Self.lineHeight, plot.series.count * Self.lineHeight)
  }

  func draw(_ plot: CurvePlot, on surface: inout some PlotSurface) {
    drawAxes(of: plot, on: &surface)
    for (index, series) in plot.series.enumerated() {
      let style = CurveStyle.of(series: index)
      for line in lines(of: series) {
        // A point alone is a line to itself: a dot, to be seen as such.
        let isDot = line.allSatisfy { $0 == line[0] }
        surface.draw(line, width: isDot ? 5 : Self.curveWidth, color: style.color, dashes: isDot ? [] : style.dashes)
      }
      let y = Double(frame.y + Self.lineHeight * index) + Double(Self.lineHeight) / 2
      let x = Double(frame.x + frame.width + 2 * Self.gap)
      surface.draw(
        [PlanePoint(x: x, y: y), PlanePoint(x: x + Double(Self.sampleLength), y: y)], width: Self.curveWidth,
        color: style.color,
        dashes: style.dashes)
      surface.write(
        series.name, at: PlanePoint(x: x + Double(Self.sampleLength + Self.gap), y: y + 3.5), anchor: .start,
        isUpwards: false)
    }
  }

  private func drawAxes(of plot: CurvePlot, on surface: inout some PlotSurface) {
    let (left, right) = (Double(frame.x), Double(frame.x + frame.width))
    let (top, bottom) = (Double(frame.y), Double(frame.y + frame.height))
    let grid = RGB8(red: 225, green: 225, blue: 225)
    for tick in xTicks.ticks {
      let x = place(tick.value, xRange, left, right)
      surface.draw([PlanePoint(x: x, y: top), PlanePoint(x: x, y: bottom)], width: 1, color: grid, dashes: [])
      surface.draw(
        [PlanePoint(x: x, y: bottom), PlanePoint(x: x, y: bottom + Double(Self.tickLength))], width: 1, color: .black,
        dashes: [])
      surface.write(
        tick.label,
        at: PlanePoint(x: x, y: bottom + Double(Self.tickLength + Self.gap / 2 + DotFont.ascent)), anchor: .middle,
        isUpwards: false)
    }
    for tick in yTicks.ticks {
      let y = place(tick.value, yRange, bottom, top)
      surface.draw([PlanePoint(x: left, y: y), PlanePoint(x: right, y: y)], width: 1, color: grid, dashes: [])
      surface.draw(
        [PlanePoint(x: left - Double(Self.tickLength), y: y), PlanePoint(x: left, y: y)], width: 1, color: .black,
        dashes: [])
      surface.write(
        tick.label, at: PlanePoint(x: left - Double(Self.tickLength + Self.gap / 2), y: y + 3.5), anchor: .end,
        isUpwards: false)
    }
    surface.draw(
      [
        PlanePoint(x: left, y: top), PlanePoint(x: right, y: top), PlanePoint(x: right, y: bottom),
        PlanePoint(x: left, y: bottom), PlanePoint(x: left, y: top),
      ], width: 1, color: .black, dashes: [])

    let centre = (left + right) / 2
    surface.write(
      plot.title, at: PlanePoint(x: centre, y: Double(Self.margin + DotFont.ascent)), anchor: .middle, isUpwards: false)
    surface.write(
      name(plot.xLabel, xTicks), at: PlanePoint(x: centre, y: bottom + Double(Self.tickLength + 2 * Self.lineHeight)),
      anchor: .middle,
      isUpwards: false)
    surface.write(
      name(plot.yLabel, yTicks),
      at: PlanePoint(x: Double(Self.margin + DotFont.ascent), y: (top + bottom) / 2), anchor: .middle, isUpwards: true)
  }

  /// An axis's name with the power of ten that its numbers leave out.
  private func name(_ label: String, _ ticks: Ticks) -> String {
    ticks.exponent == 0 ? label : label + " (in \(ticks.factor))"
  }

  private func place(_ value: Double, _ range: ClosedRange<Double>, _ first: Double, _ last: Double) -> Double {
    // Halved, since the ends may be further apart than the largest number.
    let way = (value / 2 - range.lowerBound / 2) / (range.upperBound / 2 - range.lowerBound / 2)
    return first + way * (last - first)
  }

  /// The curve in the frame: one line for each run of finite points, cut at the frame.
  private func lines(of series: CurvePlot.Series) -> [Polyline] {
    var runs: [Polyline] = [[]]
    for (x, y) in zip(series.x, series.y) {
      if x.isFinite && y.isFinite {
        runs[runs.count - 1].append(
          PlanePoint(
            x: place(x, xRange, Double(frame.x), Double(frame.x + frame.width)),
            y: place(y, yRange, Double(frame.y + frame.height), Double(frame.y))))
      } else {
        runs.append([])
      }
    }
    return runs.flatMap { run -> [Polyline] in
      // A point alone is a line to itself.
      let run = run.count == 1 ? run + run : run
      var lines: [Polyline] = []
      for (start, end) in zip(run, run.dropFirst()) {
        guard let (first, last) = clipped(from: start, to: end) else { continue }
        if lines.last?.last != first { lines.append([first]) }
        lines[lines.count - 1].append(last)
      }
      return lines
    }
  }

  /// The part of a line that lies within the frame.
  ///
  /// Source: Y. Liang and B. Barsky, "A new concept and method for line clipping", ACM TOG 3 (1984).
  private func clipped(from start: PlanePoint, to end: PlanePoint) -> (PlanePoint, PlanePoint)? {
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    var (first, last) = (0.0, 1.0)
    let edges = [
      (-dx, start.x - Double(frame.x)), (dx, Double(frame.x + frame.width) - start.x),
      (-dy, start.y - Double(frame.y)), (dy, Double(frame.y + frame.height) - start.y),
    ]
    for (slope, distance) in edges {
      if slope == 0 {
        if distance < 0 { return nil }
      } else if slope < 0 {
        first = max(first, distance / slope)
      } else {
        last = min(last, distance / slope)
      }
    }
    // A line that only touches the frame is not seen, unless it is a dot.
    guard first < last || (first == last && start == end) else { return nil }
    let at = { (way: Double) in
      way == 0 ? start : way == 1 ? end : PlanePoint(x: start.x + way * dx, y: start.y + way * dy)
    }
    return (at(first), at(last))
  }
}

/// What the finite ones of these values need, wider by a share of it on both sides.
private func range(of values: [Double], padding: Double) -> ClosedRange<Double> {
  let finite = values.filter(\.isFinite)
  guard let low = finite.min(), let high = finite.max() else { return 0...1 }
  if low == high {
    let around = max(0.5, abs(low) / 10)
    return low - around...high + around
  }
  let margin = padding * (high - low)
  return margin.isFinite ? low - margin...high + margin : low...high
}

/// A series' colour and dashes.
///
/// Source of the colours: M. Okabe and K. Ito, "Color Universal Design" (2008), without the yellow, which is too pale for
/// lines on white.
private struct CurveStyle {
  let color: RGB8
  let dashes: [Double]

  static func of(series index: Int) -> CurveStyle {
    // Seven colours and four patterns have no common factor: 28 series differ.
    CurveStyle(color: colors[index % colors.count], dashes: patterns[index % patterns.count])
  }

  private static let colors = [
    RGB8(red: 0x00, green: 0x72, blue: 0xB2), RGB8(red: 0xD5, green: 0x5E, blue: 0x00),
    RGB8(red: 0x00, green: 0x9E, blue: 0x73), RGB8(red: 0xCC, green: 0x79, blue: 0xA7),
    RGB8(red: 0x00, green: 0x00, blue: 0x00), RGB8(red: 0xE6, green: 0x9F, blue: 0x00),
    RGB8(red: 0x56, green: 0xB4, blue: 0xE9),
  ]
  private static let patterns: [[Double]] = [[], [7, 4], [2, 3], [8, 3, 2, 3]]
}
