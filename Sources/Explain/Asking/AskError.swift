/// Why something cannot be asked: which field is at fault, and a sentence that says what would work.
package struct AskError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// A value that is malformed, out of range, or does not go with another.
    case badValue
    case unknownClass
    /// A text that can mean several classes.
    case ambiguousClass
    case unknownLayer
  }

  package let kind: Kind
  /// The name of the field, as queries write it; nil where no single field is at fault.
  package let field: String?
  package let description: String

  /// - Parameter field: by its name, as queries write it.
  package init(_ kind: Kind = .badValue, named field: String?, _ description: String) {
    self.kind = kind
    self.field = field
    self.description = description
  }

  /// What is wrong with the value of a field.
  init(_ field: AskField, _ description: String) { self.init(named: field.rawValue, description) }

  init(_ kind: Kind, _ field: AskField, _ description: String) { self.init(kind, named: field.rawValue, description) }

  /// A method's own objection to its parameters.
  ///
  /// - Parameter field: the parameter that is at fault, as it was written.
  init(_ error: AttributionError, named field: String?) { self.init(named: field, error.description) }
}

extension AskError {
  /// A picture that is larger than a service makes.
  package static func side(_ limit: Int) -> AskError {
    AskError(.side, "'side' must be a whole number of pixels from 1 to \(limit) here.")
  }

  /// A window for an analysis that is kept.
  package static let windowOfKept = AskError(
    .window,
    "'window' belongs to an upload: this analysis is of the image as it was taken then. Send the image again, with the "
      + "window.")

  static let heatmapsSideBySide = AskError(
    .overlay,
    "The pictures of several maps stand side by side, blended over the image; the heatmap alone is for one class and "
      + "one method. Ask for each by itself.")

  /// Maps of several sizes as one array.
  static let severalGrids = AskError(
    .resolution,
    "These methods' maps are of several sizes, which make no array. Take resolution=input, where all have one.")

  /// - Parameter methods: those that were named.
  static func parameterOfNoMethod(_ name: String, of methods: [String]) -> AskError {
    AskError(
      named: name,
      "There is no parameter '\(name.abbreviated())' here. Those of a method stand after its name, such as "
        + "\(methods[0].abbreviated()).\(name.split(separator: ".").last.map { String($0).abbreviated() } ?? "masks").")
  }
}
