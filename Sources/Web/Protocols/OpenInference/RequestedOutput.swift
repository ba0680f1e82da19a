import Explain
import JSON
import Models

/// An output that a request asks for, in which form, and for a map what of it.
struct RequestedOutput: Sendable {
  enum Name: String, CaseIterable {
    case probabilities
    case logits
    case classes
    case saliency
    case heatmap
    case values

    var datatype: OutputTensor.Datatype {
      switch self {
      case .probabilities, .values, .logits, .saliency: .fp32
      case .classes: .int64
      case .heatmap: .bytes
      }
    }

    /// -1 where it depends on the request.
    func shape(classCount: Int) -> [Int] {
      switch self {
      case .probabilities, .values, .logits: [-1, classCount]
      case .classes, .heatmap: [-1]
      case .saliency: [-1, -1, -1]
      }
    }

    /// Whether it is computed from a map.
    var isOfMap: Bool { self == .saliency || self == .heatmap }
    var canBeClassified: Bool { self == .probabilities || self == .logits }

    /// Those of a model of this kind.
    static func all(of output: OutputKind) -> [Name] {
      allCases.filter { name in
        switch name {
        case .probabilities, .logits, .classes: output.isProbability
        case .values: !output.isProbability
        case .saliency, .heatmap: true
        }
      }
    }

    /// What is given where a request names no output.
    static func standard(of output: OutputKind) -> Name { output.isProbability ? .probabilities : .values }
  }

  /// nil for the model's standard.
  private let given: Name?
  /// Whether its data follow the JSON.
  let isBinary: Bool
  /// How many classes are told by value, index and label, instead of the value of each; nil for those.
  let classification: Int?
  /// What its parameters ask for; they go before the request's.
  let fields: [(name: String, value: String)]

  /// The output that stands for none.
  init(standardIn isBinary: Bool) {
    (given, self.isBinary, classification, fields) = (nil, isBinary, nil, [])
  }

  /// Whether it is computed from a map.
  var isOfMap: Bool { given?.isOfMap ?? false }

  func isNamed(_ name: Name) -> Bool { given == name }

  func isSame(as other: RequestedOutput) -> Bool { given == other.given }

  /// - Throws: where a model of this kind has no such output.
  func name(of output: OutputKind) throws(ServiceError) -> Name {
    guard let given else { return .standard(of: output) }
    let all = Name.all(of: output)
    guard all.contains(given) else {
      throw .badRequest(
        "The model gives \(output.isProbability ? "probabilities" : "values"): it has no output '\(given.rawValue)'. "
          + "Ask for one of \(all.map(\.rawValue).joined(separator: ", ")).")
    }
    return given
  }

  /// - Parameter isBinary: where it does not say so itself.
  init(_ output: PlacedJSON, isBinary: Bool) throws(ServiceError) {
    let members = try output.members(["name", "parameters"])
    guard let given = members["name"] else { throw output.fault("must have a name.") }
    guard let name = Name(rawValue: try given.text()) else {
      throw given.fault("must be one of \(Name.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    self.given = name
    var parameters = try members["parameters"]?.members() ?? [:]
    self.isBinary = try parameters.removeValue(forKey: "binary_data")?.flag() ?? isBinary
    let classification = parameters.removeValue(forKey: "classification")
    let count = try classification?.integer() ?? 0
    if let classification {
      guard count >= 0 else { throw classification.fault("must be a number of classes.") }
      guard count == 0 || name.canBeClassified else {
        throw classification.fault("belongs to probabilities and logits; '\(name.rawValue)' names no classes.")
      }
    }
    self.classification = count > 0 ? count : nil
    fields = try members["parameters"]?.fields().filter { parameters[$0.name] != nil } ?? []
    if let field = fields.first, !name.isOfMap {
      throw output.fault(
        "has a parameter '\(field.name.abbreviated())', which means nothing to \(name.rawValue). "
          + "What is asked of maps goes with saliency and heatmap.")
    }
    if let window = fields.first(where: { $0.name == AskField.window.rawValue && $0.value.contains(",") }) {
      throw output.fault("has '\(window.name)', which is of the image: give it in the parameters of the request.")
    }
  }
}
