package import Images
import Networks

/// The pictures of several classes of one image side by side, the class over each.
///
/// - Parameters:
///   - attributions: at least one.
///   - image: the upright picture or a smaller copy of it.
///   - recipe: of every picture; for one range in all of them `DisplayRange.shared(by:evidence:)`.
package func pictureSheet(of attributions: [Attribution], over image: RGBImage, recipe: DisplayRecipe) -> RGBImage {
  PictureSheet(
    panels: attributions.map { attribution in
      PictureSheet.Panel(caption: attribution.caption, picture: attribution.overlay(on: image, recipe: recipe))
    }, scale: dotScale(of: image.size)
  ).picture
}

extension Attribution {
  /// What is explained, in the letters that a picture has.
  fileprivate var caption: String {
    guard let against else { return "\(prediction.label.plainName) \(percentText(prediction.probability))" }
    return "\(prediction.label.plainName) rather than \(against.label.plainName)"
  }
}

/// 0.3946 is 39.5 %; what would be 0.0 % is said to be less than 0.1 %.
private func percentText(_ share: Float) -> String {
  let tenths = Int((Double(share) * 1000).rounded())
  if tenths == 0 { return "< 0.1 %" }
  return "\(tenths / 10).\(tenths % 10) %"
}

extension ClassLabel {
  /// The name, where pictures have its letters; else the number.
  fileprivate var plainName: String { DotFont.hasLetters(of: name) ? name : "class \(index)" }
}

/// Pictures on white, each below its caption, in rows from the top left: up to three in one row, more in about as many rows as columns.
struct PictureSheet {
  struct Panel {
    let caption: String
    let picture: RGBImage
  }

  let panels: [Panel]
  /// Pixels a dot of the captions.
  let scale: Int

  /// Of captions that need more the rest is left out.
  static let maximumLines = 3
  /// Letters that a panel has room for, however narrow its picture is.
  static let minimumColumns = 12

  /// Of a sheet of so many panels.
  static func columns(_ count: Int) -> Int {
    count <= 3 ? max(count, 1) : (1...count).first { $0 * $0 >= count }!
  }

  var picture: RGBImage {
    let gap = 8 * scale
    let lineHeight = (DotFont.height + 2) * scale
    let width = max(panels.map(\.picture.width).max() ?? 0, Self.minimumColumns * DotFont.advance * scale)
    let captions = panels.map { lines(of: $0.caption, columns: width / (DotFont.advance * scale)) }
    let captionHeight = (captions.map(\.count).max() ?? 0) * lineHeight
    let height = captionHeight + (panels.map(\.picture.height).max() ?? 0)
    let columns = Self.columns(panels.count)
    let rows = (panels.count + columns - 1) / columns
    var canvas = Canvas(
      size: ImageSize(width: columns * (width + gap) + gap, height: rows * (height + gap) + gap / 2),
      filledWith: .white)
    for (index, (panel, caption)) in zip(panels, captions).enumerated() {
      let x = gap + index % columns * (width + gap)
      let top = gap / 2 + index / columns * (height + gap)
      // The last line of every caption stands on its picture.
      for (line, text) in caption.enumerated() {
        canvas.write(
          text, at: (x, top + captionHeight - (caption.count - line) * lineHeight), scale: scale, color: .black)
      }
      canvas.place(panel.picture, x: x, y: top + captionHeight)
    }
    return canvas.rgb
  }

  /// The text in lines of at most so many letters, words that are longer broken; what does not fit ends in dots.
  private func lines(of text: String, columns: Int) -> [String] {
    let words = text.split(separator: " ").flatMap { word in
      stride(from: 0, to: word.count, by: columns).map { String(word.dropFirst($0).prefix(columns)) }
    }
    let lines = filled(words.joined(separator: " "), columns: columns) ?? []
    guard lines.count > Self.maximumLines else { return lines }
    return lines.prefix(Self.maximumLines - 1) + [lines[Self.maximumLines - 1].prefix(columns - 3) + "..."]
  }
}
