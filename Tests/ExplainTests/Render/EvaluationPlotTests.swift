import Drawing
import Explain
import Images
import Models
import Networks
import Testing

@Suite("Plots of an evaluation")
struct EvaluationPlotTests {
  private func matrix(_ rows: [[Int]]) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classCount: rows.count)
    for (row, counts) in rows.enumerated() {
      for (column, count) in counts.enumerated() {
        for _ in 0..<count { matrix.add(labelled: row, predicted: column) }
      }
    }
    return matrix
  }

  private func rectangles(_ svg: String) -> [String] {
    svg.split(separator: "\n").filter { $0.contains("<title>") && $0.contains("<rect") }.map(String.init)
  }

  @Test("Rows are labels, columns answers; opacity is the share of the row; mistakes alone are links")
  func cells() throws {
    let plot = ConfusionPlot(matrix([[3, 1], [0, 2]]), labels: .unnamed(count: 2))
    let cells = rectangles(try plot.figure { "#\($0)-\($1)" }.svg())
    #expect(cells.count == 3)
    #expect(cells[0].contains("class 0 taken for class 0: 3 (75 %)") && !cells[0].contains("<a "))
    #expect(cells[1].hasPrefix("<a href=\"#0-1\">") && cells[1].contains("class 0 taken for class 1: 1 (25 %)"))
    // 0.12 + 0.88 / 4
    #expect(cells[1].contains("fill=\"#b23c00\" fill-opacity=\"0.34\""))
    #expect(cells[2].contains("fill=\"#005b96\"") && !cells[2].contains("fill-opacity"))
    // The mistake stands to the right of its row's hit, the second class's hit below the mistake.
    let place = { (cell: String, name: String) in
      cell.firstMatch(of: try! Regex("\(name)=\"([0-9]+)\""))?.output[1].substring.flatMap { Int($0) } ?? -1
    }
    #expect(place(cells[1], " x") > place(cells[0], " x") && place(cells[1], " y") == place(cells[0], " y"))
    #expect(place(cells[2], " x") == place(cells[1], " x") && place(cells[2], " y") > place(cells[1], " y"))
  }

  @Test("The picture has the colours of the cells on white")
  func picture() throws {
    let picture = try ConfusionPlot(matrix([[4, 0], [4, 0]]), labels: .unnamed(count: 2)).figure().rgb(scale: 1)
    func has(_ color: [UInt8]) -> Bool {
      (0..<picture.size.pixelCount).contains { Array(picture.pixels[3 * $0..<3 * $0 + 3]) == color }
    }
    #expect(has([0x00, 0x5B, 0x96]) && has([0xB2, 0x3C, 0x00]) && has([255, 255, 255]))
  }

  @Test("Names are text; what lies outside the classes with images is one column")
  func otherClasses() throws {
    var matrix = ConfusionMatrix(classCount: 40)
    matrix.add(labelled: 3, predicted: 3)
    matrix.add(labelled: 3, predicted: 20)
    matrix.add(labelled: 5, predicted: 5)
    let labels = Labels((0..<40).map { ClassLabel(index: $0, name: $0 == 3 ? "<b>&" : "kind \($0)") })
    let plot = ConfusionPlot(matrix, labels: labels)
    #expect(plot.rows == [3, 5] && plot.columns == [3, 5] && !plot.isPartial)
    let svg = try plot.figure { _, _ in "#x" }.svg()
    #expect(svg.contains("&lt;b&gt;&amp; taken for any other: 1 (50 %)") && !svg.contains("<b>"))
    #expect(!svg.contains("<a "))
  }

  @Test("Of too many classes those with the most mistakes are shown")
  func manyClasses() throws {
    let count = ConfusionPlot.mostClasses + 10
    var matrix = ConfusionMatrix(classCount: count)
    for index in 0..<count {
      matrix.add(labelled: index, predicted: index)
      if index >= 10 { matrix.add(labelled: index, predicted: 0) }
    }
    let plot = ConfusionPlot(matrix, labels: .unnamed(count: count))
    #expect(plot.rows == Array(10..<count) && plot.isPartial)
    #expect(try rectangles(plot.figure().svg()).count == 2 * ConfusionPlot.mostClasses)
    #expect(try plot.figure().rgb(scale: 1).width < 2000)
  }

  @Test("Bars of the reliability diagram reach up to the accuracy, and the gap from there to the confidence")
  func reliability() throws {
    let calibration = Calibration(of: [(0.9, true), (0.9, false)], binCount: 2)
    let bars = rectangles(try ReliabilityPlot(calibration).figure().svg())
    #expect(bars.count == 3)
    // The frame is 260 high from 16 on: accuracy 0.5, confidence 0.9.
    #expect(bars[0].contains("y=\"146\"") && bars[0].contains("height=\"130\"") && bars[0].contains("fill=\"#005b96\""))
    #expect(bars[1].contains("y=\"42\"") && bars[1].contains("height=\"104\"") && bars[1].contains("fill=\"#b23c00\""))
    #expect(bars[0].contains("2 images of mean confidence 90.0 %, 50.0 % right"))
    let picture = try ReliabilityPlot(calibration).figure().rgb(scale: 2)
    #expect(picture.width == 672)
  }

  /// Names that are long, in other scripts, of many lines or of nothing.
  private static let names = [
    "Łódź", "kitchen stove with a very long name that nobody would read to its end, not even on a wide screen",
    "קמץ", "北京烤鸭", "a\nb", "", "<i>&", "Donaudampfschifffahrtsgesellschaft",
  ]

  @Test("No text covers another or leaves the plot", arguments: [2, 4, 8, 20, 50])
  func textsHaveTheirPlaces(count: Int) throws {
    let rows = (0..<count).map { row in
      (0..<count).map { $0 == row ? 12_000 / count : $0 == (row * 7 + 1) % count ? 9 : 0 }
    }
    let labels = Labels((0..<count).map { ClassLabel(index: $0, name: Self.names[$0 % Self.names.count]) })
    var confusion = try ConfusionPlot(matrix(rows), labels: labels).figure()
    expectApart(confusion)
    #expect(try confusion.pdf().count > 1000)
    confusion = try ReliabilityPlot(Calibration(of: (0..<count * 100).map { (Double($0 % 100) / 100, $0 % 3 == 0) }))
      .figure()
    expectApart(confusion)
  }

  private func expectApart(_ figure: Figure) {
    // A line's height is more than its letters': half a line of two neighbours may be the same.
    let boxes = figure.texts.filter { $0.text.width > 0 }.map(\.box)
    for (index, box) in boxes.enumerated() {
      #expect(
        box.x >= 0 && box.y >= 0 && box.x + box.width <= Double(figure.width)
          && box.y + box.height <= Double(figure.height))
      for other in boxes[(index + 1)...] {
        let across = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
        let down = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
        #expect(across <= 0.5 || down <= 3.5, "\(box) and \(other)")
      }
    }
  }
}
