import Drawing
import Explain
import Images
import Testing

@Suite struct CurvePlotTests {
  /// Of `plot`'s frame, which is 440 by 280.
  private let left: Double
  private let top: Double

  init() throws {
    let svg = try CurvePlot(title: "t", xLabel: "x", yLabel: "y", series: [], xRange: 0...1, yRange: 0...1).figure()
      .svg()
    (left, top) = try Self.frame(svg)
    #expect(left == left.rounded() && top == top.rounded() && (40..<70).contains(left) && (20..<50).contains(top))
  }

  /// The corner of the only line of five points.
  private static func frame(_ svg: String) throws -> (Double, Double) {
    let lines = svg.split(separator: "\n").filter { $0.hasPrefix("<polyline") && $0.count { $0 == "," } == 5 }
    let points = try #require(lines.first).split(separator: "\"")[1].split(separator: " ")
    let corner = try #require(points.first).split(separator: ",").compactMap { Double($0) }
    #expect(points[2] == "\(Int(corner[0]) + 440),\(Int(corner[1]) + 280)")
    return (corner[0], corner[1])
  }

  /// Points of a curve, of the frame's, by their place in it.
  private func points(_ places: (Double, Double)...) -> String {
    places.map { x, y in
      [left + x, top + y].map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ",")
    }.joined(separator: " ")
  }

  @Test func valuesStandWhereTheAxesSay() throws {
    let lines = try curves(of: plot([.init(name: "a", x: [0, 0.5, 1], y: [0, 1, 0.25])]))
    #expect(lines == [points((0, 280), (220, 0), (440, 210))])
  }

  @Test func rangesAreWhatTheSeriesNeed() throws {
    let series = CurvePlot.Series(name: "a", x: [2, 4], y: [10, 20])
    // 4 % of 10 below and above: 0.4 of 10.8 is 10.37 of 280.
    let lines = try curves(of: CurvePlot(title: "", xLabel: "", yLabel: "", series: [series]))
    #expect(lines.count == 1)
    let heights = lines[0].split(separator: " ").compactMap { Double($0.split(separator: ",")[1]) }
    #expect(heights.map { (($0 - top) * 100).rounded() } == [26963, 1037])
  }

  @Test func aConstantHasAnAxisAroundIt() throws {
    let lines = try curves(of: plot([.init(name: "a", x: [0, 1], y: [3, 3])], yRange: nil))
    #expect(lines == [points((0, 140), (440, 140))])
  }

  @Test func aPointThatIsNotFiniteBreaksTheCurve() throws {
    let lines = try curves(
      of: plot([.init(name: "a", x: [0, 0.25, 0.5, 0.75, 1, .nan], y: [0, 0, .nan, 0, .infinity, 0])]))
    // Two points, a gap, and a dot.
    #expect(lines == [points((0, 280), (110, 280)), points((330, 280), (330, 280))])
  }

  @Test func curvesAreCutAtTheFrame() throws {
    let lines = try curves(of: plot([.init(name: "a", x: [0, 0.5, 1], y: [-1, 1, 3])]))
    #expect(lines == [points((110, 280), (220, 0))])
    #expect(try curves(of: plot([.init(name: "a", x: [0, 1], y: [2, 3])])).isEmpty)
  }

  @Test func seriesDifferInColorAndDashes() throws {
    let names = (0..<28).map { "series \($0)" }
    let svg = try plot(names.map { .init(name: $0, x: [0, 1], y: [0, 1]) }).figure().svg()
    let styles = svg.split(separator: "\n").filter {
      $0.contains("stroke-width=\"1.75\"") && $0.contains(points((0, 280)))
    }
    .map { $0.drop { $0 != "s" } }
    #expect(styles.count == 28)
    #expect(Set(styles).count == 28)
    for name in names { #expect(svg.contains(">\(name)</text>")) }
  }

  @Test func textIsEscaped() throws {
    let svg = try CurvePlot(
      title: "a<b> & \"c\"\u{1}\n", xLabel: "</text><script>", yLabel: "é漢", series: []
    ).figure().svg()
    #expect(svg.contains("<title>a&lt;b&gt; &amp; &quot;c&quot;\u{FFFD} </title>"))
    #expect(svg.contains(">&lt;/text&gt;&lt;script&gt;</text>"))
    #expect(!svg.contains("<script>"))
    #expect(svg.contains(">é漢</text>"))
    #expect(svg.split(separator: "\n").allSatisfy { $0.hasPrefix("<") && $0.hasSuffix(">") })
  }

  @Test func axesAreNamedWithThePowerTheirNumbersLeaveOut() throws {
    let svg = try CurvePlot(
      title: "t", xLabel: "step", yLabel: "loss", series: [.init(name: "a", x: [0, 1e6], y: [0, 3e-5])]
    ).figure().svg()
    #expect(svg.contains(">step (in 1e6)</text>"))
    #expect(svg.contains(">loss (in 1e-5)</text>"))
  }

  @Test func thePictureIsTheSheetInPixels() throws {
    let plot = plot([.init(name: "a", x: [0, 1], y: [0.5, 0.5]), .init(name: "b", x: [0.25, 0.25], y: [0, 0.3])])
    let picture = try plot.figure().rgb(scale: 2)
    #expect(try plot.figure().svg().contains("width=\"\(picture.width / 2)\" height=\"\(picture.height / 2)\""))
    // The first series is blue (0, 114, 178) at half the height; the second vermilion in the left half, near the
    // bottom.
    #expect(pixel(picture, left + 400, top + 140) == [0, 114, 178])
    #expect(pixel(picture, left + 110, top + 280 - 1) == [213, 94, 0])
    #expect(pixel(picture, left + 110, top + 100) == [255, 255, 255])
    #expect(pixel(picture, left + 330, top + 200) == [255, 255, 255])
  }

  @Test func theSameNumbersGiveTheSameBytes() throws {
    let series = [CurvePlot.Series(name: "a", x: [0, 0.3, 1], y: [0.1, 0.7, 0.2])]
    #expect(try plot(series).figure().svg() == plot(series).figure().svg())
    #expect(try plot(series).figure().rgb() == plot(series).figure().rgb())
  }

  @Test func aPlotWithoutSeriesIsAnEmptyFrame() throws {
    let empty = CurvePlot(title: "t", xLabel: "x", yLabel: "y", series: [])
    #expect(try curves(of: empty).isEmpty)
    #expect(try empty.figure().rgb(scale: 1).width > 440)
  }

  /// Whatever is written: a title and names of any length, in any script, and many series.
  @Test func nothingThatIsWrittenCoversAnotherOrLeavesTheSheet() throws {
    let long =
      "probability of kitchen stove with a very long name minus probability of the other one, which is long, too"
    let names = (0..<28).map { "\(["Łódź", "北京烤鸭", "קמץ", long][$0 % 4]) \($0)" }
    let figure = try CurvePlot(
      title: long + long, xLabel: long, yLabel: long + long,
      series: names.map { .init(name: $0, x: [0, 12345], y: [-1e-7, 2e-7]) }
    ).figure()
    let boxes = figure.texts.map(\.box)
    for (index, box) in boxes.enumerated() {
      #expect(box.x >= 0 && box.y >= 0)
      #expect(box.x + box.width <= Double(figure.width) && box.y + box.height <= Double(figure.height))
      for other in boxes[(index + 1)...] {
        let across = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
        let down = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
        #expect(across <= 0.5 || down <= 0.5, "\(box) and \(other)")
      }
    }
    // The legend ends before the sheet does.
    #expect(figure.height < 2000 && figure.width < 900)
  }

  private func plot(
    _ series: [CurvePlot.Series], yRange: ClosedRange<Double>? = 0...1
  ) -> CurvePlot {
    CurvePlot(title: "t", xLabel: "x", yLabel: "y", series: series, xRange: 0...1, yRange: yRange)
  }

  /// The points of the curves in the frame.
  private func curves(of plot: CurvePlot) throws -> [String] {
    try plot.figure().svg().split(separator: "\n").compactMap { line in
      guard line.contains("stroke-width=\"1.75\"") || line.contains("stroke-width=\"5\"") else { return nil }
      let points = line.split(separator: "\"")[1]
      // The legend's samples lie to the right of the frame.
      return Double(points.prefix { $0 != "," })! > left + 440 ? nil : String(points)
    }
  }

  private func pixel(_ image: RGBImage, _ x: Double, _ y: Double) -> [UInt8] {
    let index = 3 * (Int(2 * y) * image.width + Int(2 * x))
    return Array(image.pixels[index..<index + 3])
  }
}
