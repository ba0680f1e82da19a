package import Drawing
import Images
package import Models

/// A reliability diagram: for each bin of confidence the gap between the share of its images that are classified
/// rightly and its mean confidence, above a bar that reaches up to the lower of the two. The diagonal is perfect
/// calibration: a gap below it is overconfidence, one above it the opposite. Below the diagram, how many images each
/// bin has.
///
/// Source: Guo et al., arXiv 1706.04599, figure 1.
package struct ReliabilityPlot: Sendable {
  private let calibration: Calibration

  package init(_ calibration: Calibration) { self.calibration = calibration }

  private static let side = 260.0
  private static let top = 16.0
  private static let countsHeight = 64.0

  /// The plot, to be written as pixels, as SVG or as PDF.
  ///
  /// - Throws: where the libraries that draw letters are not on the machine.
  package func figure() throws(DrawingError) -> Figure {
    func number(_ text: String) throws(DrawingError) -> TextBlock {
      try TextBlock(text, size: PlotStyle.numberSize)
    }
    func name(_ text: String) throws(DrawingError) -> TextBlock { try TextBlock(text, size: PlotStyle.textSize) }
    let most = calibration.bins.map({ $0.count }).max() ?? 0
    let (mostNumber, zero, confidence) = (try number(String(most)), try number("0"), try name("confidence"))
    let (shareName, countName) = (try name("share right"), try name("images"))

    // A count of many digits pushes the diagram to the right.
    let left = max(58, (PlotStyle.margin + countName.height + 2 * PlotStyle.gap + mostNumber.width).rounded(.up))
    let area = Box(x: left, y: Self.top, width: Self.side, height: Self.side)
    let numbersTop = Self.top + Self.side + 5
    let nameTop = numbersTop + zero.height + 2
    let counts = Box(
      x: left, y: (nameTop + confidence.height + 12).rounded(.up), width: Self.side, height: Self.countsHeight)
    var figure = Figure(
      width: Int(left + Self.side) + 18, height: Int(counts.y + counts.height) + 16, title: "Reliability diagram")

    for step in 0...5 {
      let label = try number(step == 0 ? "0" : step == 5 ? "1" : "0.\(2 * step)")
      let (x, y) = (left + area.width * Double(step) / 5, area.y + area.height * (1 - Double(step) / 5))
      figure.stroke([PlanePoint(x: left, y: y), PlanePoint(x: left + area.width, y: y)], width: 1, PlotStyle.grid)
      figure.stroke([PlanePoint(x: x, y: area.y), PlanePoint(x: x, y: area.y + area.height)], width: 1, PlotStyle.grid)
      figure.write(label, at: PlanePoint(x: left - PlotStyle.gap, y: y), TextAnchor(.right, .middle))
      figure.write(label, at: PlanePoint(x: x, y: numbersTop), TextAnchor(.middle, .top))
    }
    drawBars(in: area, on: &figure)
    figure.stroke(area.outline, width: 1, .black)
    figure.write(confidence, at: PlanePoint(x: left + area.width / 2, y: nameTop), TextAnchor(.middle, .top))
    figure.write(
      shareName, at: PlanePoint(x: PlotStyle.margin, y: area.y + area.height / 2), TextAnchor(.middle, .top),
      isUpwards: true)

    drawCounts(in: counts, most: most, on: &figure)
    let capitals = TextBlock.capitalHeight * PlotStyle.numberSize
    figure.write(
      mostNumber, at: PlanePoint(x: left - PlotStyle.gap, y: counts.y + capitals), TextAnchor(.right, .baseline))
    figure.write(
      zero, at: PlanePoint(x: left - PlotStyle.gap, y: counts.y + counts.height), TextAnchor(.right, .baseline))
    figure.write(
      countName, at: PlanePoint(x: PlotStyle.margin, y: counts.y + counts.height / 2), TextAnchor(.middle, .top),
      isUpwards: true)
    return figure
  }

  private func drawBars(in area: Box, on figure: inout Figure) {
    for bin in calibration.bins {
      guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
      let bar = { (low: Double, high: Double) in
        Box(
          x: area.x + bin.from * area.width + 1, y: area.y + (1 - high) * area.height,
          width: (bin.to - bin.from) * area.width - 2, height: (high - low) * area.height)
      }
      let note = Note(
        text: "\(bin.count) images of mean confidence \(Self.percent(confidence)), \(Self.percent(accuracy)) right")
      let (low, high) = (min(accuracy, confidence), max(accuracy, confidence))
      figure.fill(bar(0, low), PlotStyle.right, opacity: 0.75, note: note)
      figure.fill(bar(low, high), PlotStyle.wrong, opacity: 0.45, note: note)
    }
    figure.stroke(
      [PlanePoint(x: area.x, y: area.y + area.height), PlanePoint(x: area.x + area.width, y: area.y)], width: 1.25,
      .black, dashes: [5, 4])
  }

  private func drawCounts(in area: Box, most: Int, on figure: inout Figure) {
    for bin in calibration.bins where bin.count > 0 {
      let height = area.height * Double(bin.count) / Double(most)
      figure.fill(
        Box(
          x: area.x + bin.from * area.width + 1, y: area.y + area.height - height,
          width: (bin.to - bin.from) * area.width - 2, height: height), .black, opacity: 0.55,
        note: Note(text: "\(bin.count) images"))
    }
    figure.stroke(area.outline, width: 1, .black)
  }

  private static func percent(_ share: Double) -> String {
    let tenths = Int((1000 * share).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
