package import Drawing
package import Images
import Networks

/// The pictures of several maps of one image side by side, what each explains above it.
///
/// - Parameters:
///   - attributions: at least one.
///   - image: the upright picture or a smaller copy of it.
///   - recipes: one for each; for one range in all of them `DisplayRange.shared(by:evidence:)`.
///   - namesMethods: whether the method stands beside the class.
///   - columns: how many stand in a row; nil for what suits their number.
/// - Throws: where the libraries that draw letters are not on the machine.
package func pictureSheet(
  of attributions: [Attribution], over image: RGBImage, recipes: [DisplayRecipe], namesMethods: Bool = false,
  columns: Int? = nil
) throws(DrawingError) -> RGBImage {
  var panels: [PictureSheet.Panel] = []
  for (attribution, recipe) in zip(attributions, recipes) {
    panels.append(
      PictureSheet.Panel(
        caption: attribution.caption(namesMethod: namesMethods),
        picture: try attribution.overlay(on: image, recipe: recipe)))
  }
  return try PictureSheet(
    panels: panels, scale: unitScale(of: image.size), columns: columns
  ).picture()
}

extension Attribution {
  /// What is explained.
  fileprivate func caption(namesMethod: Bool) -> PictureSheet.Caption {
    let name = isolated(prediction.label.name)
    let title = namesMethod ? MethodCatalog.entries.first { $0.name == method }?.title ?? method : nil
    guard let against else {
      return PictureSheet.Caption(
        name: name, share: " " + prediction.number.text + (title.map { ", \($0)" } ?? ""))
    }
    return PictureSheet.Caption(
      name: "\(name) rather than \(isolated(against.label.name))", share: title.map { ", \($0)" } ?? "")
  }
}

extension Prediction.Number {
  /// "39.5 %", or a value with four significant digits and its unit.
  fileprivate var text: String {
    switch self {
    case .probability(let probability): percentText(probability)
    case .value(let value, let unit): significantText(value) + (unit.map { " " + isolated($0) } ?? "")
    }
  }
}

/// 0.3946 is 39.5 %; what would be 0.0 % is said to be less than 0.1 %.
private func percentText(_ share: Float) -> String {
  let tenths = Int((Double(share) * 1000).rounded())
  if tenths == 0 { return "< 0.1 %" }
  return "\(tenths / 10).\(tenths % 10) %"
}

/// Pictures on white, each below its caption, in rows from the top left: up to three in one row, more in about as many
/// rows as columns.
struct PictureSheet {
  struct Caption {
    let name: String
    /// What stands after the name, however much of that is left out.
    let share: String
  }

  struct Panel {
    let caption: Caption
    let picture: RGBImage
  }

  let panels: [Panel]
  /// Pixels to a unit.
  let scale: Int
  /// How many pictures stand in a row; nil for what suits their number.
  var columns: Int?

  /// Of captions that need more the rest of the name is left out.
  static let maximumLines = 3
  /// Units across a panel, however narrow its picture is.
  static let minimumWidth = 96
  static let letterSize = 11

  /// Of a sheet of so many panels.
  static func columns(_ count: Int) -> Int {
    count <= 3 ? max(count, 1) : (1...count).first { $0 * $0 >= count }!
  }

  /// - Throws: where the libraries that draw letters are not on the machine.
  func picture() throws(DrawingError) -> RGBImage {
    let gap = 8 * scale
    let width = max(panels.map({ $0.picture.width }).max() ?? 0, Self.minimumWidth * scale)
    var captions: [TextBlock] = []
    for panel in panels {
      captions.append(
        try TextBlock(
          panel.caption.name, ending: panel.caption.share, size: Double(Self.letterSize * scale),
          within: Double(min(width, 30_000)), lines: Self.maximumLines, direction: .leftToRight))
    }
    let columns = self.columns ?? Self.columns(panels.count)
    let pictureHeight = panels.map({ $0.picture.height }).max() ?? 0
    // Of each row's pictures; the longest caption of a row makes room above them.
    var tops: [Int] = []
    var bottom = gap / 2
    for start in stride(from: 0, to: panels.count, by: columns) {
      let row = captions[start..<min(start + columns, panels.count)]
      tops.append(bottom + Int(row.map({ $0.height }).max()!.rounded(.up)) + 2 * scale)
      bottom = tops.last! + pictureHeight + gap
    }
    var canvas = Canvas(
      size: ImageSize(width: columns * (width + gap) + gap, height: bottom), filledWith: .white)
    for (index, (panel, caption)) in zip(panels, captions).enumerated() {
      let x = gap + index % columns * (width + gap)
      let top = tops[index / columns]
      canvas.place(panel.picture, x: x, y: top)
      // The last line of every caption stands on its picture.
      let lineHeight = Int(caption.height.rounded(.up))
      var letters = Figure(
        width: max(1, Int(caption.width.rounded(.up))), height: lineHeight, title: panel.caption.name)
      letters.write(caption, at: PlanePoint(x: 0, y: 0), TextAnchor(.left, .top))
      canvas.lay(try letters.layer(), x: x, y: top - 2 * scale - lineHeight)
    }
    return canvas.rgb
  }
}
