package import Images

/// A reliability diagram: for each bin of confidence the gap between the share of its images that are classified rightly and its mean
/// confidence, above a bar that reaches up to the lower of the two. The diagonal is perfect calibration: a gap below it is overconfidence,
/// one above it the opposite. Below the diagram, how many images each bin has.
///
/// Source: Guo et al., arXiv 1706.04599, figure 1.
package struct ReliabilityPlot: Sendable {
  private let calibration: Calibration

  package init(_ calibration: Calibration) { self.calibration = calibration }

  package func svg() -> String {
    var surface = SVGSurface()
    draw(on: &surface)
    return surface.document(width: Self.width, height: Self.height, title: "Reliability diagram")
  }

  /// On white, `scale` pixels to a unit of the SVG.
  package func picture(scale: Int = 2) -> RGBImage {
    precondition(scale > 0, "ReliabilityPlot.picture: \(scale) pixels to a unit")
    let size = ImageSize(width: Self.width * scale, height: Self.height * scale)
    var surface = PixelSurface(canvas: Canvas(size: size, filledWith: .white), scale: scale)
    draw(on: &surface)
    return surface.canvas.rgb
  }

  private static let side = 260.0
  private static let (left, top) = (58.0, 16.0)
  private static let countsTop = top + side + 46
  private static let countsHeight = 64.0
  private static let width = 336
  private static let height = Int(countsTop + countsHeight) + 16
  private static let right = RGB8(red: 0x00, green: 0x5B, blue: 0x96)
  private static let gap = RGB8(red: 0xB2, green: 0x3C, blue: 0x00)
  private static let grid = RGB8(red: 225, green: 225, blue: 225)

  private func draw(on surface: inout some PlotSurface) {
    drawAxes(on: &surface)
    for bin in calibration.bins {
      guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
      let area = { (low: Double, high: Double) in
        PlotArea(
          x: Self.left + bin.from * Self.side + 1, y: Self.top + (1 - high) * Self.side,
          width: (bin.to - bin.from) * Self.side - 2, height: (high - low) * Self.side)
      }
      let note = PlotNote(
        text: "\(bin.count) images of mean confidence \(Self.percent(confidence)), \(Self.percent(accuracy)) right")
      let (low, high) = (min(accuracy, confidence), max(accuracy, confidence))
      surface.fill(area(0, low), color: Self.right, opacity: 0.75, note: note)
      surface.fill(area(low, high), color: Self.gap, opacity: 0.45, note: note)
    }
    surface.draw(
      [
        PlanePoint(x: Self.left, y: Self.top + Self.side), PlanePoint(x: Self.left + Self.side, y: Self.top),
      ], width: 1.25, color: .black, dashes: [5, 4])
    drawCounts(on: &surface)
  }

  private func drawAxes(on surface: inout some PlotSurface) {
    let (left, top, side) = (Self.left, Self.top, Self.side)
    for step in 0...5 {
      let label = step == 0 ? "0" : step == 5 ? "1" : "0.\(2 * step)"
      let (x, y) = (left + side * Double(step) / 5, top + side * (1 - Double(step) / 5))
      surface.draw(
        [PlanePoint(x: left, y: y), PlanePoint(x: left + side, y: y)], width: 1, color: Self.grid, dashes: [])
      surface.draw([PlanePoint(x: x, y: top), PlanePoint(x: x, y: top + side)], width: 1, color: Self.grid, dashes: [])
      surface.write(label, at: PlanePoint(x: left - 6, y: y + 3.5), anchor: .end)
      surface.write(label, at: PlanePoint(x: x, y: top + side + 13), anchor: .middle)
    }
    surface.draw(Self.frame(top, side), width: 1, color: .black, dashes: [])
    surface.write("confidence", at: PlanePoint(x: left + side / 2, y: top + side + 28), anchor: .middle)
    surface.write("share right", at: PlanePoint(x: 19, y: top + side / 2), anchor: .middle, isUpwards: true)
  }

  private func drawCounts(on surface: inout some PlotSurface) {
    let most = calibration.bins.map(\.count).max() ?? 0
    for bin in calibration.bins where bin.count > 0 {
      let height = Self.countsHeight * Double(bin.count) / Double(most)
      surface.fill(
        PlotArea(
          x: Self.left + bin.from * Self.side + 1, y: Self.countsTop + Self.countsHeight - height,
          width: (bin.to - bin.from) * Self.side - 2, height: height), color: .black, opacity: 0.55,
        note: PlotNote(text: "\(bin.count) images"))
    }
    surface.draw(Self.frame(Self.countsTop, Self.countsHeight), width: 1, color: .black, dashes: [])
    surface.write(String(most), at: PlanePoint(x: Self.left - 6, y: Self.countsTop + 7), anchor: .end)
    surface.write("0", at: PlanePoint(x: Self.left - 6, y: Self.countsTop + Self.countsHeight), anchor: .end)
    surface.write(
      "images", at: PlanePoint(x: 19, y: Self.countsTop + Self.countsHeight / 2), anchor: .middle, isUpwards: true)
  }

  private static func frame(_ top: Double, _ height: Double) -> Polyline {
    [
      PlanePoint(x: left, y: top), PlanePoint(x: left + side, y: top), PlanePoint(x: left + side, y: top + height),
      PlanePoint(x: left, y: top + height), PlanePoint(x: left, y: top),
    ]
  }

  private static func percent(_ share: Double) -> String {
    let tenths = Int((1000 * share).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
