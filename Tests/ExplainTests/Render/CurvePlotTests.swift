import Explain
import Images
import Testing

@Suite struct CurvePlotTests {
  /// The frame is 440 by 280; with numbers of three letters ("0.2") it begins at (53, 32).
  private let left = 53.0
  private let top = 32.0

  @Test func valuesStandWhereTheAxesSay() {
    let lines = curves(of: plot([.init(name: "a", x: [0, 0.5, 1], y: [0, 1, 0.25])]))
    #expect(lines == ["53,312 273,32 493,242"])
  }

  @Test func rangesAreWhatTheSeriesNeed() {
    let series = CurvePlot.Series(name: "a", x: [2, 4], y: [10, 20])
    // 4 % of 10 below and above: 0.4 of 10.8 is 10.37 of 280.
    let lines = curves(of: CurvePlot(title: "", xLabel: "", yLabel: "", series: [series]))
    #expect(lines.count == 1)
    #expect(lines[0].hasSuffix(",42.37") && lines[0].contains(",301.63 "))
  }

  @Test func aConstantHasAnAxisAroundIt() {
    let lines = curves(of: plot([.init(name: "a", x: [0, 1], y: [3, 3])], yRange: nil))
    #expect(lines == ["53,172 493,172"])
  }

  @Test func aPointThatIsNotFiniteBreaksTheCurve() {
    let lines = curves(
      of: plot([.init(name: "a", x: [0, 0.25, 0.5, 0.75, 1, .nan], y: [0, 0, .nan, 0, .infinity, 0])]))
    // Two points, a gap, and a dot.
    #expect(lines == ["53,312 163,312", "383,312 383,312"])
  }

  @Test func curvesAreCutAtTheFrame() {
    let lines = curves(of: plot([.init(name: "a", x: [0, 0.5, 1], y: [-1, 1, 3])]))
    #expect(lines == ["163,312 273,32"])
    #expect(curves(of: plot([.init(name: "a", x: [0, 1], y: [2, 3])])).isEmpty)
  }

  @Test func seriesDifferInColorAndDashes() {
    let names = (0..<28).map { "series \($0)" }
    let svg = plot(names.map { .init(name: $0, x: [0, 1], y: [0, 1]) }).svg()
    let styles = svg.split(separator: "\n").filter { $0.contains("stroke-width=\"1.75\"") && $0.contains("53,312") }
      .map { $0.drop { $0 != "s" } }
    #expect(styles.count == 28)
    #expect(Set(styles).count == 28)
    for name in names { #expect(svg.contains(">\(name)</text>")) }
  }

  @Test func textIsEscaped() {
    let svg = CurvePlot(
      title: "a<b> & \"c\"\u{1}\n", xLabel: "</text><script>", yLabel: "é漢", series: []
    ).svg()
    #expect(svg.contains("<title>a&lt;b&gt; &amp; &quot;c&quot;\u{FFFD} </title>"))
    #expect(svg.contains(">&lt;/text&gt;&lt;script&gt;</text>"))
    #expect(!svg.contains("<script>"))
    #expect(svg.contains(">é漢</text>"))
    #expect(svg.split(separator: "\n").allSatisfy { $0.hasPrefix("<") && $0.hasSuffix(">") })
  }

  @Test func axesAreNamedWithThePowerTheirNumbersLeaveOut() {
    let svg = CurvePlot(
      title: "t", xLabel: "step", yLabel: "loss", series: [.init(name: "a", x: [0, 1e6], y: [0, 3e-5])]
    ).svg()
    #expect(svg.contains(">step (in 1e6)</text>"))
    #expect(svg.contains(">loss (in 1e-5)</text>"))
  }

  @Test func thePictureIsTheSheetInPixels() {
    let plot = plot([.init(name: "a", x: [0, 1], y: [0.5, 0.5]), .init(name: "b", x: [0.25, 0.25], y: [0, 0.3])])
    let picture = plot.picture(scale: 2)
    #expect(plot.svg().contains("width=\"\(picture.width / 2)\" height=\"\(picture.height / 2)\""))
    // The first series is blue (0, 114, 178) at half the height; the second vermilion in the left half, near the bottom.
    #expect(pixel(picture, left + 400, top + 140) == [0, 114, 178])
    #expect(pixel(picture, left + 110, top + 280 - 1) == [213, 94, 0])
    #expect(pixel(picture, left + 110, top + 100) == [255, 255, 255])
    #expect(pixel(picture, left + 330, top + 200) == [255, 255, 255])
  }

  @Test func theSameNumbersGiveTheSameBytes() {
    let series = [CurvePlot.Series(name: "a", x: [0, 0.3, 1], y: [0.1, 0.7, 0.2])]
    #expect(plot(series).svg() == plot(series).svg())
    #expect(plot(series).picture() == plot(series).picture())
  }

  @Test func aPlotWithoutSeriesIsAnEmptyFrame() {
    let empty = CurvePlot(title: "t", xLabel: "x", yLabel: "y", series: [])
    #expect(curves(of: empty).isEmpty)
    #expect(empty.picture(scale: 1).width > 440)
  }

  private func plot(
    _ series: [CurvePlot.Series], yRange: ClosedRange<Double>? = 0...1
  ) -> CurvePlot {
    CurvePlot(title: "t", xLabel: "x", yLabel: "y", series: series, xRange: 0...1, yRange: yRange)
  }

  /// The points of the curves in the frame.
  private func curves(of plot: CurvePlot) -> [String] {
    plot.svg().split(separator: "\n").compactMap { line in
      guard line.contains("stroke-width=\"1.75\"") || line.contains("stroke-width=\"5\"") else { return nil }
      let points = line.split(separator: "\"")[1]
      // The legend's samples lie to the right of the frame.
      return Double(points.prefix { $0 != "," })! > 493 ? nil : String(points)
    }
  }

  private func pixel(_ image: RGBImage, _ x: Double, _ y: Double) -> [UInt8] {
    let index = 3 * (Int(2 * y) * image.width + Int(2 * x))
    return Array(image.pixels[index..<index + 3])
  }
}
