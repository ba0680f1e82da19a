import Drawing
import Images

/// The scale beside a picture: which value of the map has which colour.
struct ColorBar {
  let colorMap: ColorMap
  let evidence: Evidence
  /// The magnitude that has the last colour; 0 where nothing is drawn.
  let limit: Double
  /// Whether larger magnitudes share the last colour; the bar then ends in a point.
  let isClipped: Bool
  /// Levels of the contour lines, in the map's units.
  let levels: [Double]

  /// The picture with the bar to its right on white.
  ///
  /// - Throws: where the libraries that draw letters are not on the machine.
  func beside(_ picture: RGBImage, scale: Int) throws(DrawingError) -> RGBImage {
    let panel = try figure(height: min(picture.height, Figure.mostPixels), scale: scale)
    var canvas = Canvas(
      size: ImageSize(width: picture.width + panel.width, height: max(picture.height, panel.height)),
      filledWith: .white)
    canvas.place(picture, x: 0, y: 0)
    canvas.lay(try panel.layer(), x: picture.width, y: 0)
    return canvas.rgb
  }

  /// The bar with its numbers, a unit a pixel, from the value of the first colour at the bottom to that of the last at
  /// the top.
  ///
  /// Numbers stand at round values, in the map's units (a power of ten that they share is written above the bar).
  /// Zero's tick runs across the bar and out of it to both sides.
  ///
  /// - Parameter height: of the picture beside it; the figure is `minimumHeight` high at least.
  func figure(height: Int, scale: Int) throws(DrawingError) -> Figure {
    let height = max(height, Self.minimumHeight * scale)
    let margin = 6 * scale
    let barWidth = 12 * scale
    let tickLength = 3 * scale
    let line = 13 * scale
    func set(_ text: String) throws(DrawingError) -> TextBlock { try TextBlock(text, size: Double(11 * scale)) }

    let point = isClipped && limit > 0 ? barWidth / 2 : 0
    let pointsBelow = evidence == .signed ? point : 0
    let ends = evidence.ends(limit: limit)
    // The first line is for the factor; half a line keeps the outermost numbers inside.
    let top = margin + line + line / 2 + point
    let bottom = height - margin - line / 2 - pointsBelow
    let length = bottom - top
    // Three at least: two would leave a signed range with its zero alone.
    let ticks = Ticks(from: ends.first, to: ends.last, atMost: max(3, min(9, 2 * length / (3 * line))))
    var labels: [TextBlock] = []
    for tick in ticks.ticks { labels.append(try set(tick.label)) }
    let factor = try set(ticks.factor)
    let labelWidth = Int((labels + [factor]).map({ $0.width }).max()!.rounded(.up))
    let bar = PixelRect(x: margin, y: top, width: barWidth, height: length)
    let labelsLeft = bar.x + bar.width + tickLength + 2 * scale

    var figure = Figure(width: labelsLeft + labelWidth + margin, height: height, title: "Scale of the colours")
    func fill(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ color: RGB8) {
      figure.fill(Box(x: Double(x), y: Double(y), width: Double(width), height: Double(height)), color)
    }
    let table = colorMap.table
    for row in 0..<bar.height {
      let place = limit > 0 ? (Double(bar.height - row) - 0.5) / Double(bar.height) : evidence.zero
      fill(bar.x, bar.y + row, bar.width, 1, table[Int(255 * place + 0.5)])
    }
    for row in 0..<point { fill(bar.x + row + 1, bar.y - 1 - row, bar.width - 2 * (row + 1), 1, table[255]) }
    for row in 0..<pointsBelow {
      fill(bar.x + row + 1, bar.y + bar.height + row, bar.width - 2 * (row + 1), 1, table[0])
    }
    if !ticks.factor.isEmpty {
      figure.write(factor, at: PlanePoint(x: Double(labelsLeft), y: Double(margin)), TextAnchor(.left, .top))
    }

    func row(of value: Double) -> Int {
      let place = limit > 0 ? evidence.place(of: value, limit: limit) : evidence.zero
      return top + Int(((1 - place) * Double(length)).rounded())
    }
    for level in levels {
      let y = row(of: level) - scale / 2
      fill(bar.x, y - scale, bar.width, 3 * scale, .black)
      fill(bar.x, y, bar.width, scale, .white)
    }
    for (tick, label) in zip(ticks.ticks, labels) {
      let y = row(of: tick.value) - scale / 2
      let start = tick.value == 0 ? bar.x - tickLength : bar.x + bar.width
      fill(start, y, bar.x + bar.width + tickLength - start, scale, .black)
      figure.write(
        label, at: PlanePoint(x: Double(labelsLeft), y: Double(y) + Double(scale) / 2), TextAnchor(.left, .middle))
    }
    return figure
  }

  /// The height in units below which a bar and its numbers cannot be read.
  static let minimumHeight = 84
}
