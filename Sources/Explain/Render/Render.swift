package import Drawing
package import Images

/// How a signed map becomes a picture. It travels with the picture, so that every colour can be read back as a number.
package struct DisplayRecipe: Hashable, Sendable {
  /// `ColorMap.objection(to:)` says whether it fits the evidence.
  package var colorMap: ColorMap
  /// 0 to 1; the caller checks what users send.
  package var opacity: Double
  package var fade: Fade
  package var evidence: Evidence
  package var range: DisplayRange
  /// Contour lines at these shares of the range, each above 0 and below 1; signed evidence has them on both sides of
  /// zero, dashed below it. They are read without colours.
  package var contours: [Double]
  /// What the network did not see of the picture under an overlay.
  package var unseen: UnseenStyle
  /// Whether an overlay has the scale of its colours, with numbers, beside it.
  package var hasColorBar: Bool

  package init(
    colorMap: ColorMap = .turbo, opacity: Double = 0.5, fade: Fade = .none, evidence: Evidence = .positive,
    range: DisplayRange = .ownMaximum, contours: [Double] = [], unseen: UnseenStyle = .hatched,
    hasColorBar: Bool = false
  ) {
    self.colorMap = colorMap
    self.opacity = opacity
    self.fade = fade
    self.evidence = evidence
    self.range = range
    self.contours = contours
    self.unseen = unseen
    self.hasColorBar = hasColorBar
  }
}

extension DisplayRecipe {
  /// Of each entry of the colour map's table.
  fileprivate var opacities: [Double] { fade.shares(for: evidence).map { $0 * opacity } }
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

/// The image under the map's colours: the evidence asked for → range → laid over the crop → colours → blend, then
/// contour lines, stripes on what the network did not see, and the colour bar to the right, as the recipe says.
///
/// Where the map has nothing of this evidence (`SaliencyMap.notice(for:)`) the crop has zero's colour throughout, with
/// the notice written over it. Pixels whose centres lie outside the crop were not seen.
///
/// - Parameters:
///   - map: signed, finite, as computed (at layer resolution); at least one cell.
///   - image: the upright picture or a smaller copy of it.
///   - crop: what the network saw, in pixels of the upright original; not empty.
///   - originalSize: the size of the upright original.
///   - recipe: colours, opacity, evidence, range and what else is drawn.
/// - Throws: where there is a notice or a colour bar to write, and the libraries that draw letters are not on the
///   machine.
package func renderOverlay(
  _ map: SaliencyMap, over image: RGBImage, crop: ImageRegion, originalSize: ImageSize,
  recipe: DisplayRecipe = DisplayRecipe()
) throws(DrawingError) -> SaliencyPicture<RGBImage> {
  let rendering = MapRendering(of: map, crop: crop, originalSize: originalSize, pictureSize: image.size, recipe: recipe)
  var canvas = Canvas(image)
  canvas.blend(rendering.colors, opacities: recipe.opacities)
  if recipe.unseen == .hatched { canvas.hatch(outside: rendering.rect, scale: rendering.scale) }
  try rendering.drawLinesAndLetters(on: &canvas)
  return rendering.picture(
    recipe.hasColorBar ? try rendering.colorBar.beside(canvas.rgb, scale: rendering.scale) : canvas.rgb)
}

/// The colours of `renderOverlay` alone, with the recipe's opacities as alpha in the crop and 0 outside; contour lines
/// and a notice are opaque. It has no stripes (it is transparent there) and no colour bar (it is as large as the
/// picture).
///
/// - Parameter pictureSize: the size of the picture over which it will be laid.
/// - Throws: where there is a notice to write, and the libraries that draw letters are not on the machine.
package func renderHeatmap(
  _ map: SaliencyMap, crop: ImageRegion, originalSize: ImageSize, pictureSize: ImageSize,
  recipe: DisplayRecipe = DisplayRecipe()
) throws(DrawingError) -> SaliencyPicture<HeatmapLayer> {
  let rendering = MapRendering(
    of: map, crop: crop, originalSize: originalSize, pictureSize: pictureSize, recipe: recipe)
  let layer = HeatmapLayer(rendering.colors, on: pictureSize, opacities: recipe.opacities)
  guard rendering.hasLinesOrLetters else { return rendering.picture(layer) }
  var canvas = Canvas(layer.rgba)
  try rendering.drawLinesAndLetters(on: &canvas)
  return rendering.picture(.rgba(canvas.rgba))
}

/// Pixels to a unit of what is drawn on or beside a picture: lines and letters grow with it.
func unitScale(of size: ImageSize) -> Int { max(1, (max(size.width, size.height) + 160) / 400) }

/// What is drawn of a map on a picture, and where.
private struct MapRendering {
  let rect: PixelRect
  let recipe: DisplayRecipe
  let limit: Double
  let colors: ColoredMap
  /// Pixels to a unit.
  let scale: Int

  private let map: SaliencyMap
  /// The evidence that the recipe asks for.
  private let shown: SaliencyMap
  /// What `shown` covers, in the picture's pixels.
  private let region: ImageRegion
  private let notice: String?

  init(
    of map: SaliencyMap, crop: ImageRegion, originalSize: ImageSize, pictureSize: ImageSize, recipe: DisplayRecipe
  ) {
    precondition(
      recipe.contours.allSatisfy { 0 < $0 && $0 < 1 },
      "contours at \(recipe.contours) are not all above 0 and below 1")
    self.map = map
    self.recipe = recipe
    region = crop.scaled(from: originalSize, to: pictureSize)
    rect = region.pixels(of: pictureSize)
    scale = unitScale(of: pictureSize)
    notice = map.notice(for: recipe.evidence)
    shown = map.showing(recipe.evidence)
    limit = notice == nil ? recipe.range.limit(of: shown) : 0
    colors = ColoredMap(
      shown, over: region, at: rect, limit: limit, evidence: recipe.evidence, in: recipe.colorMap.table)
  }

  var hasLinesOrLetters: Bool { notice != nil || !levels.isEmpty }

  func drawLinesAndLetters(on canvas: inout Canvas) throws(DrawingError) {
    if !levels.isEmpty {
      canvas.drawContours(of: shown.sampled(over: region, at: rect), at: levels, on: rect, scale: scale)
    }
    if let notice { try canvas.write(notice: notice, in: rect) }
  }

  var colorBar: ColorBar {
    ColorBar(
      colorMap: recipe.colorMap, evidence: recipe.evidence, limit: limit,
      isClipped: shown.values.contains { Double(abs($0)) > limit },
      levels: recipe.evidence == .negative ? levels.map(-) : levels)
  }

  func picture<Picture>(_ picture: Picture) -> SaliencyPicture<Picture> {
    SaliencyPicture(picture: picture, status: map.status, recipe: recipe, limit: limit)
  }

  /// Levels of the contour lines, in the units of `shown`, the lowest first.
  private var levels: [Double] {
    guard limit > 0 else { return [] }
    let above = recipe.contours.sorted().map { $0 * limit }
    return recipe.evidence == .signed ? above.reversed().map(-) + above : above
  }
}
