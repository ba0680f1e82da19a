import Explain
import Foundation
import Images
import Models
import Networks

/// What the page is filled with. The names are described at the head of `Static/index.html`; an absent name is left
/// out.
struct PageContent {
  let values: [String: Any]

  /// The page before an image, or with an error.
  init(_ service: ExplanationService, error: String? = nil) {
    values = Self.common(service, model: nil, MapRequest(), DisplayRecipe(), error: error)
  }

  /// The page of a kept analysis.
  ///
  /// - Parameters:
  ///   - error: what could not be done of what was asked for.
  ///   - shown: the map that is shown, and how.
  ///   - wanted: what was asked for to get it.
  ///   - display: how its picture was asked for.
  init(
    _ service: ExplanationService, error: String?, explaining kept: KeptAnalysis, _ shown: Display,
    _ wanted: MapRequest, as display: PictureRequest
  ) throws {
    let answer = service.answer(kept, top: min(5, kept.analysis.classifier.labels.count))
    var values = Self.common(service, model: answer.model, wanted, shown.recipe, error: error)
    values["analysis"] = Self.analysis(kept, answer, shown, wanted, display)
    // Inside a script element nothing but "<" could end it.
    values["state_json"] = String(decoding: try encodeJSON(answer), as: UTF8.self)
      .replacing("<", with: "\\u003c")
    self.values = values
  }

  private static func common(
    _ service: ExplanationService, model: String?, _ wanted: MapRequest, _ recipe: DisplayRecipe, error: String?
  ) -> [String: Any] {
    let models = service.models.list()
    let selected = model ?? service.defaultModelName(among: models)
    var values: [String: Any] = [
      "version": gazeVersion,
      "models": models.map { model in
        option(model.name, model.title, isSelected: model.name == selected)
          .merging(["summary": DisplayText.summary(of: model)]) { own, _ in own }
      },
      "model_summary": models.first { $0.name == selected }.map(DisplayText.summary(of:)) ?? "",
      "families": MethodCatalog.Family.allCases.map { family in
        [
          "title": family.title,
          "methods": MethodCatalog.entries.filter { $0.family == family }.map { entry in
            option(entry.name, entry.title, isSelected: entry.name == wanted.method.name)
              .merging([
                "summary": entry.summary, "is_default": entry.name == MethodRequest.standard.name,
              ]) { own, _ in own }
          },
        ] as [String: Any]
      },
      "method_summary": MethodCatalog.entries.first { $0.name == wanted.method.name }?.summary ?? "",
      "evidences": Evidence.allCases.map { evidence in
        option(evidence.rawValue, evidence.title, isSelected: evidence == recipe.evidence)
          .merging([
            "lead": evidence.lead, "default_colormap": evidence.usualColorMap.rawValue,
            "is_default": evidence == DisplayRecipe().evidence,
          ]) { own, _ in own }
      },
      "colormap_groups": [("One sign", false), ("Both signs", true)].map { title, isDiverging in
        [
          "title": title,
          "colormaps": ColorMap.allCases.filter { $0.isDiverging == isDiverging }.map {
            option($0.rawValue, $0.title, isSelected: $0 == recipe.colorMap)
          },
        ] as [String: Any]
      },
      "colormap": recipe.colorMap.rawValue,
      "alpha": DisplayText.plain(recipe.opacity),
      "default_alpha": DisplayText.plain(DisplayRecipe().opacity),
      "contours": !recipe.contours.isEmpty,
      "colorbar": recipe.hasColorBar,
      "state_json": "null",
    ]
    if let error { values["error"] = ["message": error] }
    return values
  }

  private static func option(_ name: String, _ title: String, isSelected: Bool) -> [String: Any] {
    ["name": name, "title": title, "selected": isSelected]
  }

  private static func analysis(
    _ kept: KeptAnalysis, _ answer: AnalysisAnswer, _ shown: Display, _ wanted: MapRequest,
    _ display: PictureRequest
  ) -> [String: Any] {
    let (attribution, links) = (shown.attribution, answer.links)
    let label = attribution.prediction.label
    let (size, crop, map) = (kept.analysis.geometry.original, attribution.geometry.region, attribution.map)
    var raw = ViewQuery(classIndex: label.index, of: attribution)
    raw.add(wanted)
    let ends = ends(of: shown)
    var values: [String: Any] = [
      "id": answer.id, "model": answer.model, "model_title": kept.analysis.classifier.manifest.title,
      "class_index": label.index, "class_label": label.name, "lead": shown.recipe.evidence.lead,
      "predictions": predictions(kept.analysis, attribution, links, wanted, display),
      "heatmap_href": links.heatmap + query(of: attribution, wanted, display, hasColorBar: false),
      "picture_href": links.heatmap + query(of: attribution, wanted, display, hasColorBar: true),
      "compare_href": links.heatmap + comparison(kept.analysis, attribution, wanted, display),
      "receipt_href": links.receipt + query(of: attribution, wanted, display, hasColorBar: true),
      "saliency_npy_href": links.saliencyNPY + raw.text,
      "saliency_json_href": links.saliencyJSON + raw.text,
      "image_href": links.image, "image_width": size.width, "image_height": size.height,
      "crop_x": DisplayText.plain(crop.x), "crop_y": DisplayText.plain(crop.y),
      "crop_width": DisplayText.plain(crop.width), "crop_height": DisplayText.plain(crop.height),
      "method_title": MethodCatalog.entries.first { $0.name == attribution.method }?.title ?? attribution.method,
      "layer": attribution.layers.isEmpty ? "none" : attribution.layers.joined(separator: ", "),
      "map_rows": map.height, "map_columns": map.width,
      "map_min": DisplayText.number(map.minimum), "map_max": DisplayText.number(map.maximum),
      "map_mean": DisplayText.number(map.mean),
      "scale_first": DisplayText.number(ends.first), "scale_last": DisplayText.number(ends.last),
    ]
    if let wnid = label.wnid { values["class_wnid"] = wnid }
    if let against = attribution.against {
      values["against"] = ["index": against.label.index, "label": against.label.name] as [String: Any]
    }
    if let message = message(for: shown) { values["status_message"] = message }
    return values
  }

  /// The map's values that have the first and the last colour.
  private static func ends(of shown: Display) -> (first: Float, last: Float) {
    let recipe = shown.recipe
    let limit = Float(recipe.range.limit(of: shown.attribution.map.showing(recipe.evidence)))
    return switch recipe.evidence {
    case .positive: (0, limit)
    case .negative: (0, -limit)
    case .signed: (-limit, limit)
    }
  }

  /// The first five and, where it is not among them, the class shown.
  private static func predictions(
    _ analysis: Analysis, _ attribution: Attribution, _ links: AnalysisAnswer.Links, _ wanted: MapRequest,
    _ display: PictureRequest
  ) -> [[String: Any]] {
    let (first, shown) = (analysis.predictions(5), attribution.prediction)
    let isBeyond = !first.contains { $0.label.index == shown.label.index }
    return (isBeyond ? first + [shown] : first).map { prediction in
      let isShown = prediction.label.index == shown.label.index
      var query = ViewQuery(classIndex: prediction.label.index, of: attribution)
      query.addColors(display.recipe, leavingOutUsual: true)
      query.add(wanted)
      query.addDrawing(display, hasColorBar: true)
      var values: [String: Any] = [
        "index": prediction.label.index, "label": prediction.label.name,
        "probability": prediction.probability, "percent": DisplayText.percent(prediction.probability),
        "width": String(format: "%.2f", prediction.probability * 100),
        "href": links.page + query.text,
        "current": isShown, "beyond": isShown && isBeyond,
      ]
      if let wnid = prediction.label.wnid { values["wnid"] = wnid }
      return values
    }
  }

  private static func message(for shown: Display) -> String? {
    let (attribution, evidence) = (shown.attribution, shown.recipe.evidence)
    guard attribution.map.notice(for: evidence) != nil else { return nil }
    let name = attribution.prediction.label.name
    let place = attribution.layers.isEmpty ? "" : " at this layer"
    return switch (attribution.status, evidence) {
    case (.flat, _): "The map for “\(name)” is the same everywhere: it singles out no part of the picture."
    case (_, .negative):
      "No part of the picture speaks against “\(name)”\(place), so there is nothing to draw. "
        + "The raw map is all zero or positive."
    default:
      "No part of the picture speaks for “\(name)”\(place), so there is nothing to draw. "
        + "The raw map is all zero or negative."
    }
  }

  /// The first five classes' pictures side by side in one range, and the shown one's where it is not among them.
  private static func comparison(
    _ analysis: Analysis, _ attribution: Attribution, _ wanted: MapRequest, _ display: PictureRequest
  ) -> String {
    let (first, shown) = (analysis.predictions(5).map(\.label.index), attribution.prediction.label.index)
    var query = ViewQuery(classes: first.contains(shown) ? first : first + [shown], of: attribution)
    query.addColors(display.recipe, leavingOutUsual: false)
    query.add(wanted)
    var common = display
    (common.sharesRange, common.sharing) = (true, [])
    query.addDrawing(common, hasColorBar: true)
    return query.text
  }

  private static func query(
    of attribution: Attribution, _ wanted: MapRequest, _ display: PictureRequest, hasColorBar: Bool
  ) -> String {
    var query = ViewQuery(classIndex: attribution.prediction.label.index, of: attribution)
    query.addColors(display.recipe, leavingOutUsual: false)
    query.add(wanted)
    query.addDrawing(display, hasColorBar: hasColorBar)
    return query.text
  }
}

extension MethodCatalog.Family {
  fileprivate var title: String {
    switch self {
    case .activation: "A layer’s activations"
    case .gradient: "Gradients"
    case .blackBox: "Changed pictures (slow)"
    }
  }
}

extension Evidence {
  fileprivate var title: String {
    switch self {
    case .positive: "For the class"
    case .negative: "Against the class"
    case .signed: "For and against"
    }
  }

  /// What stands before the class in the headline.
  fileprivate var lead: String {
    switch self {
    case .positive: "Evidence for"
    case .negative: "Evidence against"
    case .signed: "Evidence for and against"
    }
  }
}

extension ColorMap {
  fileprivate var title: String {
    switch self {
    case .coolwarm: "Cool and warm"
    case .bwr: "Blue, white, red"
    default: rawValue.capitalized
    }
  }
}
