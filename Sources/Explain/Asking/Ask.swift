package import Images

/// What is asked about an image: which classes, by which method, where. A value that needs no model: class names and
/// layers are looked up in `resolved(in:spelling:)`.
///
/// An HTTP query, a JSON body, a form, a command line and a protocol's request are small readers that bring
/// `AskFields`.
package struct Ask: Hashable, Sendable {
  /// What the image's samples are stretched by; nil takes them as stored. Of no meaning to a kept analysis.
  package var window: SampleWindow?
  /// Which classes are explained.
  package enum Classes: Hashable, Sendable {
    /// The one that the network finds most likely.
    case mostLikely
    /// As many of those that the network finds most likely, by falling logit; the answer is a list, even of one.
    case mostLikelyOnes(Int)
    case one(String)
    /// Several by the same method; the answer is a list, even of one.
    case list([String])
  }

  package var classes = Classes.mostLikely
  /// For a contrast the class that the other is held against.
  package var against: String?
  package var method = MethodChoice.default
  /// Empty: the network's own target layer, for methods that look at one.
  package var layers: [String] = []
  package var fusion = LayerFusion.mean
  package var augmentation = TestTimeAugmentation.none
  package var presentation = Presentation()
  /// The grid of the numbers.
  package var resolution = MapResolution.layer
  /// How many classes are listed; nil for five, or all where there are fewer.
  package var top: Int?
  /// Whether JSON holds the picture, too.
  package var includesPicture = false

  package init() {}

  /// Most classes of one request, and most that share a range.
  package static let maximumClasses = 20

  package init(_ fields: AskFields) throws(AskError) {
    window = try fields.window(besides: try Self.methodParameters(of: fields))
    classes = try Self.classes(of: fields)
    against = try fields.text(.against)
    method = try Self.method(of: fields)
    layers = try Self.layers(of: fields)
    fusion = try fields.choice(.fusion) ?? fusion
    augmentation = try fields.choice(.augmentation) ?? augmentation
    presentation = try Presentation(fields, hasSeveralClasses: classes.count > 1)
    resolution = try fields.choice(.resolution) ?? resolution
    top = try Self.top(of: fields)
    includesPicture = try fields.choice(.include, of: Inclusion.self) != nil
  }

  /// Throws where one picture of all classes cannot be made as it is asked for.
  package func checkPicture() throws(AskError) {
    if classes.count > 1 && !presentation.isOverlay { throw .heatmapsSideBySide }
  }

  /// What JSON may hold besides the numbers.
  private enum Inclusion: String, CaseIterable { case picture }

  /// How many classes are to be listed; nil where nobody says. What is no whole number is 0: how many there may be is
  /// known, and told, by the model's labels (`Labels.count(listing:)`).
  package static func top(of fields: AskFields) throws(AskError) -> Int? {
    try fields.text(.top).map { Int($0) ?? 0 }
  }

  private static func classes(of fields: AskFields) throws(AskError) -> Classes {
    let one = try fields.text(.class)
    guard let list = try fields.list(.classes) else {
      if fields.names.contains(AskField.classes.rawValue) { _ = try classList(.classes, [], fields) }
      return one.map(Classes.one) ?? .mostLikely
    }
    guard one == nil else { throw AskError(.classes, "Give either 'class' or 'classes', not both.") }
    return .list(try classList(.classes, list, fields))
  }

  /// From 1 to `maximumClasses` classes.
  static func classList(
    _ field: AskField, _ texts: [String], _ fields: AskFields
  ) throws(AskError) -> [String] {
    let name = fields.spelling.name(field)
    guard (1...maximumClasses).contains(texts.count) else {
      throw AskError(
        field,
        "\(name) must be from 1 to \(maximumClasses) classes, comma-separated, each \(AskField.classNames) without a comma."
      )
    }
    for text in texts where text.utf8.count > AskFields.maximumLength {
      throw AskError(field, "A class in \(name) is too long: it has at most \(AskFields.maximumLength) characters.")
    }
    return texts
  }

  /// The method with its own parameters: every name that means nothing to a request for a map is the method's, and it
  /// refuses those that it has not, since a mistyped parameter must not give a map of other parameters than were meant.
  /// Of a form's fields only those count that the method knows.
  private static func method(of fields: AskFields) throws(AskError) -> MethodChoice {
    let name = try fields.text(.method) ?? MethodCatalog.defaultName
    let known = try methodParameters(of: fields)
    var values: [String: String] = [:]
    for given in fields.ownNames.union(known.intersection(fields.names)) {
      values[given] = try fields.text(named: given)
    }
    return try MethodChoice(name, values)
  }

  /// The names of the parameters that the method has; none of a method that is not there.
  private static func methodParameters(of fields: AskFields) throws(AskError) -> Set<String> {
    let name = try fields.text(.method) ?? MethodCatalog.defaultName
    return Set(MethodCatalog.entries.first { $0.name == name }?.parameters.map { $0.name } ?? [])
  }

  /// The layers to look at, each once; none where none is named.
  static func layers(of fields: AskFields) throws(AskError) -> [String] {
    guard fields.names.contains(AskField.layer.rawValue) else { return [] }
    let layers = try fields.list(.layer) ?? [""]
    guard Set(layers).count == layers.count else {
      throw AskError(.layer, "\(fields.spelling.name(.layer)) names a layer twice; name each once.")
    }
    return layers
  }
}

extension Ask.Classes {
  /// How many maps are shown.
  package var count: Int {
    switch self {
    case .mostLikely, .one: 1
    case .mostLikelyOnes(let count): count
    case .list(let names): names.count
    }
  }
}
