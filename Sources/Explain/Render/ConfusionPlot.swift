package import Images
package import Networks

/// A confusion matrix as a picture: a row for each labelled class, a column for each predicted one.
///
/// A cell's opacity is its share of the row, so that a rare class is seen as well as a frequent one; hits are blue and mistakes
/// vermilion. Up to
/// `widestRoomy` classes cells hold count and share, beyond that the count; a cell of no image is empty. The same layout gives an SVG,
/// where
/// a cell tells its numbers to whoever points at it, and a picture.
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
    let shown = worst.prefix(Self.mostClasses).map(\.index).sorted()
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

  /// - Parameter link: where a cell of mistakes leads to; nil for nowhere.
  package func svg(link: (_ labelled: Int, _ predicted: Int) -> String? = { _, _ in nil }) -> String {
    var surface = SVGSurface()
    let sheet = ConfusionSheet(self)
    sheet.draw(self, link: link, on: &surface)
    return surface.document(width: sheet.width, height: sheet.height, title: Self.title)
  }

  /// On white, `scale` pixels to a unit of the SVG. Letters outside printable ASCII are boxes.
  package func picture(scale: Int = 2) -> RGBImage {
    precondition(scale > 0, "ConfusionPlot.picture: \(scale) pixels to a unit")
    let sheet = ConfusionSheet(self)
    let size = ImageSize(width: sheet.width * scale, height: sheet.height * scale)
    var surface = PixelSurface(canvas: Canvas(size: size, filledWith: .white), scale: scale)
    sheet.draw(self, link: { _, _ in nil }, on: &surface)
    return surface.canvas.rgb
  }

  private static let title = "Confusion matrix"

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

/// Where the parts stand: the labelled classes' names to the left, the predicted ones' above (upwards where they are long), then the cells.
private struct ConfusionSheet {
  let width: Int
  let height: Int

  private let left: Int
  private let top: Int
  private let cell: ImageSize
  private let isUpwards: Bool
  private let isRoomy: Bool

  private static let margin = 12
  private static let gap = 6
  private static let lineHeight = DotFont.height + 5
  private static let longestName = 30
  private static let hit = RGB8(red: 0x00, green: 0x5B, blue: 0x96)
  private static let miss = RGB8(red: 0xB2, green: 0x3C, blue: 0x00)
  private static let line = RGB8(red: 0xC9, green: 0xCF, blue: 0xD2)

  init(_ plot: ConfusionPlot) {
    isRoomy = plot.rows.count <= ConfusionPlot.widestRoomy
    let widest = plot.columnNames.map { DotFont.width(of: Self.short($0)) }.max() ?? 0
    isUpwards = !isRoomy || widest > 84
    cell =
      isRoomy ? ImageSize(width: max(56, isUpwards ? 0 : widest + 12), height: 40) : ImageSize(width: 24, height: 18)
    let names = plot.rows.map { DotFont.width(of: Self.short(plot.name($0))) }.max() ?? 0
    left = Self.margin + Self.lineHeight + names + 2 * Self.gap
    top = Self.margin + Self.lineHeight + (isUpwards ? widest : Self.lineHeight) + Self.gap
    width = left + plot.columnNames.count * cell.width + Self.margin
    height = top + plot.rows.count * cell.height + Self.margin
  }

  func draw(_ plot: ConfusionPlot, link: (Int, Int) -> String?, on surface: inout some PlotSurface) {
    let columns = plot.columnNames
    let (right, bottom) = (left + columns.count * cell.width, top + plot.rows.count * cell.height)
    surface.write(
      "predicted", at: PlanePoint(x: Double(left + right) / 2, y: Double(Self.margin + DotFont.ascent)),
      anchor: .middle)
    surface.write(
      "labelled", at: PlanePoint(x: Double(Self.margin + DotFont.ascent), y: Double(top + bottom) / 2),
      anchor: .middle, isUpwards: true)
    for (column, name) in columns.enumerated() {
      let centre = Double(left + column * cell.width) + Double(cell.width) / 2
      surface.write(
        Self.short(name), at: PlanePoint(x: isUpwards ? centre + 3.5 : centre, y: Double(top - Self.gap)),
        anchor: isUpwards ? .start : .middle, isUpwards: isUpwards)
    }
    for (row, labelled) in plot.rows.enumerated() {
      let middle = Double(top + row * cell.height) + Double(cell.height) / 2
      surface.write(
        Self.short(plot.name(labelled)), at: PlanePoint(x: Double(left - Self.gap), y: middle + 3.5), anchor: .end)
      for (column, cell) in plot.cells(ofRow: labelled).enumerated() {
        draw(cell, named: (plot.name(labelled), columns[column]), atRow: row, column: column, link, on: &surface)
      }
    }
    for column in 0...columns.count {
      let x = Double(left + column * cell.width)
      surface.draw(
        [PlanePoint(x: x, y: Double(top)), PlanePoint(x: x, y: Double(bottom))], width: 1, color: Self.line, dashes: [])
    }
    for row in 0...plot.rows.count {
      let y = Double(top + row * cell.height)
      surface.draw(
        [PlanePoint(x: Double(left), y: y), PlanePoint(x: Double(right), y: y)], width: 1, color: Self.line, dashes: [])
    }
  }

  private func draw(
    _ content: ConfusionPlot.Cell, named names: (labelled: String, predicted: String), atRow row: Int, column: Int,
    _ link: (Int, Int) -> String?, on surface: inout some PlotSurface
  ) {
    guard content.count > 0 else { return }
    let area = PlotArea(
      x: Double(left + column * cell.width), y: Double(top + row * cell.height), width: Double(cell.width),
      height: Double(cell.height))
    let percent = Self.percent(content.share)
    let note = PlotNote(
      text: "\(names.labelled) taken for \(names.predicted): \(content.count) (\(percent))",
      link: content.isHit ? nil : content.predicted.flatMap { link(content.labelled, $0) })
    // A single mistake among many images must still be seen.
    surface.fill(
      area, color: content.isHit ? Self.hit : Self.miss, opacity: 0.12 + 0.88 * content.share, note: note)
    let color: RGB8 = content.share > 0.45 ? .white : .black
    let centre = area.x + area.width / 2
    let middle = area.y + area.height / 2 + 3.5
    surface.write(
      String(content.count), at: PlanePoint(x: centre, y: isRoomy ? middle - 7 : middle), anchor: .middle,
      isUpwards: false, color: color)
    guard isRoomy else { return }
    surface.write(
      percent, at: PlanePoint(x: centre, y: middle + 8), anchor: .middle, isUpwards: false, color: color)
  }

  private static func short(_ name: String) -> String {
    name.count <= longestName ? name : name.prefix(longestName - 2) + ".."
  }

  /// In whole percent, but never 0 % of something nor 100 % of a part.
  private static func percent(_ share: Double) -> String {
    let whole = Int((100 * share).rounded())
    if whole == 0 && share > 0 { return "<1 %" }
    return whole == 100 && share < 1 ? ">99 %" : "\(whole) %"
  }
}
