import Explain
import HTTPTypes
import Hummingbird
import Models
import Networks

/// Analyses: made from an image, kept for a while, asked for any class.
struct AnalysisController: Sendable {
  let service: ExplanationService

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .post("api/analyses", use: create)
      .get("api/analyses/:id", use: show)
      .delete("api/analyses/:id", use: delete)
      .get("api/analyses/:id/image.jpg", use: image)
      .get("api/analyses/:id/heatmap.png", use: heatmap)
      .get("api/analyses/:id/saliency.npy", use: npy)
      .get("api/analyses/:id/saliency.json", use: json)
      .get("api/analyses/:id/receipt.json", use: receipt)
      .post("api/explain", use: explain)
  }

  @Sendable private func create(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await service.receive(request, context) { upload, parameters in
      try await service.pool.run { cancellation in
        let classifier = try service.loadedClassifier(parameters.text("model"))
        let top = try parameters.top(of: classifier.labels)
        let analysis = try service.analyse(upload.image, by: classifier, cancellation)
        let answer = service.answer(KeptAnalysis(id: service.keep(analysis), analysis: analysis), top: top)
        return try .json(answer, status: .created, headers: [.location: answer.links.own])
      }
    }
  }

  @Sendable private func show(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    let top = try RequestParameters(request.uri).top(of: kept.analysis.classifier.labels)
    return try .json(service.answer(kept, top: top))
  }

  @Sendable private func delete(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try service.delete(context.parameters.require("id"))
    return Response(status: .noContent)
  }

  @Sendable private func image(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    let jpeg = try await service.compute(for: context) { _ in service.image(kept.analysis) }
    return .bytes(jpeg, type: "image/jpeg", headers: service.keptHeaders)
  }

  @Sendable private func heatmap(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (kept, parameters, wanted) = try question(request, context)
    let display = try parameters.display(of: kept.analysis.classifier.labels)
    return try await service.compute(for: context) { cancellation in
      .explained(
        try service.picture(kept.subject, wanted, as: display, cancellation), type: "image/png",
        headers: service.keptHeaders)
    }
  }

  @Sendable private func npy(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (kept, parameters, wanted) = try question(request, context)
    let resolution = try parameters.resolution()
    let maps = try await service.compute(for: context) { try service.npy(kept.subject, wanted, at: resolution, $0) }
    return .explained(maps, type: "application/x-npy", headers: service.keptHeaders)
  }

  @Sendable private func json(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (kept, parameters, wanted) = try question(request, context)
    let resolution = try parameters.resolution()
    let display = try parameters.display(of: kept.analysis.classifier.labels)
    let picture = try parameters.includesPicture() ? display : nil
    let maps = try await service.compute(for: context) {
      try service.saliency(kept.subject, wanted, at: resolution, picture: picture, $0)
    }
    return .explained(maps, type: "application/json", headers: service.keptHeaders)
  }

  /// What the map and the picture that the same query gives depend on.
  @Sendable private func receipt(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let (kept, parameters, wanted) = try question(request, context)
    let display = try parameters.display(of: kept.analysis.classifier.labels)
    let receipts = try await service.compute(for: context) {
      try service.receipts(kept.subject, wanted, as: display, $0)
    }
    return .explained(receipts, type: "application/json", headers: service.keptHeaders)
  }

  /// What requests for maps have in common: the analysis, and which of its maps.
  private func question(
    _ request: Request, _ context: GazeRequestContext
  ) throws -> (kept: KeptAnalysis, parameters: RequestParameters, wanted: MapSelection) {
    let kept = try service.find(context.parameters.require("id"))
    let parameters = try RequestParameters(request.uri)
    return (kept, parameters, try parameters.maps(of: kept.analysis.classifier))
  }

  /// One image, one answer, nothing kept. Accept says in which form.
  @Sendable private func explain(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    guard let form = Accept(request.headers).best(of: Self.explainOffers) else {
      throw ServiceError.notAcceptable(offered: Self.explainOffers)
    }
    return try await service.receive(request, context) { upload, parameters in
      try await service.pool.run { cancellation in
        let classifier = try service.loadedClassifier(parameters.text("model"))
        let wanted = try parameters.maps(of: classifier)
        let (display, resolution) = (try parameters.display(of: classifier.labels), try parameters.resolution())
        let (side, top) = (try parameters.side(), try parameters.top(of: classifier.labels))
        let isPictureWanted = try form == "image/png" || parameters.includesPicture()
        let subject = Subject(
          analysis: try service.analyse(
            upload.image, by: classifier, displaySide: isPictureWanted ? side : 1, cancellation))
        let headers: HTTPFields = [.vary: "Accept"]
        switch form {
        case "application/json":
          let maps = try service.saliency(
            subject, wanted, at: resolution, top: top, picture: isPictureWanted ? display : nil, cancellation)
          return .explained(maps, type: form, headers: headers)
        case "application/x-npy", "application/octet-stream":
          return .explained(
            try service.npy(subject, wanted, at: resolution, cancellation), type: form, headers: headers)
        default:
          return .explained(
            try service.picture(subject, wanted, as: display, cancellation), type: "image/png", headers: headers)
        }
      }
    }
  }

  private static let explainOffers = ["image/png", "application/json", "application/x-npy", "application/octet-stream"]
}

extension ExplanationService {
  func answer(_ kept: KeptAnalysis, top: Int) -> AnalysisAnswer {
    AnalysisAnswer(kept.id, kept.analysis, top: top, timeToLive: store.timeToLive)
  }

  /// An analysis never changes, so what was made of it may be shown again without asking.
  var keptHeaders: HTTPFields {
    [.cacheControl: "private, max-age=\(store.timeToLive.components.seconds), immutable"]
  }
}

extension Response {
  fileprivate static func explained(_ file: ExplainedBytes, type: String, headers: HTTPFields) -> Response {
    var headers = headers
    headers[.gazeClass] = file.attributions.map { String($0.prediction.label.index) }.joined(separator: ",")
    headers[.gazeStatus] = file.attributions.map(\.status.rawValue).joined(separator: ",")
    return .bytes(file.bytes, type: type, headers: headers)
  }
}
