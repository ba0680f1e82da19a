import Autodiff
import Explain
import Hummingbird
import Images
import Models
import Networks
import Serving

/// Every model as TensorFlow Serving's REST interface and KServe's V1 protocol serve it: predictions, classifications
/// and explanations of the images in a JSON body, and what is known of a model.
///
/// Source: TensorFlow Serving, docs api_rest.md; KServe, v1_endpoints.py. Where both have an address (`GET
/// /v1/models/NAME`), the answer has the keys of both. Errors of these protocols are `{"error": "…"}` (`ErrorForm`).
struct ModelServingController: Sendable {
  let face: FaceContext
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext) { self.face = face }

  var endpoints: RouteCollection<GazeRequestContext> {
    let routes = RouteCollection(context: GazeRequestContext.self)
      .get("v1/models", use: list)
      .get("v1/models/:model", use: status)
      .get("v1/models/:model/metadata", use: metadata)
      .get("v1/models/:model/versions/:version", use: status)
      .get("v1/models/:model/versions/:version/metadata", use: metadata)
      .get("v1/models/:model/labels/:label", use: status)
      .get("v1/models/:model/labels/:label/metadata", use: metadata)
      .post("v1/models/:model", use: answer)
      .post("v1/models/:model/versions/:version", use: answer)
      .post("v1/models/:model/labels/:label", use: answer)
    // Whether an address takes POST is seen by its verb, which the router does not see.
    for path in ["v1/models/:model", "v1/models/:model/versions/:version", "v1/models/:model/labels/:label"] {
      for method in Observation.knownMethods.subtracting([.get, .head, .post]) {
        routes.on(RouterPath(path), method: method, use: refuse)
      }
    }
    return routes
  }

  @Sendable private func refuse(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let takesImages = try ServableAddress(context).verb != nil
    throw ServiceError.methodNotAllowed(allowed: takesImages ? [.post] : [.get, .head])
  }

  // MARK: What is known of a model

  @Sendable private func list(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(["models": service.models.list().map(\.name)])
  }

  /// A model is ready as soon as the store has it whole; it is loaded when it is first asked. Of one that would not
  /// load the answer is 503, as in KServe, with the state that TensorFlow Serving gives a version that ended.
  @Sendable private func status(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let name = try manifest(for: ServableAddress(context)).name
    let readiness = ModelReadiness(fault: service.models.fault(in: name))
    return try .json(
      ModelStatusAnswer(name, readiness), status: readiness.isReady ? .ok : .serviceUnavailable)
  }

  @Sendable private func metadata(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try .json(ModelMetadataAnswer(manifest(for: ServableAddress(context))))
  }

  private func manifest(for address: ServableAddress) throws -> ModelManifest {
    guard address.verb == nil else { throw ServiceError.methodNotAllowed(allowed: [.post]) }
    let models = service.models.list()
    guard let manifest = models.first(where: { $0.name == address.model }) else {
      throw ServiceError(ModelStoreError.unknownModel(address.model.abbreviated(), known: models.map(\.name)))
    }
    return manifest
  }

  // MARK: What a model answers

  @Sendable private func answer(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let address = try ServableAddress(context)
    guard let verb = address.verb else { throw ServiceError.methodNotAllowed(allowed: [.get, .head]) }
    guard let verb = ServableVerb(rawValue: verb.lowercased()) else { throw ServiceError.unknownVerb(verb) }
    let hasValues = service.models.list().contains { $0.name == address.model && $0.output == .value }
    if verb == .regress && !hasValues { throw ServiceError.noRegression }
    if verb == .classify && hasValues { throw ServiceError.noClassification(by: address.model) }
    let body = try await Upload.collect(request, limits: face.uploadLimits)
    let (client, query) = (context.client, try queryFields(request.uri.query ?? ""))
    return try await context.whileConnected {
      switch verb {
      case .predict: try await predict(by: address.model, body, query, for: client)
      case .classify: try await classify(by: address.model, body, query, for: client)
      case .explain: try await explain(by: address.model, body, query, for: client)
      case .regress: try await regress(by: address.model, body, query, for: client)
      }
    }
  }

  private func predict(
    by model: String, _ body: [UInt8], _ query: QueryPairs, for client: Client
  ) async throws -> Response {
    try await service.answers(by: model, for: client, byteCount: body.count) {
      let wanted = try InstancesRequest(body, in: ["instances", "inputs"], maximum: service.limits.maximumInstances)
      let fields = try AskFields(query + wanted.parameters)
      try fields.refuse(besides: [.window])
      return BatchQuestion(wanted.form, images: wanted.images, window: try fields.window(), maps: [])
    } part: { _, instance in
      instance.scores
    } reply: { form, classifier, scores in
      let rows = scores.map { PredictionRow($0, by: classifier.output) }
      return switch form {
      case .rows: try .json(["predictions": rows])
      case .columns: try .json(["outputs": PredictionColumns(rows)])
      }
    }
  }

  private func classify(
    by model: String, _ body: [UInt8], _ query: QueryPairs, for client: Client
  ) async throws -> Response {
    try await service.answers(by: model, for: client, byteCount: body.count) {
      let wanted = try InstancesRequest(body, in: ["examples", "instances"], maximum: service.limits.maximumInstances)
      let fields = try AskFields(query + wanted.parameters)
      try fields.refuse(besides: [.window, .top])
      return BatchQuestion(try Ask.top(of: fields), images: wanted.images, window: try fields.window(), maps: [])
    } part: { _, instance in
      instance.scores
    } reply: { top, classifier, scores in
      let count = try classifier.labels.count(listing: top)
      return try .json(["results": scores.map { Classification($0, count, classifier.labels) }])
    }
  }

  /// The value of each image; of several values of one image the list of them.
  private func regress(
    by model: String, _ body: [UInt8], _ query: QueryPairs, for client: Client
  ) async throws -> Response {
    try await service.answers(by: model, for: client, byteCount: body.count) {
      let wanted = try InstancesRequest(body, in: ["examples", "instances"], maximum: service.limits.maximumInstances)
      let fields = try AskFields(query + wanted.parameters)
      try fields.refuse(besides: [.window])
      return BatchQuestion((), images: wanted.images, window: try fields.window(), maps: [])
    } part: { _, instance in
      instance.scores.numbers
    } reply: { _, classifier, rows in
      classifier.labels.count == 1 ? try .json(["results": rows.map { $0[0] }]) : try .json(["results": rows])
    }
  }

  /// What `parameters` and the query ask is what a query asks of `POST /api/explain`, and each explanation is the JSON
  /// that it answers.
  private func explain(
    by model: String, _ body: [UInt8], _ query: QueryPairs, for client: Client
  ) async throws -> Response {
    let loop = service.engine.workers.forEach
    return try await service.answers(by: model, for: client, byteCount: body.count) {
      let wanted = try InstancesRequest(body, in: ["instances"], maximum: service.limits.maximumInstances)
      let fields = try AskFields(query + wanted.parameters)
      try fields.refuse([.model: "The model stands in the address."])
      let ask = try Ask(fields)
      return BatchQuestion(
        ask, images: wanted.images, window: ask.window,
        maps: [.init(ask, as: .json(ask.resolution, withPicture: ask.includesPicture))])
    } part: { ask, instance in
      try SaliencyAnswer.json(
        of: instance.answers[0], at: ask.resolution, withPicture: ask.includesPicture, withPredictions: true, by: loop)
    } reply: { _, _, explanations in
      var answer = JSONObject()
      answer.add("explanations", objects: explanations)
      return .bytes(answer.text(), type: "application/json")
    }
  }
}

/// Names and values of a query.
typealias QueryPairs = [(name: String, value: String)]

/// What can be asked of a model by its name in an address.
enum ServableVerb: String {
  case predict, classify, regress, explain
}
