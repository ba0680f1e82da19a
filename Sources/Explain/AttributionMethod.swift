import Models
import Networks

/// A way to tell where the evidence for a target lies.
package protocol AttributionMethod: Sendable {
  /// As in answers, receipts, queries and on the command line: `grad-cam`.
  var name: String { get }
  /// Every parameter that the result depends on, in a fixed order: part of the receipt.
  var parameters: [MethodParameter] { get }
  /// The grid of the result.
  var resolution: Resolution { get }
  /// Whether the method looks at a layer's activations, so that it matters which.
  var usesLayer: Bool { get }
  /// How many passes through the network `results` takes for a question of this shape. Known before any of them:
  /// limits, the account of progress and benchmarks read it.
  func cost(of question: QuestionShape) -> Cost

  /// One result for each of the question's targets, in their order. Passes that the target does not change are run once
  /// for all of them, and each result has the bits that it has alone.
  ///
  /// - Parameter progress: told after each pass, or batch of passes; where it throws, the computation ends.
  func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult]
}

extension AttributionMethod {
  package var parameters: [MethodParameter] { [] }
  package var usesLayer: Bool { resolution == .layer }

  /// The result for a question of one target.
  package func attribute(_ question: Question, _ progress: PassProgress) throws(AttributionError) -> MethodResult {
    precondition(question.targets.count == 1, "\(name): a question of \(question.targets.count) targets")
    return try results(for: question, progress)[0]
  }
}

/// The grid on which a method gives its result.
package enum Resolution: String, Hashable, Sendable {
  /// One value for each cell of the layer.
  case layer
  /// A map of the network's input, perhaps on a coarser grid.
  case input
}

/// What a method is asked: targets of a forward pass, at a layer if the method looks at one.
package struct Question: Sendable {
  package let pass: ForwardPass
  /// At least one.
  package let targets: [Target]
  /// One of the network's; of no meaning to a method that looks at none.
  package let layer: String

  /// - Parameter layer: nil for the network's own target layer.
  package init(pass: ForwardPass, targets: [Target], layer: String? = nil) {
    precondition(!targets.isEmpty, "Question: there is no target")
    self.pass = pass
    self.targets = targets
    self.layer = layer ?? pass.classifier.network.targetLayer
  }

  package init(pass: ForwardPass, target: Target, layer: String? = nil) {
    self.init(pass: pass, targets: [target], layer: layer)
  }

  package var shape: QuestionShape { pass.questionShape(at: layer, targets: targets.count) }

  /// The map, if all of its values are finite; else the error that names the layer.
  func finite(_ map: SaliencyMap) throws(AttributionError) -> SaliencyMap {
    guard map.values.allSatisfy({ $0.isFinite }) else { throw .notFinite(layer: layer, model: pass.classifier.name) }
    return map
  }
}

/// What a method answers.
package struct MethodResult: Hashable, Sendable {
  /// Raw and signed; every value finite.
  package let map: SaliencyMap
  /// What else the method has to say, in a fixed order.
  package let notes: [MethodParameter]
  /// What the map is without evidence; nil where that is 0.
  package let zero: MapZero?

  package init(map: SaliencyMap, notes: [MethodParameter] = [], zero: MapZero? = nil) {
    self.map = map
    self.notes = notes
    self.zero = zero
  }
}

/// Why there is no attribution.
package enum AttributionError: Error, Equatable, CustomStringConvertible {
  /// Nobody wants it any more.
  case cancelled
  /// A layer gave a value that is not finite, or a method did at this layer.
  case notFinite(layer: String, model: String)
  /// What was asked for makes no sense; a sentence that says what would.
  case badParameter(String)
  /// More passes through the network than may be spent; a sentence that says what would take fewer.
  case tooManyPasses(Int, limit: Int, remedy: String)

  package var description: String {
    switch self {
    case .cancelled: "The explanation was cancelled."
    case .notFinite(let layer, let model):
      "The model '\(model)' gave numbers that are not finite, first at its layer '\(layer)'; "
        + "another layer or method may work, unless its weights are damaged."
    case .badParameter(let message): message
    case .tooManyPasses(let count, let limit, let remedy):
      "That would take \(count) passes through the network; the limit of a request is \(limit). \(remedy)"
    }
  }
}
