import Explain
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Images
import Logging
import Models
import Networks

/// The page, for browsers with and without scripts. Its errors are the same page with a sentence.
struct PageController: Sendable {
  let service: ExplanationService
  let template: PageTemplate

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
      ? try page(PageContent(service))
      : try .json(["status": "alive"])
    response.headers[.vary] = "Accept"
    return response
  }

  @Sendable private func show(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await orPage(context) {
      let kept = try service.find(context.parameters.require("id"))
      return try await service.pool.withPlace {
        try await context.whileConnected { try await show(kept, as: request.uri) }
      }
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

  /// The plain form. A wish that cannot be met, such as an unknown class, is said above the map that is shown where nothing is wished.
  private func show(_ kept: KeptAnalysis, as uri: URI) async throws -> Response {
    var (wanted, display) = (MapRequest(), PictureRequest())
    var refusal: ServiceError?
    do throws(ServiceError) {
      // The page's own form sends its fields even if they are empty.
      let parameters = try RequestParameters(uri).withoutEmpty
      let classifier = kept.analysis.classifier
      display = try parameters.display(of: classifier.labels, replacesColorMap: true)
      let selection = try parameters.maps(of: classifier)
      wanted = selection.maps[0]
      // The page shows one of them; the others keep their share in the range.
      if display.sharesRange { display.sharing += selection.maps.dropFirst().compactMap(\.classIndex) }
    } catch {
      refusal = error
    }
    let shown: Display
    do {
      shown = try await explain(kept, wanted, display)
    } catch {
      guard !(error is CancellationError) else { throw error }
      refusal = ServiceError(error)
      (wanted, display) = (MapRequest(), PictureRequest())
      shown = try await explain(kept, wanted, display)
    }
    return try page(
      PageContent(service, error: refusal?.message, explaining: kept, shown, wanted, as: display),
      status: refusal?.status ?? .ok)
  }

  private func explain(_ kept: KeptAnalysis, _ wanted: MapRequest, _ display: PictureRequest) async throws -> Display {
    try await service.pool.run { try service.explain(kept.subject, MapSelection(wanted), as: display, $0)[0] }
  }

  @Sendable private func submit(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try await orPage(context) {
      try await service.receive(request, context) { upload, parameters in
        try await service.pool.run { cancellation in
          let classifier = try service.loadedClassifier(parameters.text("model"))
          let id = service.keep(try service.analyse(upload.image, by: classifier, cancellation))
          return .redirect(to: "/analyses/\(id)")
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
      return try page(PageContent(service, error: refusal.message), status: refusal.status, headers: refusal.headers)
    }
  }

  private func page(
    _ content: PageContent, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) throws -> Response {
    .bytes(try template.render(content).utf8, type: "text/html; charset=utf-8", status: status, headers: headers)
  }
}
