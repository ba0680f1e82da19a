package import Images

/// A part of a picture: rectangles, and what people call them.
package struct PicturePlace: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case patch, border, stripe
  }

  package let kind: Kind
  package let rects: [PixelRect]
  package let size: ImageSize

  /// The smallest rectangle that holds all.
  package var bounds: PixelRect {
    let (left, top) = (rects.map(\.x).min()!, rects.map(\.y).min()!)
    let (right, bottom) = (rects.map { $0.x + $0.width }.max()!, rects.map { $0.y + $0.height }.max()!)
    return PixelRect(x: left, y: top, width: right - left, height: bottom - top)
  }

  var pixelCount: Int { rects.reduce(0) { $0 + $1.width * $1.height } }

  /// The places of the pixels, row-major.
  var pixels: [Int] {
    rects.flatMap { rect in
      (rect.y..<rect.y + rect.height).flatMap { y in (rect.x..<rect.x + rect.width).map { y * size.width + $0 } }
    }
  }

  func overlap(with other: PicturePlace) -> Double {
    var shared = 0
    for a in rects {
      for b in other.rects {
        let width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
        let height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
        if width > 0 && height > 0 { shared += width * height }
      }
    }
    return Double(shared) / Double(min(pixelCount, other.pixelCount))
  }

  /// The same shape at the mirrored places, those that do not overlap this one.
  var mirrored: [PicturePlace] {
    let flips: [(PixelRect) -> PixelRect] = [
      { PixelRect(x: size.width - $0.x - $0.width, y: $0.y, width: $0.width, height: $0.height) },
      { PixelRect(x: $0.x, y: size.height - $0.y - $0.height, width: $0.width, height: $0.height) },
      {
        PixelRect(
          x: size.width - $0.x - $0.width, y: size.height - $0.y - $0.height, width: $0.width, height: $0.height)
      },
    ]
    return flips.map { PicturePlace(kind: kind, rects: rects.map($0), size: size) }.filter { overlap(with: $0) == 0 }
  }

  /// "a patch at the upper left", "the border", "a stripe across the top".
  package var words: String {
    let box = bounds
    func third(_ middle: Int, _ length: Int) -> Int { min(2, middle * 3 / (2 * length)) }
    let (column, row) = (third(2 * box.x + box.width, size.width), third(2 * box.y + box.height, size.height))
    switch kind {
    case .patch:
      let names = [
        ["upper left", "top", "upper right"], ["left", "middle", "right"], ["lower left", "bottom", "lower right"],
      ]
      return "a patch at the \(names[row][column])"
    case .stripe:
      return box.width == size.width
        ? "a stripe across the \(["top", "middle", "bottom"][row])"
        : "a stripe down the \(["left", "middle", "right"][column])"
    case .border:
      switch rects.count {
      case 4: return "the border on all sides"
      case 2:
        return box.width == size.width && rects[0].width == size.width
          ? "the borders at top and bottom" : "the borders at left and right"
      default:
        return "the border at the "
          + (rects[0].width == size.width ? (box.y == 0 ? "top" : "bottom") : (box.x == 0 ? "left" : "right"))
      }
    }
  }

  // MARK: What is looked at

  /// Windows of a quarter of the shorter side, half overlapping; bands along the edges, alone and together; stripes
  /// across and down.
  static func all(of size: ImageSize) -> [PicturePlace] {
    let side = min(size.width, size.height)
    return windows(of: size, side: max(2, side / 4), step: max(1, side / 8)) + borders(of: size, max(1, side / 16))
      + borders(of: size, max(2, side / 8)) + stripes(of: size, max(2, side / 8))
  }

  static func windows(of size: ImageSize, side: Int, step: Int) -> [PicturePlace] {
    func starts(_ length: Int) -> [Int] {
      Array(Set(stride(from: 0, through: length - side, by: step)).union([length - side])).sorted()
    }
    return starts(size.height).flatMap { y in
      starts(size.width).map { x in
        PicturePlace(kind: .patch, rects: [PixelRect(x: x, y: y, width: side, height: side)], size: size)
      }
    }
  }

  private static func borders(of size: ImageSize, _ depth: Int) -> [PicturePlace] {
    let (width, height) = (size.width, size.height)
    let top = PixelRect(x: 0, y: 0, width: width, height: depth)
    let bottom = PixelRect(x: 0, y: height - depth, width: width, height: depth)
    let left = PixelRect(x: 0, y: 0, width: depth, height: height)
    let right = PixelRect(x: width - depth, y: 0, width: depth, height: height)
    let (innerLeft, innerRight) = (
      PixelRect(x: 0, y: depth, width: depth, height: height - 2 * depth),
      PixelRect(x: width - depth, y: depth, width: depth, height: height - 2 * depth)
    )
    return [[top], [bottom], [left], [right], [top, bottom], [left, right], [top, bottom, innerLeft, innerRight]].map {
      PicturePlace(kind: .border, rects: $0, size: size)
    }
  }

  private static func stripes(of size: ImageSize, _ depth: Int) -> [PicturePlace] {
    let across = stride(from: depth, to: size.height - 2 * depth + 1, by: depth).map {
      PixelRect(x: 0, y: $0, width: size.width, height: depth)
    }
    let down = stride(from: depth, to: size.width - 2 * depth + 1, by: depth).map {
      PixelRect(x: $0, y: 0, width: depth, height: size.height)
    }
    return (across + down).map { PicturePlace(kind: .stripe, rects: [$0], size: size) }
  }
}
