package import Images

/// Which pixels of a picture belong to the object, row-major from the top.
package struct ForegroundMask: Hashable, Sendable {
  package let size: ImageSize
  package let isForeground: [Bool]

  package init(size: ImageSize, isForeground: [Bool]) {
    precondition(
      isForeground.count == size.pixelCount, "ForegroundMask: \(size) does not hold \(isForeground.count) pixels")
    self.size = size
    self.isForeground = isForeground
  }

  /// The part of a drawn mask that a network saw: the object is where the brightest channel is at least 128, at the
  /// pixel that holds the centre of each of the network's own.
  ///
  /// - Parameters:
  ///   - mask: over the whole upright image, at any scale.
  ///   - geometry: of the image.
  package init(of mask: RGBImage, seenBy geometry: CropGeometry) {
    let (crop, resized) = (geometry.crop, geometry.resized)
    func place(_ pixel: Int, _ resized: Int, _ count: Int) -> Int {
      min(max(Int((Double(pixel) + 0.5) * Double(count) / Double(resized)), 0), count - 1)
    }
    let columns = (0..<crop.width).map { place(crop.x + $0, resized.width, mask.width) }
    size = ImageSize(width: crop.width, height: crop.height)
    isForeground = (0..<crop.height).flatMap { row in
      let start = place(crop.y + row, resized.height, mask.height) * mask.width
      return columns.map { column in mask.pixels[3 * (start + column)..<3 * (start + column) + 3].max()! >= 128 }
    }
  }

  /// Which share of the picture the object takes.
  package var share: Double { Double(isForeground.count { $0 }) / Double(isForeground.count) }

  /// The mask at another size, each pixel as the one that holds its centre.
  package func resized(to other: ImageSize) -> ForegroundMask {
    func places(_ count: Int, _ own: Int) -> [Int] {
      (0..<count).map { min(Int((Double($0) + 0.5) * Double(own) / Double(count)), own - 1) }
    }
    let (rows, columns) = (places(other.height, size.height), places(other.width, size.width))
    return ForegroundMask(
      size: other, isForeground: rows.flatMap { row in columns.map { isForeground[row * size.width + $0] } })
  }
}
