package import Drawing
import Images
package import Networks

/// A confusion matrix as a picture: a row for each labelled class, a column for each predicted one.
///
/// A cell's opacity is its share of the row, so that a rare class is seen as well as a frequent one; hits are blue and
/// mistakes vermilion. Up to `widestRoomy` classes cells hold count and share, beyond that the count; a cell of no
/// image is empty. In an SVG a cell tells its numbers to whoever points at it.
package struct ConfusionPlot: Sendable {
  /// Classes that have a row, by index.
  package let rows: [Int]
  /// Classes that have a column. What was taken for any other is in a last column.
  package let columns: [Int]

  private let matrix: ConfusionMatrix
  private let labels: Labels
  private let hasRest: Bool

  /// More classes than this would not be readable.
  package static let mostClasses = 50
  package static let widestRoomy = 12

  /// Shows the classes that there are images of; of more than `mostClasses` those with the most mistakes.
  package init(_ matrix: ConfusionMatrix, labels: Labels) {
    self.matrix = matrix
    self.labels = labels
    let labelled = (0..<matrix.classCount).map { (index: $0, support: matrix.support(of: $0)) }
      .filter { $0.support > 0 }
    let worst = labelled.sorted {
      ($1.support - matrix[$1.index, $1.index], $0.index) < ($0.support - matrix[$0.index, $0.index], $1.index)
    }
    let shown = worst.prefix(Self.mostClasses).map({ $0.index }).sorted()
    // A network of few classes shows them all, so that the matrix is square.
    rows = matrix.classCount <= Self.widestRoomy ? Array(0..<matrix.classCount) : shown
    columns = rows
    let inside = Set(columns)
    hasRest = shown.contains { row in
      (0..<matrix.classCount).contains { !inside.contains($0) && matrix[row, $0] > 0 }
    }
  }

  /// Whether classes with images are left out.
  package var isPartial: Bool { rows.count < (0..<matrix.classCount).count { matrix.support(of: $0) > 0 } }

  /// The matrix, to be written as pixels, as SVG or as PDF.
  ///
  /// - Parameter link: where a cell of mistakes leads to in an SVG; nil for nowhere.
  /// - Throws: where the libraries that draw letters are not on the machine.
  package func figure(
    link: (_ labelled: Int, _ predicted: Int) -> String? = { _, _ in nil }
  ) throws(DrawingError) -> Figure {
    try ConfusionSheet(self).figure(link: link)
  }

  fileprivate var columnNames: [String] { columns.map(name) + (hasRest ? ["any other"] : []) }
  fileprivate func name(_ index: Int) -> String { labels[index].name }

  fileprivate struct Cell {
    let count: Int
    /// Of the row; 0 where the row has no image.
    let share: Double
    let labelled: Int
    /// nil in the column of the rest.
    let predicted: Int?
    var isHit: Bool { labelled == predicted }
  }

  fileprivate func cells(ofRow row: Int) -> [Cell] {
    let support = matrix.support(of: row)
    let inside = columns.map { matrix[row, $0] }
    let rest = support - inside.reduce(0, +)
    func cell(_ count: Int, _ predicted: Int?) -> Cell {
      Cell(
        count: count, share: support > 0 ? Double(count) / Double(support) : 0, labelled: row, predicted: predicted)
    }
    return zip(inside, columns).map { cell($0, $1) } + (hasRest ? [cell(rest, nil)] : [])
  }
}

/// Where the parts stand: the labelled classes' names to the left, the predicted ones' above (upwards where cells are
/// narrow), then the cells.
private struct ConfusionSheet {
  private let plot: ConfusionPlot
  private let isRoomy: Bool
  private let cell: (width: Double, height: Double)
  private let predicted: TextBlock
  private let labelled: TextBlock
  private let columnNames: [TextBlock]
  private let rowNames: [TextBlock]
  private let left: Double
  private let top: Double

  /// Units across a name beside a row, or above a narrow column; what is longer is cut.
  private static let longestName = 170.0
  /// The same above a wide column, where names take up to three lines.
  private static let widestName = 84.0

  init(_ plot: ConfusionPlot) throws(DrawingError) {
    self.plot = plot
    isRoomy = plot.rows.count <= ConfusionPlot.widestRoomy
    predicted = try TextBlock("predicted", size: PlotStyle.textSize)
    labelled = try TextBlock("labelled", size: PlotStyle.textSize)
    var names: [TextBlock] = []
    for name in plot.columnNames {
      names.append(
        try isRoomy
          ? TextBlock(name, size: PlotStyle.textSize, within: Self.widestName, lines: 3, isCentred: true)
          : TextBlock(name, size: PlotStyle.textSize, within: Self.longestName))
    }
    columnNames = names
    names = []
    for row in plot.rows {
      names.append(
        try TextBlock(plot.name(row), size: PlotStyle.textSize, within: Self.longestName, lines: isRoomy ? 2 : 1))
    }
    rowNames = names

    let widest = columnNames.map({ $0.width }).max() ?? 0
    cell = isRoomy ? (max(56, (widest + 12).rounded(.up)), 40) : (24, 18)
    let above = isRoomy ? columnNames.map({ $0.height }).max() ?? 0 : widest
    left =
      (PlotStyle.margin + labelled.height + 2 * PlotStyle.gap + (rowNames.map({ $0.width }).max() ?? 0)).rounded(.up)
      + PlotStyle.gap
    top = (PlotStyle.margin + predicted.height + PlotStyle.gap + above).rounded(.up) + PlotStyle.gap
  }

  func figure(link: (Int, Int) -> String?) throws(DrawingError) -> Figure {
    let columns = plot.columnNames
    let right = left + Double(columns.count) * cell.width
    let bottom = top + Double(plot.rows.count) * cell.height
    // A heading may be wider than a single column.
    let width = max(right, (left + right + predicted.width) / 2) + PlotStyle.margin
    let height = max(bottom, (top + bottom + labelled.width) / 2) + PlotStyle.margin
    var figure = Figure(
      width: Int(width.rounded(.up)), height: Int(height.rounded(.up)), title: "Confusion matrix")
    figure.write(predicted, at: PlanePoint(x: (left + right) / 2, y: PlotStyle.margin), TextAnchor(.middle, .top))
    figure.write(
      labelled, at: PlanePoint(x: PlotStyle.margin, y: (top + bottom) / 2), TextAnchor(.middle, .top),
      isUpwards: true)
    for (column, name) in columnNames.enumerated() {
      let place = PlanePoint(x: left + (Double(column) + 0.5) * cell.width, y: top - PlotStyle.gap)
      if isRoomy {
        figure.write(name, at: place, TextAnchor(.middle, .bottom))
      } else {
        figure.write(name, at: place, TextAnchor(.left, .middle), isUpwards: true)
      }
    }
    for (row, (labelled, name)) in zip(plot.rows, rowNames).enumerated() {
      figure.write(
        name, at: PlanePoint(x: left - PlotStyle.gap, y: top + (Double(row) + 0.5) * cell.height),
        TextAnchor(.right, .middle))
      for (column, content) in plot.cells(ofRow: labelled).enumerated() where content.count > 0 {
        let box = Box(
          x: left + Double(column) * cell.width, y: top + Double(row) * cell.height, width: cell.width,
          height: cell.height)
        let percent = Self.percent(content.share)
        let note = Note(
          text: "\(plot.name(labelled)) taken for \(columns[column]): \(content.count) (\(percent))",
          link: content.isHit ? nil : content.predicted.flatMap { link(content.labelled, $0) })
        try draw(content, percent, in: box, note, on: &figure)
      }
    }
    for column in 0...columns.count {
      let x = left + Double(column) * cell.width
      figure.stroke([PlanePoint(x: x, y: top), PlanePoint(x: x, y: bottom)], width: 1, PlotStyle.line)
    }
    for row in 0...plot.rows.count {
      let y = top + Double(row) * cell.height
      figure.stroke([PlanePoint(x: left, y: y), PlanePoint(x: right, y: y)], width: 1, PlotStyle.line)
    }
    return figure
  }

  private func draw(
    _ content: ConfusionPlot.Cell, _ percent: String, in box: Box, _ note: Note, on figure: inout Figure
  ) throws(DrawingError) {
    // A single mistake among many images must still be seen.
    figure.fill(
      box, content.isHit ? PlotStyle.right : PlotStyle.wrong, opacity: 0.12 + 0.88 * content.share, note: note)
    let color: RGB8 = content.share > 0.45 ? .white : .black
    let (centre, middle) = (box.x + box.width / 2, box.y + box.height / 2)
    // Five digits are wider than a narrow cell.
    let digits = Double(String(content.count).count)
    let size = isRoomy ? PlotStyle.textSize : min(PlotStyle.numberSize, (box.width - 3) / (0.64 * digits))
    let count = try TextBlock(String(content.count), size: size)
    guard isRoomy else {
      figure.write(count, at: PlanePoint(x: centre, y: middle), TextAnchor(.middle, .middle), color: color)
      return
    }
    figure.write(count, at: PlanePoint(x: centre, y: middle - 7), TextAnchor(.middle, .middle), color: color)
    figure.write(
      try TextBlock(percent, size: PlotStyle.numberSize), at: PlanePoint(x: centre, y: middle + 8),
      TextAnchor(.middle, .middle), color: color)
  }

  /// In whole percent, but never 0 % of something nor 100 % of a part.
  private static func percent(_ share: Double) -> String {
    let whole = Int((100 * share).rounded())
    if whole == 0 && share > 0 { return "<1 %" }
    return whole == 100 && share < 1 ? ">99 %" : "\(whole) %"
  }
}
