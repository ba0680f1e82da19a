package import Drawing
package import Images

extension Attribution {
  /// The evidence as a PNG of the size of the image: blended over it, or alone and transparent, to be laid over it.
  /// With a colour bar a blended picture is wider.
  ///
  /// - Parameters:
  ///   - image: the upright picture or a smaller copy of it.
  ///   - isOverlay: whether the image is in it.
  /// - Throws: where there is something to write and the libraries that draw letters are not on the machine.
  package func png(
    over image: RGBImage, recipe: DisplayRecipe, isOverlay: Bool, by loop: ParallelLoop = onThisThread
  ) throws(DrawingError) -> [UInt8] {
    let (crop, original) = (geometry.region, geometry.original)
    guard isOverlay else {
      let heat = try renderHeatmap(
        evidence, crop: crop, originalSize: original, pictureSize: image.size,
        recipe: recipe)
      return encodePNG(heat.picture, by: loop)
    }
    return encodePNG(try overlay(on: image, recipe: recipe), by: loop)
  }

  /// The evidence blended over the image, with what else the recipe asks for.
  func overlay(on image: RGBImage, recipe: DisplayRecipe) throws(DrawingError) -> RGBImage {
    try renderOverlay(
      evidence, over: image, crop: geometry.region, originalSize: geometry.original, recipe: recipe
    ).picture
  }
}

/// Encodes a layer as a palette PNG where it is indexed, else as RGBA.
package func encodePNG(_ layer: HeatmapLayer, by loop: ParallelLoop = onThisThread) -> [UInt8] {
  switch layer {
  case .indexed(let image): encodePNG(image, by: loop)
  case .rgba(let image): encodePNG(image, by: loop)
  }
}
