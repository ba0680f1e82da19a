import Drawing
import Explain
import HTTPTypes
import Hummingbird
import Images
import Models
import Networks
import Serving

/// How far the maps of a kept analysis can be trusted: numbers, or curves as a plot.
struct FaithfulnessController: Sendable {
  let face: FaceContext

  init(_ face: FaceContext) { self.face = face }

  /// Below `Links.apiAddresses`.
  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .post("analyses/:id/faithfulness", use: evaluate)
      .get("analyses/:id/faithfulness.svg", use: plot)
  }

  private static let offers = ["application/json", "image/svg+xml", "image/png", "application/pdf"]
  private static let maximumBodyBytes = 64 << 10

  @Sendable private func evaluate(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    guard let form = Accept(request.headers).best(of: Self.offers) else {
      throw ServiceError.notAcceptable(offered: Self.offers)
    }
    let limits = Upload.Limits(bytes: Self.maximumBodyBytes, timeout: face.uploadLimits.timeout)
    let body = try await Upload.collect(request.body, limits: limits)
    let fields = try FieldBody.fields(of: body, contentType: request.headers[.contentType])
    return try await answer(context, askFields(request.uri, form: fields), as: form, headers: [.vary: "Accept"])
  }

  @Sendable private func plot(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let headers = request.keptHeaders
    // Whether the analysis is still kept is asked first.
    _ = try face.service.find(context.parameters.require("id"))
    if let known = request.notModified(headers) { return known }
    return try await answer(context, askFields(request.uri), as: "image/svg+xml", headers: headers)
  }

  private func answer(
    _ context: GazeRequestContext, _ fields: AskFields, as form: String, headers: HTTPFields
  ) async throws -> Response {
    let kept = try face.service.find(context.parameters.require("id"))
    var asked = try FaithfulnessAsk(fields)
    // Looked at even where it is not drawn: what cannot be is refused in every form.
    let named = try FaithfulnessCurve(fields)
    let curve = form == "application/json" ? nil : named
    if let curve { asked.metrics = [curve.metric] }
    return try await context.whileConnected { [asked] in
      try await face.service.evaluate(kept, asked, for: context.client) { report in
        guard let plot = curve?.plot(of: report, kept.analysis) else { return try .json(report, headers: headers) }
        let figure = try plot.figure()
        switch form {
        case "image/png": return .bytes(encodePNG(try figure.rgb()), type: form, headers: headers)
        case "application/pdf": return .bytes(try figure.pdf(), type: form, headers: headers)
        default: return .bytes(figure.svg().utf8, type: form, headers: headers)
        }
      }
    }
  }
}

/// Which of a report's curves are drawn.
enum FaithfulnessCurve: String, CaseIterable {
  case deletion
  case insertion

  init(_ fields: AskFields) throws(AskError) {
    self = try fields.choice(named: FaithfulnessAsk.Field.curve.rawValue) ?? .deletion
  }

  var metric: FaithfulnessMetric {
    switch self {
    case .deletion: .deletion
    case .insertion: .insertion
    }
  }

  /// A curve for each map, controls among them, with its area.
  func plot(of report: FaithfulnessReport, _ analysis: Analysis) -> CurvePlot {
    let series = report.maps.compactMap { map -> CurvePlot.Series? in
      guard let curve = self == .deletion ? map.deletion : map.insertion else { return nil }
      let area = DisplayText.number(Float(curve.areaUnderCurve)).replacing("\u{2212}", with: "-")
      return CurvePlot.Series(
        name: "\(map.name)\(map.isControl ? " (control)" : "") \(area)", x: curve.fractions, y: curve.scores)
    }
    var score =
      "\(report.rules.score.name(for: analysis.classifier.output)) of \(analysis.prediction(report.classIndex).label.name)"
    if let against = report.against { score += " minus \(analysis.prediction(against).label.name)" }
    return CurvePlot(
      title: "\(self == .deletion ? "Deletion: lower is better" : "Insertion: higher is better"), \(report.model)",
      xLabel: "share of pixels \(self == .deletion ? "deleted" : "inserted")", yLabel: score, series: series,
      xRange: 0...1)
  }
}
