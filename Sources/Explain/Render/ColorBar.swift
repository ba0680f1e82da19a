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

  /// The picture with the bar to its right on white, from the value of the first colour at the bottom to that of the last
  /// at the top.
  ///
  /// Numbers stand at round values, in the map's units (a power of ten that they share is written above the bar). Zero's
  /// tick runs across the bar and out of it to both sides. A picture lower than `minimumHeight` dots gets white below it.
  func beside(_ picture: RGBImage, scale: Int) -> RGBImage {
    let height = max(picture.height, Self.minimumHeight * scale)
    let margin = 6 * scale
    let barWidth = 12 * scale
    let tickLength = 3 * scale
    let line = DotFont.height * scale

    let point = isClipped && limit > 0 ? barWidth / 2 : 0
    let pointsBelow = evidence == .signed ? point : 0
    let ends = evidence.ends(limit: limit)
    // The first line is for the factor; half a line keeps the outermost numbers inside.
    let top = margin + line + line / 2 + point
    let bottom = height - margin - line / 2 - pointsBelow
    let length = bottom - top
    // Three at least: two would leave a signed range with its zero alone.
    let ticks = Ticks(from: ends.first, to: ends.last, atMost: max(3, min(9, length / (2 * line))))
    let labelWidth = ((ticks.ticks.map(\.label) + [ticks.factor]).map(DotFont.width(of:)).max() ?? 0) * scale
    let bar = PixelRect(x: picture.width + margin, y: top, width: barWidth, height: length)
    let labels = bar.x + bar.width + tickLength + 2 * scale

    var canvas = Canvas(
      size: ImageSize(width: labels + labelWidth + margin, height: height), filledWith: .white)
    canvas.place(picture, x: 0, y: 0)
    draw(bar, pointAbove: point, pointBelow: pointsBelow, on: &canvas)
    canvas.write(ticks.factor, at: (labels, margin), scale: scale, color: .black)

    func row(of value: Double) -> Int {
      let place = limit > 0 ? evidence.place(of: value, limit: limit) : evidence.zero
      return top + Int(((1 - place) * Double(length)).rounded())
    }
    for level in levels {
      let y = row(of: level) - scale / 2
      canvas.fill(PixelRect(x: bar.x, y: y - scale, width: bar.width, height: 3 * scale), with: .black)
      canvas.fill(PixelRect(x: bar.x, y: y, width: bar.width, height: scale), with: .white)
    }
    for tick in ticks.ticks {
      let y = row(of: tick.value) - scale / 2
      let isZero = tick.value == 0
      let start = isZero ? bar.x - tickLength : bar.x + bar.width
      canvas.fill(
        PixelRect(x: start, y: y, width: bar.x + bar.width + tickLength - start, height: scale), with: .black)
      canvas.write(
        tick.label, at: (labels, y + scale / 2 - DotFont.ascent * scale / 2), scale: scale, color: .black)
    }
    return canvas.rgb
  }

  /// The height in dots below which a bar and its numbers cannot be read.
  static let minimumHeight = 72

  /// The colours, and the points in the outermost ones.
  private func draw(_ bar: PixelRect, pointAbove: Int, pointBelow: Int, on canvas: inout Canvas) {
    let table = colorMap.table
    for row in 0..<bar.height {
      let place = limit > 0 ? (Double(bar.height - row) - 0.5) / Double(bar.height) : evidence.zero
      canvas.fill(
        PixelRect(x: bar.x, y: bar.y + row, width: bar.width, height: 1), with: table[Int(255 * place + 0.5)])
    }
    for row in 0..<pointAbove {
      canvas.fill(
        PixelRect(x: bar.x + row + 1, y: bar.y - 1 - row, width: bar.width - 2 * (row + 1), height: 1), with: table[255]
      )
    }
    for row in 0..<pointBelow {
      canvas.fill(
        PixelRect(x: bar.x + row + 1, y: bar.y + bar.height + row, width: bar.width - 2 * (row + 1), height: 1),
        with: table[0])
    }
  }
}
