package import Models

/// How maps are shown.
package struct Presentation: Hashable, Sendable {
  /// Its range is that of a map by itself; see `sharesRange`.
  package var recipe = DisplayRecipe()
  /// Whether the map is blended over the image, or alone to be laid over it.
  package var isOverlay = true
  /// Whether the range is the largest magnitude of all maps shown and of those of the classes in `sharing`.
  package var sharesRange = false
  /// Further classes whose maps by the same method share the range.
  package var sharing: [String] = []
  /// The picture's longer side in pixels, at most.
  package var side = Analysis.displaySide
  /// Whether somebody said what of the map is shown, or by which colours.
  private var namesEvidence = false
  /// What is shown where nobody says.
  private(set) var usualEvidence = DisplayRecipe().evidence

  package init() {}

  /// As it is for a model of this output: of values evidence for and against is shown where nobody says otherwise,
  /// since what lowers a number explains it as much as what raises it.
  package func suiting(_ output: OutputKind) -> Presentation {
    guard output == .value else { return self }
    var presentation = self
    presentation.usualEvidence = .signed
    if !namesEvidence {
      presentation.recipe.evidence = .signed
      presentation.recipe.colorMap = Evidence.signed.defaultColorMap
    }
    return presentation
  }

  /// - Parameter hasSeveralClasses: whether several maps stand side by side; they share one range unless another is
  ///   asked for.
  init(_ fields: AskFields, hasSeveralClasses: Bool) throws(AskError) {
    namesEvidence = [AskField.evidence, .colorMap].contains { fields.names.contains($0.rawValue) }
    recipe.evidence = try fields.choice(.evidence) ?? recipe.evidence
    recipe.colorMap = try fields.choice(.colorMap) ?? recipe.evidence.defaultColorMap
    if let objection = recipe.colorMap.objection(to: recipe.evidence) { throw AskError(.colorMap, objection) }
    recipe.opacity = try Self.opacity(of: fields)
    recipe.fade = try fields.choice(.fade) ?? recipe.fade
    recipe.contours = try Self.contours(of: fields)
    recipe.unseen = try fields.choice(.unseen) ?? recipe.unseen
    recipe.hasColorBar = try fields.flag(.colorBar) ?? recipe.hasColorBar
    isOverlay = try fields.flag(.overlay) ?? isOverlay
    guard isOverlay || !recipe.hasColorBar else {
      throw AskError(
        .colorBar,
        "\(fields.spelling.name(.colorBar)) stands beside the image; it does not go with "
          + "\(fields.spelling.setting(.overlay, "false")).")
    }
    side = try fields.integer(.side, in: 1...Self.maximumSide, of: " of pixels") ?? side
    try readRange(of: fields, hasSeveralClasses: hasSeveralClasses)
  }

  private mutating func readRange(of fields: AskFields, hasSeveralClasses: Bool) throws(AskError) {
    let spelling = fields.spelling
    sharing = try fields.list(.sharedWith) ?? []
    let text = try fields.text(.range) ?? (hasSeveralClasses && sharing.isEmpty ? "shared" : "own")
    guard text == "shared" else {
      guard sharing.isEmpty else {
        throw AskError(.sharedWith, "\(spelling.name(.sharedWith)) needs \(spelling.setting(.range, "shared")).")
      }
      guard let range = DisplayRange(text: text) else {
        throw AskError(
          .range,
          "\(spelling.name(.range)) must be own, shared, a percentile such as p99, or the magnitude above 0 that gets the last "
            + "colour, such as 2.5.")
      }
      recipe.range = range
      return
    }
    sharesRange = true
    if !sharing.isEmpty { sharing = try Ask.classList(.sharedWith, sharing, fields) }
    guard hasSeveralClasses || !sharing.isEmpty else {
      throw AskError(
        .range,
        "\(spelling.setting(.range, "shared")) needs several classes to share the range (\(spelling.severalClasses)), or others in "
          + "\(spelling.name(.sharedWith)).")
    }
  }

  private static func contours(of fields: AskFields) throws(AskError) -> [Double] {
    let levels = (try fields.list(.contours) ?? []).map { Double($0) ?? .nan }
    guard levels.count <= maximumContours, levels.allSatisfy({ 0 < $0 && $0 < 1 }) else {
      throw AskError(
        .contours,
        "\(fields.spelling.name(.contours)) must be at most \(maximumContours) shares of the range, each above 0 and below 1, "
          + "comma-separated, such as 0.25,0.5,0.75.")
    }
    return levels
  }

  private static func opacity(of fields: AskFields) throws(AskError) -> Double {
    guard let text = try fields.text(.opacity) else { return DisplayRecipe().opacity }
    guard let opacity = Double(text), (0...1).contains(opacity) else {
      throw AskError(.opacity, "\(fields.spelling.name(.opacity)) must be a number from 0 to 1, such as 0.5.")
    }
    return opacity
  }

  private static let maximumSide = 65_535
  private static let maximumContours = 16
}

extension DisplayRange {
  /// `own`, `p99` or a magnitude above 0.
  init?(text: String) {
    if text == "own" {
      self = .ownMaximum
    } else if text.hasPrefix("p"), let percentage = Double(text.dropFirst()), (0...100).contains(percentage) {
      self = .percentile(percentage)
    } else if let limit = Double(text), limit > 0, limit.isFinite {
      self = .fixed(limit)
    } else {
      return nil
    }
  }

  /// The text that is read as this range again.
  package var written: String {
    switch self {
    case .ownMaximum: "own"
    case .percentile(let percentage): "p" + plainText(percentage)
    case .fixed(let limit): plainText(limit)
    }
  }
}

extension Evidence {
  /// The colour map that is used where none is named.
  package var defaultColorMap: ColorMap { self == .signed ? .coolwarm : .turbo }
}
