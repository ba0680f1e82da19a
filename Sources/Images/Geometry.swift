/// A rectangle of the upright original image in its pixel coordinates, edges not necessarily on whole pixels.
package struct ImageRegion: Hashable, Sendable, Codable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// How the picture that a network saw lies in the original: the original was resized, then a rectangle was cut out.
package struct CropGeometry: Hashable, Sendable {
  /// The upright original.
  package var original: ImageSize
  /// The whole original after resizing.
  package var resized: ImageSize
  /// What was cut out, in pixels of the resized picture.
  package var crop: PixelRect

  package init(original: ImageSize, resized: ImageSize, crop: PixelRect) {
    self.original = original
    self.resized = resized
    self.crop = crop
  }

  /// The crop in pixels of the original. Widths and heights scale apart: resizing may change the aspect ratio.
  package var region: ImageRegion {
    let scaleX = Double(original.width) / Double(resized.width)
    let scaleY = Double(original.height) / Double(resized.height)
    return ImageRegion(
      x: Double(crop.x) * scaleX, y: Double(crop.y) * scaleY,
      width: Double(crop.width) * scaleX, height: Double(crop.height) * scaleY)
  }
}
