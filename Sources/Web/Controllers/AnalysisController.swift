import Autodiff
import Explain
import HTTPTypes
import Hummingbird
import Images
import Models
import Networks
import Serving

/// Analyses: made from an image, kept for a while, asked for any class.
struct AnalysisController: Sendable {
  let face: FaceContext
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext) { self.face = face }

  /// Below `Links.apiAddresses`.
  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .post("analyses", use: create)
      .get("analyses/:id", use: show)
      .delete("analyses/:id", use: delete)
      .get("analyses/:id/image.jpg", use: image)
      .get("analyses/:id/input.png", use: input)
      .get("analyses/:id/heatmap.png", use: heatmap)
      .get("analyses/:id/saliency.npy", use: npy)
      .get("analyses/:id/saliency.json", use: json)
      .get("analyses/:id/receipt.json", use: receipt)
      .get("analyses/:id/bundle.zip", use: bundle)
      .get("analyses/:id/cube.npy", use: cube)
      .post("explain", use: explain)
  }

  @Sendable private func create(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let links = face.links(for: request)
    return try await face.receive(request, context) { upload, fields in
      try fields.refuse(besides: [.model, .window, .top])
      let top = try Ask.top(of: fields)
      return try await service.keep(
        upload.image, model: fields.text(.model), window: fields.window(), for: context.client
      ) { classifier in
        _ = try classifier.labels.count(listing: top)
      } _: { kept in
        let answer = try AnalysisAnswer(kept, top: top, timeToLive: service.limits.timeToLive, links)
        return try .json(answer, status: .created, headers: [.location: answer.links.own])
      }
    }
  }

  @Sendable private func show(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    let fields = try askFields(request.uri)
    try fields.refuse(besides: [.top])
    let top = try Ask.top(of: fields)
    let headers = request.keptHeaders
    if top.map({ (1...kept.analysis.classifier.labels.count).contains($0) }) ?? true,
      let known = request.notModified(headers)
    {
      return known
    }
    let links = face.links(for: request)
    return try await context.whileConnected {
      try await service.pool.run(for: context.client) { _ in
        try .json(AnalysisAnswer(kept, top: top, timeToLive: service.limits.timeToLive, links), headers: headers)
      }
    }
  }

  @Sendable private func delete(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try service.delete(context.parameters.require("id"))
    return Response(status: .noContent)
  }

  @Sendable private func image(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    let headers = request.keptHeaders
    if let known = request.notModified(headers) { return known }
    let jpeg = try await context.whileConnected {
      try await service.pool.run(for: context.client) { _ in encodeJPEG(kept.analysis.display) }
    }
    return .bytes(jpeg, type: "image/jpeg", headers: headers)
  }

  /// Exactly what the network saw.
  @Sendable private func input(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    let headers = request.keptHeaders
    if let known = request.notModified(headers) { return known }
    let png = try await context.whileConnected {
      try await service.pool.run(for: context.client) { _ in encodePNG(kept.analysis.seen) }
    }
    return .bytes(png, type: "image/png", headers: headers)
  }

  @Sendable private func heatmap(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await answer(request, context, as: { _ in .picture })
  }

  @Sendable private func npy(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await answer(request, context, as: { .npy($0.resolution) })
  }

  @Sendable private func json(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await answer(request, context, as: { .json($0.resolution, withPicture: $0.includesPicture) })
  }

  /// What the map and the picture that the same query gives depend on.
  @Sendable private func receipt(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await answer(request, context, as: { _ in .receipt })
  }

  /// All of them together.
  @Sendable private func bundle(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await answer(request, context, as: { .bundle($0.resolution) })
  }

  /// The maps of all classes at once.
  @Sendable private func cube(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    let asked = try Ask.methodAndLayer(of: askFields(request.uri))
    let headers = request.keptHeaders
    if let known = request.notModified(headers) { return known }
    return try await context.whileConnected {
      try await service.classCube(of: kept, by: asked.method, layer: asked.layer, for: context.client) { cube in
        var headers = headers
        headers[.gazeScale] = String(cube.scale)
        return .bytes(cube.npy, type: "application/x-npy", headers: headers)
      }
    }
  }

  /// What is asked of a kept analysis.
  private func answer(
    _ request: Request, _ context: GazeRequestContext, as form: (Ask) -> AnswerForm
  ) async throws -> Response {
    let kept = try service.find(context.parameters.require("id"))
    let ask = try Ask(askFields(request.uri))
    let form = form(ask)
    let headers = request.keptHeaders
    if let known = request.notModified(headers) { return known }
    return try await context.whileConnected {
      try await service.answer(.kept(kept), ask, as: form, for: context.client) { answer in
        try .explained(
          answer, as: form, isKept: true, headers: headers, madeBy: face.service.continuing(for: context.client))
      }
    }
  }

  /// One image, one answer, nothing kept. Accept says in which form.
  @Sendable private func explain(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    guard let type = Accept(request.headers).best(of: Self.explainOffers) else {
      throw ServiceError.notAcceptable(offered: Self.explainOffers)
    }
    return try await face.receive(request, context) { upload, fields in
      let ask = try Ask(fields)
      let form: AnswerForm =
        switch type {
        case "image/png": .picture
        case "application/zip": .bundle(ask.resolution)
        case "application/json": .json(ask.resolution, withPicture: ask.includesPicture)
        default: .npy(ask.resolution)
        }
      return try await service.answer(
        .image(upload.image, model: fields.text(.model)), ask, as: form, for: context.client
      ) { answer in
        try .explained(
          answer, as: form, isKept: false, type: type, headers: [.vary: "Accept"],
          madeBy: face.service.continuing(for: context.client))
      }
    }
  }

  private static let explainOffers = [
    "image/png", "application/json", "application/x-npy", "application/octet-stream",
    "application/zip",
  ]
}

extension Response {
  /// - Parameters:
  ///   - isKept: whether an analysis is kept that can be asked for predictions; else they stand beside the numbers.
  ///   - type: the Content-Type, where it is not the usual one of the form.
  ///   - continuation: makes large arrays while they are sent.
  fileprivate static func explained(
    _ answer: Answer, as form: AnswerForm, isKept: Bool, type: String? = nil, headers: HTTPFields,
    madeBy continuation: Continuation
  ) throws -> Response {
    var headers = headers
    headers[.gazeClass] = answer.attributions.map { String($0.prediction.label.index) }.joined(separator: ",")
    headers[.gazeStatus] = answer.attributions.map(\.status.rawValue).joined(separator: ",")
    let loop = answer.analysis.pass.engine.workers.forEach
    switch form {
    case .picture: return .bytes(try answer.png(by: loop), type: type ?? "image/png", headers: headers)
    case .npy(let resolution):
      return .parts(
        of: answer.npy(at: resolution), madeBy: continuation, type: type ?? "application/x-npy", headers: headers)
    case .json(let resolution, let withPicture):
      let json = try SaliencyAnswer.json(
        of: answer, at: resolution, withPicture: withPicture, withPredictions: !isKept, by: loop)
      return .bytes(json, type: "application/json", headers: headers)
    case .receipt: return try .json(answer.receipts, headers: headers)
    case .bundle(let resolution):
      let files = try AnswerBundle.files(of: answer, at: resolution, withImage: isKept, by: loop)
      return .bytes(AnswerBundle.zip(files), type: "application/zip", headers: headers)
    }
  }
}
