import Explain
import Foundation
import HummingbirdCore
import Models
import Networks

/// What a request asks for: its query and, behind that, the text fields of its form.
struct RequestParameters: Sendable {
  private let values: [String: [String]]
  /// The names that the query has, not the form.
  private let queryNames: Set<String>

  private init(values: [String: [String]], queryNames: Set<String>) {
    self.values = values
    self.queryNames = queryNames.intersection(values.keys)
  }

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
    queryNames = Set(query.keys)
    values = query.merging(Dictionary(grouping: fields, by: \.name).mapValues { $0.map(\.value) }) { own, _ in own }
  }

  /// Without the fields that a plain form sends although nothing was entered.
  var withoutEmpty: RequestParameters {
    RequestParameters(values: values.filter { $0.value != [""] }, queryNames: queryNames)
  }

  var names: Set<String> { Set(values.keys) }

  /// Every value with its name.
  var fields: [(name: String, value: String)] {
    values.flatMap { name, given in given.map { (name, $0) } }
  }

  /// A parameter that may be given once.
  func text(_ name: String) throws(ServiceError) -> String? {
    guard let given = values[name] else { return nil }
    guard given.count == 1 else {
      throw .badRequest(
        "'\(name)' is given \(given.count) times; give it once\(name == "class" ? ", or several classes as classes=281,282" : "")."
      )
    }
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

  /// A list, parted by commas; nil where it is not given or empty.
  func list(_ name: String) throws(ServiceError) -> [String]? {
    guard let text = try text(name), !text.isEmpty else { return nil }
    return text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed() }
  }

  /// The map of `class`.
  private func map(of classifier: Classifier) throws(ServiceError) -> MapRequest {
    MapRequest(
      classIndex: try classIndex("class", in: classifier.labels),
      against: try classIndex("against", in: classifier.labels),
      method: try method(), layers: try layers(of: classifier),
      fusion: try choice("fusion", of: LayerFusion.allCases) ?? .mean,
      augmentation: try choice("augmentation", of: TestTimeAugmentation.allCases) ?? .none)
  }

  /// Which maps are to be computed: that of `class`, or those of `classes`.
  func maps(of classifier: Classifier) throws(ServiceError) -> MapSelection {
    let map = try map(of: classifier)
    guard try text("classes") != nil else { return MapSelection(map) }
    guard map.classIndex == nil else { throw .badRequest("Give either 'class' or 'classes', not both.") }
    let classes = try classList("classes", in: classifier.labels, atMost: Self.maximumClasses)
    guard Set(classes).count == classes.count else {
      throw .badRequest("'classes' names a class twice; name each once.")
    }
    return MapSelection(
      maps: classes.map { index in
        var map = map
        map.classIndex = index
        return map
      }, isList: true)
  }

  /// Classes, parted by commas.
  private func classList(
    _ name: String, in labels: Labels, atMost limit: Int
  ) throws(ServiceError) -> [Int] {
    let texts = try list(name) ?? []
    guard (1...limit).contains(texts.count) else {
      throw .badRequest(
        "'\(name)' must be from 1 to \(limit) classes, parted by commas, each an index, a WordNet id or a label without a comma."
      )
    }
    return try texts.map { text throws(ServiceError) in
      guard let label = labels.find(text) else { throw .unknownClass(text, in: labels) }
      return label.index
    }
  }

  /// The method with its own parameters.
  ///
  /// The query's names that mean nothing to a request for a map are the method's, and it refuses those that it has not: a mistyped parameter
  /// must not give a map of other parameters than were meant. Of a form's fields only those count that the method knows, since forms
  /// carry fields that nobody meant.
  private func method() throws(ServiceError) -> MethodRequest {
    let name = try text("method") ?? MethodCatalog.defaultName
    let known = Set(MethodCatalog.entries.first { $0.name == name }?.parameters.map(\.name) ?? [])
    var values: [String: String] = [:]
    for given in queryNames.subtracting(Self.mapNames).union(known.intersection(self.values.keys)) {
      values[given] = try text(given)
    }
    return try MethodRequest(name, values)
  }

  /// The layers to look at; none where none is named.
  func layers(of classifier: Classifier) throws(ServiceError) -> [String] {
    guard try text("layer") != nil else { return [] }
    let layers = try list("layer") ?? [""]
    for layer in layers where !classifier.network.layers.contains(layer) {
      throw .unknownLayer(layer, of: classifier)
    }
    guard Set(layers).count == layers.count else { throw .badRequest("'layer' names a layer twice; name each once.") }
    return layers
  }

  /// nil where no class is named.
  func classIndex(_ name: String, in labels: Labels) throws(ServiceError) -> Int? {
    guard let text = try text(name) else { return nil }
    guard !text.isEmpty else {
      throw .badRequest(
        "'\(name)' is empty. Give an index from 0 to \(labels.count - 1), a WordNet id or a label, "
          + "or leave it out\(name == "class" ? " for the top-1" : "")."
      )
    }
    guard let label = labels.find(text) else { throw .unknownClass(text, in: labels) }
    return label.index
  }

  func resolution() throws(ServiceError) -> MapResolution {
    try choice("resolution", of: MapResolution.allCases) ?? .layer
  }

  /// The longer side of a picture, at most.
  func side() throws(ServiceError) -> Int {
    guard let text = try text("side") else { return Analysis.displaySide }
    guard let side = Int(text), (1...Self.maximumSide).contains(side) else {
      throw .badRequest("'side' must be a whole number of pixels from 1 to \(Self.maximumSide).")
    }
    return side
  }

  /// Whether JSON is to hold the picture.
  func includesPicture() throws(ServiceError) -> Bool { try choice("include", of: ["picture"]) != nil }

  /// How a map is to be shown. An unfitting colour map is refused, or for the page's plain form, whose two fields know nothing of each
  /// other, replaced.
  func display(of labels: Labels, replacesColorMap: Bool = false) throws(ServiceError) -> PictureRequest {
    let evidence = try choice("evidence", of: Evidence.allCases) ?? .positive
    var colorMap = try choice("colormap", of: ColorMap.allCases) ?? evidence.usualColorMap
    if let objection = colorMap.objection(to: evidence) {
      guard replacesColorMap else { throw .badRequest(objection) }
      colorMap = evidence.usualColorMap
    }
    let (range, sharesRange, sharing) = try range(in: labels)
    return PictureRequest(
      recipe: DisplayRecipe(
        colorMap: colorMap, opacity: try opacity(), evidence: evidence, range: range, contours: try contours(),
        unseen: try choice("unseen", of: UnseenStyle.allCases) ?? .hatched, hasColorBar: try flag("colorbar") ?? false),
      isOverlay: try flag("overlay") ?? true, sharesRange: sharesRange, sharing: sharing)
  }

  /// The range, whether it is common to several maps, and the classes whose maps have a share in it besides those that are shown.
  private func range(in labels: Labels) throws(ServiceError) -> (DisplayRange, isShared: Bool, sharing: [Int]) {
    let text = try text("range") ?? "own"
    let names = try list("shared_with") ?? []
    guard text == "shared" else {
      guard names.isEmpty else { throw .badRequest("'shared_with' needs range=shared.") }
      if text == "own" { return (.ownMaximum, false, []) }
      if text.hasPrefix("p"), let percentage = Double(text.dropFirst()), (0...100).contains(percentage) {
        return (.percentile(percentage), false, [])
      }
      if let limit = Double(text), limit > 0, limit.isFinite { return (.fixed(limit), false, []) }
      throw .badRequest(
        "'range' must be own, shared, a percentile such as p99, or the magnitude above 0 that gets the last colour, such as 2.5."
      )
    }
    if names.isEmpty, (try list("classes") ?? []).count > 1 { return (.ownMaximum, true, []) }
    guard !names.isEmpty else {
      throw .badRequest(
        "range=shared needs other classes to share the range with: several in 'classes', or from 1 to \(Self.maximumClasses) "
          + "in 'shared_with', parted by commas.")
    }
    return (.ownMaximum, true, try classList("shared_with", in: labels, atMost: Self.maximumClasses))
  }

  private func contours() throws(ServiceError) -> [Double] {
    let levels = try list("contours")?.map { Double($0) ?? .nan } ?? []
    guard levels.count <= Self.maximumContours, levels.allSatisfy({ 0 < $0 && $0 < 1 }) else {
      throw .badRequest(
        "'contours' must be at most \(Self.maximumContours) shares of the range, each above 0 and below 1, parted by commas, "
          + "such as 0.25,0.5,0.75.")
    }
    return levels
  }

  private func opacity() throws(ServiceError) -> Double {
    guard let text = try text("alpha") else { return DisplayRecipe().opacity }
    guard let alpha = Double(text), (0...1).contains(alpha) else {
      throw .badRequest("'alpha' must be a number from 0 to 1, such as 0.5.")
    }
    return alpha
  }

  func flag(_ name: String) throws(ServiceError) -> Bool? {
    try choice(name, of: ["true", "false"]).map { $0 == "true" }
  }

  func choice<Choice: RawRepresentable<String>>(
    _ name: String, of choices: [Choice]
  ) throws(ServiceError) -> Choice? {
    try choice(name, of: choices.map(\.rawValue)).flatMap(Choice.init)
  }

  func choice(_ name: String, of choices: [String]) throws(ServiceError) -> String? {
    guard let text = try text(name) else { return nil }
    guard choices.contains(text) else {
      throw .badRequest("'\(name)' must be one of \(choices.joined(separator: ", ")).")
    }
    return text
  }

  /// The names that mean something to a request for a map, whatever the method.
  private static let mapNames: Set = [
    "model", "method", "class", "classes", "against", "layer", "fusion", "augmentation", "resolution", "top", "side",
    "include",
    "alpha", "colormap", "evidence", "range", "shared_with", "contours", "colorbar", "unseen", "overlay",
  ]
  private static let maximumClasses = 20
  private static let maximumSide = 8192
  private static let maximumContours = 16
}

extension Evidence {
  /// The colour map that is used where none is named.
  var usualColorMap: ColorMap { self == .signed ? .coolwarm : .turbo }
}
