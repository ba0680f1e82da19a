import Explain
import Foundation
import Images
import Models
import Networks
import Serving

/// What the page is filled with. The names are described at the head of `Static/index.html`; an absent name is left
/// out.
struct PageContent {
  let values: [String: Any]

  /// The page before an image, or with an error.
  ///
  /// - Parameters:
  ///   - prefix: what stands before every path.
  ///   - reader: who is signed in; nil where nobody needs to be.
  init(_ service: ExplanationService, prefix: String, reader: String?, error: String? = nil) {
    values = Self.common(service, prefix: prefix, reader: reader, model: nil, Ask(), error: error)
  }

  /// The page of a kept analysis.
  ///
  /// - Parameters:
  ///   - error: what could not be done of what was asked for.
  ///   - costly: what was asked for and takes long, so that it is not computed before somebody says so.
  ///   - shown: the map that is shown, and how.
  ///   - ask: what was asked for to get it.
  init(
    _ service: ExplanationService, reader: String?, error: String?, costly: CostlyMap?, explaining kept: KeptAnalysis,
    _ shown: Answer, _ ask: Ask, _ links: Links
  ) throws {
    let answer = try AnalysisAnswer(kept, top: nil, timeToLive: service.limits.timeToLive, links)
    var values = Self.common(service, prefix: links.prefix, reader: reader, model: answer.model, ask, error: error)
    if let costly { values["costly"] = ["method": costly.method, "cost": costly.cost, "href": costly.address] }
    values["analysis"] = Self.analysis(kept, answer, shown, ask, of: service.models.list())
    // Inside a script element nothing but "<" could end it.
    values["state_json"] = String(decoding: try encodeJSON(answer), as: UTF8.self)
      .replacing("<", with: "\\u003c")
    self.values = values
  }

  private static func common(
    _ service: ExplanationService, prefix: String, reader: String?, model: String?, _ ask: Ask, error: String?
  ) -> [String: Any] {
    let recipe = ask.presentation.recipe
    let models = service.models.list()
    let titles = DisplayText.titles(of: models)
    let selected = model ?? service.defaultModelName(among: models)
    var values: [String: Any] = [
      "version": gazeVersion,
      "prefix": prefix,
      "models": models.map { model in
        option(model.name, titles[model.name]!, isSelected: model.name == selected)
          .merging(["summary": DisplayText.summary(of: model)]) { own, _ in own }
      },
      "model_summary": models.first { $0.name == selected }.map(DisplayText.summary(of:)) ?? "",
      "families": MethodCatalog.Family.allCases.map { family in
        [
          "title": family.title,
          "methods": MethodCatalog.entries.filter { $0.family == family }.map { entry in
            option(entry.name, entry.title, isSelected: entry.name == ask.method.name)
              .merging([
                "summary": entry.summary, "is_default": entry.name == MethodChoice.default.name,
              ]) { own, _ in own }
          },
        ] as [String: Any]
      },
      "method_summary": MethodCatalog.entries.first { $0.name == ask.method.name }?.summary ?? "",
      "evidences": Evidence.allCases.map { evidence in
        option(evidence.rawValue, evidence.title, isSelected: evidence == recipe.evidence)
          .merging([
            "lead": evidence.lead, "default_colormap": evidence.defaultColorMap.rawValue,
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
      "fade": recipe.fade == .value,
      "state_json": "null",
    ]
    if let error { values["error"] = ["message": error] }
    if let reader { values["reader"] = ["name": reader] }
    return values
  }

  private static func option(_ name: String, _ title: String, isSelected: Bool) -> [String: Any] {
    ["name": name, "title": title, "selected": isSelected]
  }

  private static func analysis(
    _ kept: KeptAnalysis, _ answer: AnalysisAnswer, _ shown: Answer, _ ask: Ask, of models: [ModelManifest]
  ) -> [String: Any] {
    let (attribution, links) = (shown.attributions[0], answer.links)
    let label = attribution.prediction.label
    let (size, crop, map) = (kept.analysis.geometry.original, attribution.geometry.region, attribution.map)
    var raw = attribution.fields(classIndex: label.index, of: kept.analysis.classifier.labels)
    raw.addMethod(of: ask)
    let ends = ends(of: shown)
    var values: [String: Any] = [
      "id": answer.id, "model": answer.model,
      "model_title": DisplayText.titles(of: models)[answer.model] ?? kept.analysis.classifier.manifest.title,
      "class_index": label.index, "class_label": label.name, "lead": shown.recipe.evidence.lead,
      "predictions": predictions(kept.analysis, attribution, links, ask),
      "heatmap_href": links.heatmap + query(kept.analysis, attribution, ask, hasColorBar: false),
      "picture_href": links.heatmap + query(kept.analysis, attribution, ask, hasColorBar: true),
      "compare_href": links.heatmap + comparison(kept.analysis, attribution, ask),
      "receipt_href": links.receipt + query(kept.analysis, attribution, ask, hasColorBar: true),
      "saliency_npy_href": links.saliencyNPY + raw.query,
      "saliency_json_href": links.saliencyJSON + raw.query,
      "input_href": links.input, "input_width": answer.input.width, "input_height": answer.input.height,
      "image_width": size.width, "image_height": size.height,
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
    if let zero = attribution.zero {
      values["map_zero"] = ["value": DisplayText.number(Float(zero.value)), "meaning": zero.meaning]
    }
    if let window = kept.analysis.window { values["window"] = ["text": window.text] }
    values["warnings"] = kept.analysis.warnings.map { ["message": $0] }
    return values
  }

  /// The map's values that have the first and the last colour.
  private static func ends(of shown: Answer) -> (first: Float, last: Float) {
    let recipe = shown.recipe
    let limit = Float(recipe.range.limit(of: shown.attributions[0].evidence.showing(recipe.evidence)))
    return switch recipe.evidence {
    case .positive: (0, limit)
    case .negative: (0, -limit)
    case .signed: (-limit, limit)
    }
  }

  /// The first five and, where it is not among them, the class shown.
  private static func predictions(
    _ analysis: Analysis, _ attribution: Attribution, _ links: AnalysisAnswer.Links, _ ask: Ask
  ) -> [[String: Any]] {
    let (first, shown) = (analysis.predictions(5), attribution.prediction)
    let isBeyond = !first.contains { $0.label.index == shown.label.index }
    return (isBeyond ? first + [shown] : first).map { prediction in
      let isShown = prediction.label.index == shown.label.index
      var view = attribution.fields(classIndex: prediction.label.index, of: analysis.classifier.labels)
      view.addColors(of: ask.presentation, leavingOutDefaults: true)
      view.addMethod(of: ask)
      view.addDrawing(of: ask.presentation, hasColorBar: true)
      var values: [String: Any] = [
        "index": prediction.label.index, "label": prediction.label.name,
        "percent": DisplayText.number(prediction.number),
        "width": String(format: "%.2f", (prediction.probability ?? 0) * 100),
        "href": links.page + view.query,
        "current": isShown, "beyond": isShown && isBeyond,
      ]
      if let wnid = prediction.label.wnid { values["wnid"] = wnid }
      return values
    }
  }

  private static func message(for shown: Answer) -> String? {
    let (attribution, evidence) = (shown.attributions[0], shown.recipe.evidence)
    guard attribution.evidence.notice(for: evidence) != nil else { return nil }
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
  private static func comparison(_ analysis: Analysis, _ attribution: Attribution, _ ask: Ask) -> String {
    let (first, shown) = (analysis.predictions(5).map(\.label.index), attribution.prediction.label.index)
    var view = attribution.fields(
      classes: first.contains(shown) ? first : first + [shown], of: analysis.classifier.labels)
    view.addColors(of: ask.presentation, leavingOutDefaults: false)
    view.addMethod(of: ask)
    view.addDrawing(of: ask.presentation, hasColorBar: true, sharesRange: true)
    return view.query
  }

  private static func query(
    _ analysis: Analysis, _ attribution: Attribution, _ ask: Ask, hasColorBar: Bool
  ) -> String {
    var view = attribution.fields(
      classIndex: attribution.prediction.label.index, of: analysis.classifier.labels)
    view.addColors(of: ask.presentation, leavingOutDefaults: false)
    view.addMethod(of: ask)
    view.addDrawing(of: ask.presentation, hasColorBar: hasColorBar)
    return view.query
  }
}

extension MethodCatalog.Family {
  fileprivate var title: String {
    switch self {
    case .activation: "A layer’s activations"
    case .gradient: "Gradients"
    case .attention: "Attention (transformers alone)"
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
