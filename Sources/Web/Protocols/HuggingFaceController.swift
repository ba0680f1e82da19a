import Autodiff
import Explain
import Hummingbird
import Images
import JSON
import Models
import Networks
import Serving

/// Hugging Face's task "image classification", as `InferenceClient` asks for it: labels with scores.
///
/// Source: huggingface.co, "Inference Providers", API of the task, and `huggingface_hub`. The body is an image's file,
/// often without a Content-Type, or JSON where there are parameters. A client posts to the address that it is given,
/// and to `…/models/NAME` below the address of a provider. Errors are `{"error": "…"}` (`ErrorForm`).
struct HuggingFaceController: Sendable {
  let face: FaceContext
  private var service: ExplanationService { face.service }

  init(_ face: FaceContext) { self.face = face }

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .post("hf/:model", use: classify)
      .post("hf/models/:model", use: classify)
  }

  @Sendable private func classify(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let name = try context.decoded("model")
    return try await face.receive(request, context) { upload, fields in
      try fields.refuse(besides: [.window])
      let window = try fields.window()
      return try await ofOneImage {
        try await service.answers(by: name, for: context.client, byteCount: upload.image.count) {
          let wanted = try ImageClassification(upload.image)
          return BatchQuestion(wanted, images: [.file(wanted.image)], window: window, maps: [])
        } part: { _, answer in
          answer.scores
        } reply: { wanted, classifier, scores in
          try .json(wanted.answer(scores[0], by: classifier))
        }
      }
    }
  }
}

/// A request of this task.
private struct ImageClassification: Sendable {
  /// What becomes of the logits.
  enum Function: String, CaseIterable {
    /// By the model's temperature, as the next where the model's own is that.
    case softmax
    case sigmoid
    case none

    /// What `pipeline` does where nobody says, by the model's kind.
    init(usualFor output: OutputKind) {
      self =
        switch output {
        case .softmax: .softmax
        case .sigmoid: .sigmoid
        case .value: .none
        }
    }
  }

  struct Element: Encodable {
    let label: String
    let score: Float
  }

  let image: [UInt8]
  private var count = 5
  /// nil for the model's own.
  private var function: Function?

  /// - Parameter body: hostile until it is read.
  init(_ body: [UInt8]) throws {
    guard JSONValue.isObject(body) else {
      image = body
      return
    }
    let members: [String: PlacedJSON]
    do {
      members = try PlacedJSON(JSONValue(body)).members(["inputs", "parameters"])
    } catch let error as JSONError {
      throw ServiceError.badRequest("The body begins as JSON but is none: \(error).")
    }
    guard let inputs = members["inputs"] else {
      throw ServiceError.badRequest(
        #"The body must have 'inputs': {"inputs": "…"}, with the Base64 of an image's file."#)
    }
    image = try ImageInJSON.bytes(of: inputs.value, at: inputs.place)
    let parameters = try members["parameters"]?.members(["top_k", "function_to_apply"]) ?? [:]
    if let top = parameters["top_k"] {
      count = try top.integer()
      guard count > 0 else { throw top.fault("must be a number of classes from 1 on.") }
    }
    if let name = parameters["function_to_apply"] {
      guard let function = Function(rawValue: try name.text()) else {
        throw name.fault("must be one of \(Function.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      self.function = function
    }
  }

  /// The classes with the greatest scores; as many as there are, where more are asked for.
  func answer(_ scores: InstanceScores, by classifier: Classifier) throws(ServiceError) -> [Element] {
    let usual = Function(usualFor: classifier.output)
    let function = function ?? usual
    guard function != .softmax || usual == .softmax, function != .sigmoid || usual != .none else {
      throw .badRequest(
        "'function_to_apply': the outputs of '\(classifier.name)' are no alternatives of each other or no "
          + "probabilities, so that \(function.rawValue) of them means nothing. Ask for \(usual.rawValue), or leave it out."
      )
    }
    return scores.logits.indices(ofLargest: count).map { index in
      let logit = scores.logits[index]
      let score =
        switch function {
        case usual: scores.numbers[index]
        case .sigmoid: Float(sigmoid(Double(logit)))
        default: logit
        }
      return Element(label: classifier.labels[index].name, score: score)
    }
  }
}
