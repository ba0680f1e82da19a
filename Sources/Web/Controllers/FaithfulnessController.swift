import Drawing
import Explain
import HTTPTypes
import Hummingbird
import Images
import Models
import Networks

/// How far the maps of a kept analysis can be trusted: numbers, or curves as a plot.
struct FaithfulnessController: Sendable {
  let service: ExplanationService

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .post("api/analyses/:id/faithfulness", use: evaluate)
      .get("api/analyses/:id/faithfulness.svg", use: plot)
  }

  private static let offers = ["application/json", "image/svg+xml", "image/png", "application/pdf"]
  private static let maximumBodyBytes = 64 << 10

  @Sendable private func evaluate(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    guard let form = Accept(request.headers).best(of: Self.offers) else {
      throw ServiceError.notAcceptable(offered: Self.offers)
    }
    let limits = Upload.Limits(bytes: Self.maximumBodyBytes, timeout: service.uploadLimits.timeout)
    let body = try await Upload.collect(request.body, limits: limits)
    let fields = try FieldBody.fields(of: body, contentType: request.headers[.contentType])
    return try await answer(
      context, RequestParameters(request.uri, fields: fields), as: form, headers: [.vary: "Accept"])
  }

  @Sendable private func plot(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await answer(
      context, RequestParameters(request.uri), as: "image/svg+xml", headers: service.keptHeaders)
  }

  private func answer(
    _ context: GazeRequestContext, _ parameters: RequestParameters, as form: String, headers: HTTPFields
  ) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    var wanted = try parameters.faithfulness(of: kept.analysis.classifier)
    let curve = form == "application/json" ? nil : try parameters.curve()
    if let curve { wanted.metrics = [curve.metric] }
    return try await service.compute(for: context) { [wanted] cancellation in
      let report = try service.evaluate(kept.subject, wanted, cancellation)
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

/// Which of a report's curves are drawn.
enum FaithfulnessCurve: String, CaseIterable {
  case deletion
  case insertion

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
    var score = "\(report.rules.score.rawValue) of \(analysis.prediction(report.classIndex).label.name)"
    if let against = report.against { score += " minus \(analysis.prediction(against).label.name)" }
    return CurvePlot(
      title: "\(self == .deletion ? "Deletion: lower is better" : "Insertion: higher is better"), \(report.model)",
      xLabel: "share of pixels \(self == .deletion ? "deleted" : "inserted")", yLabel: score, series: series,
      xRange: 0...1)
  }
}

extension ExplanationService {
  /// Measures the maps that are asked for, beside the controls. Runs in the pool.
  func evaluate(
    _ subject: Subject, _ wanted: FaithfulnessRequest, _ cancellation: Cancellation
  ) throws -> FaithfulnessReport {
    let analysis = subject.analysis
    try limit.check(
      passes: wanted.passes, remedy: "Ask for fewer steps, methods or metrics.")
    return try limit.run(cancellation) { progress in
      let subjects = try wanted.maps.map { map in
        FaithfulnessSubject(try attributions(of: subject, [map], progress)[0], by: map.method.method)
      }
      let target = subjects[0].attribution.target
      return try analysis.pass.evaluate(
        subjects, target: target, metrics: wanted.metrics, protocol: wanted.rules,
        randomiser: wanted.metrics.contains(.randomisation)
          ? try randomiser(of: analysis.classifier, seed: wanted.rules.seed) : nil,
        progress: progress)
    }
  }

  private func randomiser(of classifier: Classifier, seed: UInt64) throws -> ModelRandomiser {
    guard let randomiser = try models.randomiser(of: classifier, seed: seed) else {
      throw ServiceError.badRequest(
        "The metric 'randomisation' needs the stored weights of the model, which '\(classifier.name)' has not. Leave it out."
      )
    }
    return randomiser
  }
}
