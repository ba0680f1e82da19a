import Explain
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Images
import Logging
import Models
import Networks
import Serving

/// The page, for browsers with and without scripts. Its errors are the same page with a sentence.
struct PageController: Sendable {
  let face: FaceContext
  let template: PageTemplate
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext, _ template: PageTemplate) {
    self.face = face
    self.template = template
  }

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("/", use: start)
      .get("analyses/:id", use: show)
      .get("colormaps/:file", use: bar)
      .post("analyses", use: submit)
  }

  /// Probes of model servers ask for the root without asking for HTML: they are told that the service lives.
  @Sendable private func start(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    var response =
      Accept(request.headers).names("text/html")
      ? try page(PageContent(service, prefix: face.pathPrefix, reader: context.asker.name))
      : try .json(["status": "alive"])
    response.headers[.vary] = "Accept"
    return response
  }

  @Sendable private func show(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await orPage(context) {
      let kept = try service.find(context.parameters.require("id"))
      return try await context.whileConnected { try await show(kept, as: request, for: context.asker) }
    }
  }

  /// `NAME.png`: the bar of the page's legend, from the table that the heatmaps are drawn with.
  @Sendable private func bar(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let file = try context.parameters.require("file")
    guard let map = ColorMap.allCases.first(where: { "\($0.rawValue).png" == file }) else {
      throw ServiceError.notFound
    }
    return .bytes(encodePNG(map.bar), type: "image/png", headers: [.cacheControl: "max-age=3600"])
  }

  /// The plain form. A wish that cannot be met, such as an unknown class, is said above the map that is shown where
  /// nothing is wished. Of one that takes long the cost is said first.
  private func show(_ kept: KeptAnalysis, as request: Request, for asker: Asker) async throws -> Response {
    let client = asker.client
    var (ask, others) = (Ask(), [Int]())
    var refusal: ServiceError?
    var costly: CostlyMap?
    let shown: Answer
    do {
      // The page's own form sends its fields even if they are empty.
      let given = try queryFields(request.uri.query ?? "")
      let (fields, isAccepted) = try CostlyMap.answer(in: given)
      ask = try Ask(AskFields(fields).ofPlainForm)
      // The page shows one map, and so the first method's.
      ask.methods = .one(ask.method)
      if !isAccepted {
        costly = CostlyMap(ask, of: kept, at: face.links(for: request).page(kept.id), query: request.uri.query)
      }
      if costly != nil {
        _ = try ask.resolved(in: kept.analysis.classifier)
        let (passes, limit) = (ask.likelyPasses, face.service.limits.maximumPasses)
        guard passes <= limit else {
          throw AttributionError.tooManyPasses(passes, limit: limit, remedy: "Ask for fewer masks, samples or steps.")
        }
        (ask.method, ask.layers, ask.augmentation) = (.default, [], .none)
      }
      let asked = try ask.resolved(in: kept.analysis.classifier)
      others = Array(asked.classes.dropFirst())
      shown = try await explain(kept, ask, for: client)
    } catch {
      guard !(error is CancellationError) else { throw error }
      refusal = ServiceError(error)
      (ask, others, costly) = (Ask(), [], nil)
      shown = try await explain(kept, ask, for: client)
    }
    // The page shows the first class; the others keep their share in the range.
    if ask.presentation.sharesRange {
      ask.presentation.sharing += others.map { kept.analysis.classifier.labels.writing(ofIndex: $0) }
    }
    ask.presentation = ask.presentation.suiting(kept.analysis.classifier.output)
    return try page(
      PageContent(
        service, reader: asker.name, error: refusal?.message, costly: costly, explaining: kept, shown, ask,
        face.links(for: request)),
      status: refusal?.status ?? .ok)
  }

  private func explain(_ kept: KeptAnalysis, _ ask: Ask, for client: Client) async throws -> Answer {
    try await service.answer(.kept(kept), ask, as: .picture, for: client) { $0 }
  }

  @Sendable private func submit(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let links = face.links(for: request)
    return try await orPage(context) {
      try await face.receive(request, context) { upload, fields in
        // A field that was left empty says nothing.
        try await service.keep(
          upload.image, model: fields.text(.model), window: fields.ofPlainForm.window(), for: context.client
        ) { kept in
          .redirect(to: links.page(kept.id))
        }
      }
    }
  }

  private func orPage(_ context: GazeRequestContext, _ answer: () async throws -> Response) async throws -> Response {
    do {
      return try await answer()
    } catch {
      let refusal = ServiceError(error)
      refusal.log(to: context.logger)
      return try page(
        PageContent(service, prefix: face.pathPrefix, reader: context.asker.name, error: refusal.message),
        status: refusal.status,
        headers: refusal.headers)
    }
  }

  private func page(
    _ content: PageContent, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) throws -> Response {
    .bytes(try template.render(content.values).utf8, type: "text/html; charset=utf-8", status: status, headers: headers)
  }
}
