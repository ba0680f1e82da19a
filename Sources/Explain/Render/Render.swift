package import Images

/// How a signed map becomes a picture. It travels with the picture, so that every colour can be read back as a number.
package struct DisplayRecipe: Hashable, Sendable {
  package var colorMap: ColorMap
  /// 0 to 1; the caller checks what users send.
  package var opacity: Double
  package var evidence: Evidence
  package var range: DisplayRange

  package init(
    colorMap: ColorMap = .turbo, opacity: Double = 0.5, evidence: Evidence = .positive,
    range: DisplayRange = .ownMaximum
  ) {
    self.colorMap = colorMap
    self.opacity = opacity
    self.evidence = evidence
    self.range = range
  }
}

/// A picture of a map and what is needed to read it.
package struct SaliencyPicture<Picture: Sendable>: Sendable {
  package let picture: Picture
  /// What the map has to show.
  package let status: MapStatus
  package let recipe: DisplayRecipe
  /// The magnitude that has the last colour, in the map's units; 0 where nothing is drawn.
  package let limit: Double
}

/// The image under the map's colours: positive part → range → laid over the crop → places on the colour map → colours →
/// blend.
///
/// Where the map has nothing to show (`MapStatus.flat`, and for positive evidence `.noPositiveEvidence`) the crop has
/// zero's colour throughout: for positive evidence the colour map's lowest, for signed its middle. Pixels whose centres
/// lie outside the crop are the image's.
///
/// - Parameters:
///   - map: signed, finite, as computed (at layer resolution); at least one cell.
///   - image: the upright picture or a smaller copy of it.
///   - crop: what the network saw, in pixels of the upright original; not empty.
///   - originalSize: the size of the upright original.
///   - recipe: colours, opacity, evidence, range.
package func renderOverlay(
  _ map: SaliencyMap, over image: RGBImage, crop: ImageRegion, originalSize: ImageSize,
  recipe: DisplayRecipe = DisplayRecipe()
) -> SaliencyPicture<RGBImage> {
  let heat = Heat(of: map, crop: crop, originalSize: originalSize, pictureSize: image.size, recipe: recipe)
  return heat.picture(blend(heat.colors, at: heat.rect, over: image, opacity: recipe.opacity))
}

/// The colours of `renderOverlay` alone, with the recipe's opacity as alpha in the crop and 0 outside.
///
/// - Parameter pictureSize: the size of the picture over which it will be laid.
package func renderHeatmap(
  _ map: SaliencyMap, crop: ImageRegion, originalSize: ImageSize, pictureSize: ImageSize,
  recipe: DisplayRecipe = DisplayRecipe()
) -> SaliencyPicture<RGBAImage> {
  let heat = Heat(of: map, crop: crop, originalSize: originalSize, pictureSize: pictureSize, recipe: recipe)
  return heat.picture(heatmapAlone(heat.colors, at: heat.rect, on: pictureSize, opacity: recipe.opacity))
}

/// The colours of a map on the pixels of a picture that the network saw.
private struct Heat {
  let colors: RGBImage
  let rect: PixelRect
  let status: MapStatus
  let recipe: DisplayRecipe
  let limit: Double

  init(
    of map: SaliencyMap, crop: ImageRegion, originalSize: ImageSize, pictureSize: ImageSize, recipe: DisplayRecipe
  ) {
    let region = crop.scaled(from: originalSize, to: pictureSize)
    self.rect = region.pixels(of: pictureSize)
    self.status = map.status
    self.recipe = recipe

    let shown = map.showing(recipe.evidence)
    self.limit = recipe.canDraw(status) ? recipe.range.limit(of: shown) : 0
    let normalised = shown.sampled(over: region, at: rect).normalised(limit: limit, evidence: recipe.evidence)
    self.colors = recipe.colorMap.colorize(normalised)
  }

  func picture<Picture>(_ picture: Picture) -> SaliencyPicture<Picture> {
    SaliencyPicture(picture: picture, status: status, recipe: recipe, limit: limit)
  }
}

extension DisplayRecipe {
  /// Whether a map of this status has something that this recipe shows.
  fileprivate func canDraw(_ status: MapStatus) -> Bool {
    switch status {
    case .ok: true
    case .noPositiveEvidence: evidence == .signed
    case .flat: false
    }
  }
}
