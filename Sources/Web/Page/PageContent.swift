import Explain
import Foundation
import Images
import Networks

/// What the page is filled with. The names are described at the head of `Static/index.html`; an absent name is left
/// out.
struct PageContent {
  let values: [String: Any]

  /// The page before an image, or with an error.
  init(_ service: ExplanationService, error: String? = nil) {
    values = Self.common(service, model: nil, display: PictureRequest(), error: error)
  }

  /// The page of a kept analysis.
  ///
  /// - Parameters:
  ///   - error: what could not be done of what was asked for.
  ///   - attribution: of the class that is shown.
  ///   - display: how its picture is shown.
  init(
    _ service: ExplanationService, error: String?, explaining kept: KeptAnalysis, _ attribution: Attribution,
    as display: PictureRequest
  ) throws {
    let answer = service.answer(kept, top: min(5, kept.analysis.classifier.labels.count))
    var values = Self.common(service, model: answer.model, display: display, error: error)
    values["analysis"] = Self.analysis(kept, answer, attribution, display)
    // Inside a script element nothing but "<" could end it.
    values["state_json"] = String(decoding: try encodeJSON(answer), as: UTF8.self)
      .replacing("<", with: "\\u003c")
    self.values = values
  }

  private static func common(
    _ service: ExplanationService, model: String?, display: PictureRequest, error: String?
  ) -> [String: Any] {
    let models = service.models.list()
    let selected = model ?? service.defaultModelName(among: models)
    var values: [String: Any] = [
      "version": gazeVersion,
      "models": models.map { ["name": $0.name, "title": $0.title, "selected": $0.name == selected] as [String: Any] },
      "colormaps": ColorMap.sequential.map { map in
        ["name": map.rawValue, "title": map.rawValue.capitalized, "selected": map == display.recipe.colorMap]
          as [String: Any]
      },
      "colormap": display.recipe.colorMap.rawValue,
      "alpha": plain(display.recipe.opacity),
      "state_json": "null",
    ]
    if let error { values["error"] = ["message": error] }
    return values
  }

  private static func analysis(
    _ kept: KeptAnalysis, _ answer: AnalysisAnswer, _ attribution: Attribution, _ display: PictureRequest
  ) -> [String: Any] {
    let label = attribution.prediction.label
    let links = answer.links
    let (size, crop, map) = (kept.analysis.geometry.original, attribution.geometry.region, attribution.map)
    var values: [String: Any] = [
      "id": answer.id, "model": answer.model, "model_title": kept.analysis.classifier.manifest.title,
      "layer": attribution.layers[0], "class_index": label.index, "class_label": label.name,
      "predictions": predictions(kept.analysis, attribution.prediction, links, display),
      "heatmap_href": links.heatmap + query(label.index, display, leavingOutDefaults: false),
      "saliency_npy_href": links.saliencyNPY + "?class=\(label.index)",
      "saliency_json_href": links.saliencyJSON + "?class=\(label.index)",
      "image_href": links.image, "image_width": size.width, "image_height": size.height,
      "crop_x": plain(crop.x), "crop_y": plain(crop.y), "crop_width": plain(crop.width),
      "crop_height": plain(crop.height), "map_rows": map.height, "map_columns": map.width,
      "map_min": DisplayText.number(map.minimum), "map_max": DisplayText.number(map.maximum),
      "map_mean": DisplayText.number(map.mean),
    ]
    if let wnid = label.wnid { values["class_wnid"] = wnid }
    if let message = message(for: attribution) { values["status_message"] = message }
    return values
  }

  /// The first five and, where it is not among them, the class shown.
  private static func predictions(
    _ analysis: Analysis, _ shown: Prediction, _ links: AnalysisAnswer.Links, _ display: PictureRequest
  ) -> [[String: Any]] {
    let first = analysis.predictions(5)
    let isBeyond = !first.contains { $0.label.index == shown.label.index }
    return (isBeyond ? first + [shown] : first).map { prediction in
      let isShown = prediction.label.index == shown.label.index
      var values: [String: Any] = [
        "index": prediction.label.index, "label": prediction.label.name,
        "probability": prediction.probability, "percent": DisplayText.percent(prediction.probability),
        "width": String(format: "%.2f", prediction.probability * 100),
        "href": links.page + query(prediction.label.index, display, leavingOutDefaults: true),
        "current": isShown, "beyond": isShown && isBeyond,
      ]
      if let wnid = prediction.label.wnid { values["wnid"] = wnid }
      return values
    }
  }

  private static func message(for attribution: Attribution) -> String? {
    let name = attribution.prediction.label.name
    return switch attribution.status {
    case .ok: nil
    case .noPositiveEvidence:
      "No part of the picture speaks for “\(name)” at this layer, so there is nothing to draw. "
        + "The raw map is all zero or negative."
    case .flat: "The map for “\(name)” is the same everywhere: it singles out no part of the picture."
    }
  }

  private static func query(_ classIndex: Int, _ display: PictureRequest, leavingOutDefaults: Bool) -> String {
    let (recipe, usual) = (display.recipe, DisplayRecipe())
    var query = "?class=\(classIndex)"
    if !leavingOutDefaults || recipe.opacity != usual.opacity { query += "&alpha=\(plain(recipe.opacity))" }
    if !leavingOutDefaults || recipe.colorMap != usual.colorMap { query += "&colormap=\(recipe.colorMap.rawValue)" }
    return query
  }

  /// At most two digits behind the point, none that say nothing.
  private static func plain(_ number: Double) -> String {
    let rounded = (number * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e9 ? String(Int(rounded)) : String(rounded)
  }
}
