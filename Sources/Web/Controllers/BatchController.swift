import Autodiff
import Explain
import HTTPTypes
import Hummingbird
import Serving

/// Several images in one request, each of which is asked the same.
struct BatchController: Sendable {
  let face: FaceContext

  init(_ face: FaceContext) { self.face = face }

  /// Below `Links.apiAddresses`.
  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self).post("batch", use: explain)
  }

  private static let offers = ["application/json", "application/zip"]

  /// A bad image has an error in its place; a bad question is refused as a whole.
  @Sendable private func explain(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    guard let type = Accept(request.headers).best(of: Self.offers) else {
      throw ServiceError.notAcceptable(offered: Self.offers)
    }
    let body = try await Upload.collect(request, limits: face.uploadLimits)
    guard !body.isEmpty else { throw ServiceError.emptyBody }
    let (uri, contentType) = (request.uri, request.headers[.contentType])
    let isZip = type == "application/zip"
    let maximum = face.service.limits.maximumInstances
    return try await context.whileConnected {
      try await face.service.answerEach(for: context.client, byteCount: body.count) {
        let (images, texts) = try Self.images(in: body, contentType: contentType, atMost: maximum)
        let fields = try askFields(uri, form: texts)
        let ask = try Ask(fields)
        return ImageBatch(
          images, model: try fields.text(.model), ask,
          as: isZip ? .bundle(ask.resolution) : .json(ask.resolution, withPicture: ask.includesPicture))
      } writing: { index, result, form in
        try Self.files(of: result, index, as: form, context)
      } _: { (results) -> Response in
        if isZip {
          return .bytes(AnswerBundle.zip(results.flatMap { $0 }), type: type, headers: [.vary: "Accept"])
        }
        var object = JSONObject()
        object.add("results", objects: results.map { $0[0].data })
        return .bytes(object.text(), type: type, headers: [.vary: "Accept"])
      }
    }
  }

  /// The files of a form with its text fields, or the one image that the body is.
  private static func images(
    in body: [UInt8], contentType: String?, atMost maximum: Int
  ) throws -> (images: [[UInt8]], texts: [(name: String, value: String)]) {
    guard let contentType, MultipartForm.isAnnounced(by: contentType) else { return ([body], []) }
    let form = try MultipartForm(
      body, contentType: contentType, maximumParts: maximum + MultipartForm.maximumParts)
    guard !form.files.isEmpty else { throw ServiceError.noFile }
    guard form.files.count <= maximum else { throw ServiceError.tooManyImages(maximum) }
    return (form.files.map { Array($0.body) }, form.texts)
  }

  /// What is kept of an image's answer: JSON as `POST /api/explain` gives it, or a folder of the archive.
  private static func files(
    of result: Result<Answer, any Error>, _ index: Int, as form: AnswerForm, _ context: GazeRequestContext
  ) throws -> [AnswerBundle.File] {
    do {
      let answer = try result.get()
      let loop = answer.analysis.pass.engine.workers.forEach
      switch form {
      case .json(let resolution, let withPicture):
        let json = try SaliencyAnswer.json(
          of: answer, at: resolution, withPicture: withPicture, withPredictions: true, by: loop)
        return [("", json)]
      case .bundle(let resolution), .npy(let resolution):
        return try AnswerBundle.files(of: answer, at: resolution, in: "\(index)/", by: loop)
      case .picture, .receipt:
        return try AnswerBundle.files(of: answer, at: .layer, in: "\(index)/", by: loop)
      }
    } catch {
      let refusal = ServiceError(error)
      refusal.log(to: context.logger)
      return [("\(index)/error.json", try refusal.json(as: .gaze))]
    }
  }
}
