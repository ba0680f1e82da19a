package import Images

extension ForegroundMask {
  /// The picture with the background faded and the object outlined, to be judged by eye.
  ///
  /// - Parameter image: what the mask is of, at any size.
  package func shown(on image: RGBImage) -> RGBImage {
    let mask = resized(to: image.size)
    let (width, height) = (image.width, image.height)
    var canvas = Canvas(image)
    // As wide as to be seen in a small copy.
    let reach = max(1, max(width, height) / 160)
    for y in 0..<height {
      for x in 0..<width {
        let own = mask.isForeground[y * width + x]
        let (left, right) = (max(x - reach, 0), min(x + reach, width - 1))
        let (above, below) = (max(y - reach, 0), min(y + reach, height - 1))
        let neighbours = [y * width + left, y * width + right, above * width + x, below * width + x]
        if own && neighbours.contains(where: { !mask.isForeground[$0] }) {
          canvas.lay(Self.outline, at: (x, y), opacity: 255)
        } else if !own {
          canvas.lay(.white, at: (x, y), opacity: 178)
        }
      }
    }
    return canvas.rgb
  }

  private static let outline = RGB8(red: 0xB2, green: 0x3C, blue: 0x00)
}
