import Autodiff
import Explain
import HTTPTypes
import Hummingbird
import Models
import Networks
import Serving

/// The container that Vertex AI asks: health, predictions, and explanations in the form of its `ExplainResponse`.
///
/// Source: Vertex AI, "Custom container requirements for inference";
/// google/cloud/aiplatform/v1/prediction_service.proto and explanation.proto. Errors are `{"error": "…"}`.
struct VertexController: Sendable {
  let face: FaceContext
  let container: VertexContainer
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext, _ container: VertexContainer) {
    self.face = face
    self.container = container
  }

  /// - Parameter taken: routes of the service that stay what they are.
  /// - Throws: `StartError` where predictions or explanations are wanted at one of them. That health is asked there
  ///   does no harm: whatever answers lives.
  func endpoints(besides taken: Set<TakenRoute>) throws(StartError) -> RouteCollection<GazeRequestContext> {
    let routes = RouteCollection(context: GazeRequestContext.self)
    if !taken.contains(TakenRoute(.get, container.healthRoute)) {
      routes.get(RouterPath(container.healthRoute), use: health)
    }
    for (route, use) in [(container.predictRoute, predict), (container.explainRoute, explain)] {
      guard !taken.contains(TakenRoute(.post, route)) else { throw .routeTaken(route) }
      routes.post(RouterPath(route), use: use)
    }
    return routes
  }

  @Sendable private func health(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(["status": "ok"])
  }

  @Sendable private func predict(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let body = try await Upload.collect(request, limits: face.uploadLimits)
    let (client, query) = (context.client, try queryFields(request.uri.query ?? ""))
    return try await context.whileConnected {
      try await service.answers(by: nil, for: client, byteCount: body.count) {
        let wanted = try InstancesRequest(body, in: ["instances"], maximum: service.limits.maximumInstances)
        let fields = try AskFields(query + wanted.parameters)
        try fields.refuse(besides: [.window])
        return BatchQuestion((), images: wanted.images, window: try fields.window(), maps: [])
      } part: { _, instance in
        instance.scores
      } reply: { _, classifier, scores in
        try .json(["predictions": scores.map { PredictionRow($0, by: classifier.output) }])
      }
    }
  }

  @Sendable private func explain(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let body = try await Upload.collect(request, limits: face.uploadLimits)
    let (client, query) = (context.client, try queryFields(request.uri.query ?? ""))
    let loop = service.engine.workers.forEach
    return try await context.whileConnected {
      try await service.answers(by: nil, for: client, byteCount: body.count) {
        let wanted = try InstancesRequest(body, in: ["instances"], maximum: service.limits.maximumInstances)
        let ask = try Ask(vertex: query + wanted.parameters)
        return BatchQuestion(
          ask, images: wanted.images, window: ask.window,
          maps: [.init(ask, as: .json(ask.resolution, withPicture: ask.includesPicture))])
      } part: { ask, instance in
        (
          scores: instance.scores,
          explanation: try VertexExplanation.json(of: instance.answers[0], ask, by: loop)
        )
      } reply: { _, classifier, parts in
        var answer = JSONObject()
        try answer.add(membersOf: ["deployedModelId": container.deployedModelID ?? classifier.name])
        answer.add("explanations", objects: parts.map(\.explanation))
        try answer.add(membersOf: ["predictions": parts.map { PredictionRow($0.scores, by: classifier.output) }])
        return .bytes(answer.text(), type: "application/json")
      }
    }
  }
}

/// A method and a path that are answered already.
struct TakenRoute: Hashable {
  let method: HTTPRequest.Method
  let path: String

  init(_ method: HTTPRequest.Method, _ path: String) { (self.method, self.path) = (method, path) }
}

extension Ask {
  /// What Vertex' `parameters` ask: those of a query of `POST /api/explain`, and its own two names for classes:
  /// `topK`, as many of the most likely ones, and `outputIndices`.
  ///
  /// Source: google/cloud/aiplatform/v1/explanation.proto, `ExplanationParameters`.
  init(vertex pairs: QueryPairs) throws {
    let (topK, outputIndices) = ("topK", "outputIndices")
    let all = try AskFields(pairs)
    let own = try AskFields(pairs.filter { ![topK, outputIndices].contains($0.name) })
    try own.refuse([.model: "The container explains the model that it was started with."])
    try self.init(own)
    let given = [topK, outputIndices, AskField.class.rawValue, AskField.classes.rawValue].filter(all.names.contains)
    guard given.count <= 1 else {
      throw AskError(named: given[0], "'\(given[0])' and '\(given[1])' both choose classes; give one of them.")
    }
    if let text = try all.text(named: topK) {
      guard let count = Int(text), (1...Self.maximumClasses).contains(count) else {
        throw AskError(named: topK, "'\(topK)' must be a whole number from 1 to \(Self.maximumClasses).")
      }
      classes = .mostLikelyOnes(count)
    } else if all.names.contains(outputIndices) {
      let texts = try all.list(named: outputIndices) ?? []
      guard (1...Self.maximumClasses).contains(texts.count), texts.allSatisfy({ UInt16($0) != nil }) else {
        throw AskError(
          named: outputIndices, "'\(outputIndices)' must be a list of 1 to \(Self.maximumClasses) indices of classes.")
      }
      classes = .list(texts.map { "index:\($0)" })
    }
  }
}
