package import Drawing
import Images

/// Curves over common axes: deletion and insertion, training.
///
/// Series differ in colour and in dashes, so that they are told apart without colours.
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

  /// The plot, to be written as pixels, as SVG or as PDF. Texts may hold any character.
  ///
  /// - Throws: where the libraries that draw letters are not on the machine.
  package func figure() throws(DrawingError) -> Figure {
    try CurveSheet(self).figure()
  }
}

// MARK: - Layout

/// Where the parts of a plot stand: the frame, the title above, the axes' numbers and names to the left and below, the
/// legend to the right. The frame's size is fixed; the sheet grows with what is written around it.
private struct CurveSheet {
  private let plot: CurvePlot
  private let frame: Box
  private let xRange: ClosedRange<Double>
  private let yRange: ClosedRange<Double>
  private let xTicks: Ticks
  private let yTicks: Ticks

  private let title: TextBlock
  private let xName: TextBlock
  private let yName: TextBlock
  private let xNumbers: [TextBlock]
  private let yNumbers: [TextBlock]
  private let names: [TextBlock]

  private static let frameWidth = 440.0
  private static let frameHeight = 280.0
  private static let sampleLength = 28.0
  private static let curveWidth = 1.75
  /// Units across a name in the legend; longer ones are broken.
  private static let widestName = 240.0
  private static let legendGap = 5.0

  init(_ plot: CurvePlot) throws(DrawingError) {
    self.plot = plot
    xRange = plot.xRange ?? range(of: plot.series.flatMap({ $0.x }), padding: 0)
    yRange = plot.yRange ?? range(of: plot.series.flatMap({ $0.y }), padding: 0.04)
    precondition(
      xRange.lowerBound < xRange.upperBound && yRange.lowerBound < yRange.upperBound,
      "CurvePlot: an axis from \(xRange) and one from \(yRange); both must be wider than a point")
    xTicks = Ticks(from: xRange.lowerBound, to: xRange.upperBound, atMost: 8)
    yTicks = Ticks(from: yRange.lowerBound, to: yRange.upperBound, atMost: 8)

    title = try TextBlock(
      plot.title, size: PlotStyle.titleSize, within: Self.frameWidth, lines: 2, isCentred: true)
    xName = try TextBlock(
      Self.name(plot.xLabel, xTicks), size: PlotStyle.textSize, within: Self.frameWidth, lines: 2, isCentred: true)
    yName = try TextBlock(
      Self.name(plot.yLabel, yTicks), size: PlotStyle.textSize, within: Self.frameHeight, lines: 2, isCentred: true)
    xNumbers = try Self.numbers(xTicks)
    yNumbers = try Self.numbers(yTicks)
    var names: [TextBlock] = []
    for series in plot.series {
      names.append(try TextBlock(series.name, size: PlotStyle.textSize, within: Self.widestName, lines: 3))
    }
    self.names = names

    let left =
      PlotStyle.margin + yName.height + PlotStyle.gap + (yNumbers.map({ $0.width }).max() ?? 0) + PlotStyle.gap / 2
      + PlotStyle.tickLength
    // On whole units, so that its lines are sharp.
    frame = Box(
      x: left.rounded(.up), y: (PlotStyle.margin + title.height + PlotStyle.gap).rounded(.up), width: Self.frameWidth,
      height: Self.frameHeight)
  }

  private static func numbers(_ ticks: Ticks) throws(DrawingError) -> [TextBlock] {
    var numbers: [TextBlock] = []
    for tick in ticks.ticks { numbers.append(try TextBlock(tick.label, size: PlotStyle.numberSize)) }
    return numbers
  }

  /// An axis's name with the power of ten that its numbers leave out.
  private static func name(_ label: String, _ ticks: Ticks) -> String {
    ticks.exponent == 0 ? label : label + " (in \(ticks.factor))"
  }

  private var right: Double { frame.x + frame.width }
  private var bottom: Double { frame.y + frame.height }
  private var numbersBottom: Double {
    bottom + PlotStyle.tickLength + PlotStyle.gap / 2 + (xNumbers.map({ $0.height }).max() ?? 0)
  }

  func figure() -> Figure {
    let legendHeight = names.map { $0.height + Self.legendGap }.reduce(0, +)
    let legend =
      names.isEmpty
      ? 0 : 2 * PlotStyle.gap + Self.sampleLength + PlotStyle.gap + (names.map({ $0.width }).max() ?? 0)
    // The rightmost number of the x axis may stand out by half its width.
    let width = right + max(legend, (xNumbers.last?.width ?? 0) / 2) + PlotStyle.margin
    let height =
      max(numbersBottom + PlotStyle.gap / 2 + xName.height, frame.y + legendHeight) + PlotStyle.margin
    var figure = Figure(
      width: Int(width.rounded(.up)), height: Int(height.rounded(.up)), title: plot.title)
    drawAxes(on: &figure)
    var y = frame.y
    for (index, (series, name)) in zip(plot.series, names).enumerated() {
      let style = CurveStyle.of(series: index)
      for line in lines(of: series) {
        // A point alone is a line to itself: a dot, to be seen as such.
        let isDot = line.allSatisfy { $0 == line[0] }
        figure.stroke(line, width: isDot ? 5 : Self.curveWidth, style.color, dashes: isDot ? [] : style.dashes)
      }
      let x = right + 2 * PlotStyle.gap
      // Beside the middle of the name's first line.
      let middle = y + (name.lines.first?.baseline ?? 0) - TextBlock.capitalHeight * name.size / 2
      figure.stroke(
        [PlanePoint(x: x, y: middle), PlanePoint(x: x + Self.sampleLength, y: middle)], width: Self.curveWidth,
        style.color, dashes: style.dashes)
      figure.write(name, at: PlanePoint(x: x + Self.sampleLength + PlotStyle.gap, y: y), TextAnchor(.left, .top))
      y += name.height + Self.legendGap
    }
    return figure
  }

  private func drawAxes(on figure: inout Figure) {
    for (tick, number) in zip(xTicks.ticks, xNumbers) {
      let x = place(tick.value, xRange, frame.x, right)
      figure.stroke([PlanePoint(x: x, y: frame.y), PlanePoint(x: x, y: bottom)], width: 1, PlotStyle.grid)
      let end = bottom + PlotStyle.tickLength
      figure.stroke([PlanePoint(x: x, y: bottom), PlanePoint(x: x, y: end)], width: 1, .black)
      figure.write(number, at: PlanePoint(x: x, y: end + PlotStyle.gap / 2), TextAnchor(.middle, .top))
    }
    for (tick, number) in zip(yTicks.ticks, yNumbers) {
      let y = place(tick.value, yRange, bottom, frame.y)
      figure.stroke([PlanePoint(x: frame.x, y: y), PlanePoint(x: right, y: y)], width: 1, PlotStyle.grid)
      let end = frame.x - PlotStyle.tickLength
      figure.stroke([PlanePoint(x: end, y: y), PlanePoint(x: frame.x, y: y)], width: 1, .black)
      figure.write(number, at: PlanePoint(x: end - PlotStyle.gap / 2, y: y), TextAnchor(.right, .middle))
    }
    figure.stroke(frame.outline, width: 1, .black)

    let centre = (frame.x + right) / 2
    figure.write(title, at: PlanePoint(x: centre, y: frame.y - PlotStyle.gap), TextAnchor(.middle, .bottom))
    figure.write(xName, at: PlanePoint(x: centre, y: numbersBottom + PlotStyle.gap / 2), TextAnchor(.middle, .top))
    figure.write(
      yName, at: PlanePoint(x: PlotStyle.margin, y: (frame.y + bottom) / 2), TextAnchor(.middle, .top),
      isUpwards: true)
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
            x: place(x, xRange, frame.x, right),
            y: place(y, yRange, bottom, frame.y)))
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
      (-dx, start.x - frame.x), (dx, right - start.x),
      (-dy, start.y - frame.y), (dy, bottom - start.y),
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
  let finite = values.filter({ $0.isFinite })
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
/// Source of the colours: M. Okabe and K. Ito, "Color Universal Design" (2008), without the yellow, which is too pale
/// for lines on white.
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
