import Explain
import Foundation
import HummingbirdCore
import Networks

/// What a request asks for: its query and, behind that, the text fields of its form.
struct RequestParameters: Sendable {
  private let values: [String: [String]]

  /// - Parameters:
  ///   - uri: with the query, percent-encoded; `+` is a blank, as forms write it.
  ///   - fields: text fields of a form; the query goes before them.
  init(_ uri: URI, fields: [(name: String, value: String)] = []) throws(ServiceError) {
    var query: [String: [String]] = [:]
    for pair in (uri.query ?? "").split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
      guard let name = decoded[0], let value = decoded.count == 2 ? decoded[1] : "" else {
        throw .badRequest("The query cannot be read: its percent-encoding is not UTF-8.")
      }
      query[name, default: []].append(value)
    }
    values = query.merging(Dictionary(grouping: fields, by: \.name).mapValues { $0.map(\.value) }) { own, _ in own }
  }

  /// A parameter that may be given once.
  func text(_ name: String) throws(ServiceError) -> String? {
    guard let given = values[name] else { return nil }
    guard given.count == 1 else { throw .badRequest("'\(name)' is given \(given.count) times; give it once.") }
    return given[0]
  }

  /// How many classes to list, from 1 to the number there are.
  func top(of labels: Labels) throws(ServiceError) -> Int {
    guard let text = try text("top") else { return min(5, labels.count) }
    guard let top = Int(text), (1...labels.count).contains(top) else {
      throw .badRequest("'top' must be a whole number from 1 to \(labels.count).")
    }
    return top
  }

  /// The class and the layer to explain.
  func map(of classifier: Classifier) throws(ServiceError) -> MapRequest {
    MapRequest(classIndex: try classIndex(in: classifier.labels), layer: try layer(of: classifier))
  }

  private func layer(of classifier: Classifier) throws(ServiceError) -> String? {
    guard let text = try text("layer") else { return nil }
    guard classifier.network.layers.contains(text) else { throw .unknownLayer(text, of: classifier) }
    return text
  }

  /// nil where no class is named.
  private func classIndex(in labels: Labels) throws(ServiceError) -> Int? {
    guard let text = try text("class") else { return nil }
    guard !text.isEmpty else {
      throw .badRequest(
        "'class' is empty. Give an index from 0 to \(labels.count - 1), a WordNet id or a label, "
          + "or leave it out for the top-1."
      )
    }
    guard let label = labels.find(text) else { throw .unknownClass(text, in: labels) }
    return label.index
  }

  func resolution() throws(ServiceError) -> MapResolution {
    try choice("resolution", of: MapResolution.allCases.map(\.rawValue)).flatMap(MapResolution.init) ?? .layer
  }

  /// The longer side of a picture, at most.
  func side() throws(ServiceError) -> Int {
    guard let text = try text("side") else { return Analysis.displaySide }
    guard let side = Int(text), (1...Analysis.displaySide).contains(side) else {
      throw .badRequest("'side' must be a whole number of pixels from 1 to \(Analysis.displaySide).")
    }
    return side
  }

  /// Whether JSON is to hold the picture.
  func includesPicture() throws(ServiceError) -> Bool { try choice("include", of: ["picture"]) != nil }

  /// How a map is to be shown.
  func display() throws(ServiceError) -> PictureRequest {
    let colorMap = try choice("colormap", of: ColorMap.sequential.map(\.rawValue)).flatMap(ColorMap.init) ?? .turbo
    let isOverlay = try choice("overlay", of: ["true", "false"]) != "false"
    return PictureRequest(
      recipe: DisplayRecipe(colorMap: colorMap, opacity: try opacity()), isOverlay: isOverlay)
  }

  private func opacity() throws(ServiceError) -> Double {
    guard let text = try text("alpha") else { return DisplayRecipe().opacity }
    guard let alpha = Double(text), (0...1).contains(alpha) else {
      throw .badRequest("'alpha' must be a number from 0 to 1, such as 0.5.")
    }
    return alpha
  }

  private func choice(_ name: String, of choices: [String]) throws(ServiceError) -> String? {
    guard let text = try text(name) else { return nil }
    guard choices.contains(text) else {
      throw .badRequest("'\(name)' must be one of \(choices.joined(separator: ", ")).")
    }
    return text
  }
}
