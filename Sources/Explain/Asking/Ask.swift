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
  /// By which methods.
  package enum Methods: Hashable, Sendable {
    case one(MethodChoice)
    /// Several; the answer is a list, even of one.
    case list([MethodChoice])
  }

  package var methods = Methods.one(.default)
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
  /// Most maps of one request: of each class by each method.
  package static let maximumMaps = 60

  /// The first of the methods, which is the only one of most requests.
  package var method: MethodChoice {
    get { methods.all[0] }
    set { methods = .one(newValue) }
  }

  package init(_ fields: AskFields) throws(AskError) {
    window = try fields.window(besides: try Self.methodParameters(of: fields))
    classes = try Self.classes(of: fields)
    against = try fields.text(.against)
    methods = try Self.methods(of: fields)
    layers = try Self.layers(of: fields)
    fusion = try fields.choice(.fusion) ?? fusion
    augmentation = try fields.choice(.augmentation) ?? augmentation
    presentation = try Presentation(fields, hasSeveralClasses: classes.count > 1)
    resolution = try fields.choice(.resolution) ?? resolution
    top = try Self.top(of: fields)
    includesPicture = try fields.choice(.include, of: Inclusion.self) != nil
    guard mapCount <= Self.maximumMaps else {
      throw AskError(
        .methods,
        "\(classes.count) classes by \(methods.all.count) methods are \(mapCount) maps; one request has at most "
          + "\(Self.maximumMaps). Ask for some of them at a time.")
    }
  }

  /// How many maps are shown.
  package var mapCount: Int { classes.count * methods.all.count }

  /// Throws where one picture of all maps cannot be made as it is asked for.
  package func checkPicture() throws(AskError) {
    if mapCount > 1 && !presentation.isOverlay { throw .heatmapsSideBySide }
  }

  /// Throws where the maps of several methods are known not to be of one grid, so that they are no array.
  package func checkArray() throws(AskError) {
    let grids = Set(methods.all.map { $0.method.resolution })
    if resolution == .layer && grids.count > 1 { throw .severalGrids }
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

  /// The methods with their own parameters: every name that means nothing to a request for a map is a method's, and it
  /// refuses those that it has not, since a mistyped parameter must not give a map of other parameters than were meant.
  /// Of a form's fields only those count that the method knows.
  private static func methods(of fields: AskFields) throws(AskError) -> Methods {
    let one = try fields.text(.method)
    guard fields.names.contains(AskField.methods.rawValue) else {
      return .one(try method(one ?? MethodCatalog.defaultName, of: fields))
    }
    guard one == nil else { throw AskError(.methods, "Give either 'method' or 'methods', not both.") }
    let names = try MethodChoice.names(.methods, of: fields)
    let unknown = fields.ownNames.sorted().first { given in !names.contains { given.hasPrefix($0 + ".") } }
    if let unknown { throw .parameterOfNoMethod(unknown, of: names) }
    return .list(try MethodChoice.list(names, .methods, of: fields))
  }

  /// One method. Its parameters stand by their names, or after the method's as those of several do.
  private static func method(_ name: String, of fields: AskFields) throws(AskError) -> MethodChoice {
    let known = parameters(of: name)
    var values = try fields.values(withPrefix: name + ".")
    for given in fields.ownNames.union(known.intersection(fields.names)) where !given.hasPrefix(name + ".") {
      guard values[given] == nil else {
        throw AskError(named: given, "'\(given)' and '\(name).\(given)' are the same; give one of them.")
      }
      values[given] = try fields.text(named: given)
    }
    return try MethodChoice(name, values)
  }

  /// The method and the layer of a request that takes one of each; a class, or how maps are shown, means nothing to it.
  package static func methodAndLayer(of fields: AskFields) throws(AskError) -> (method: MethodChoice, layer: String?) {
    try fields.refuse(besides: [.method, .layer])
    let layers = try layers(of: fields)
    guard layers.count < 2 else { throw AskError(.layer, "Name one layer here, not \(layers.count).") }
    return (try MethodChoice(try fields.text(.method) ?? MethodCatalog.defaultName), layers.first)
  }

  /// The names of the parameters that the method of these fields has by themselves; none of several methods, nor of
  /// one that is not there.
  private static func methodParameters(of fields: AskFields) throws(AskError) -> Set<String> {
    if fields.names.contains(AskField.methods.rawValue) { return [] }
    return parameters(of: try fields.text(.method) ?? MethodCatalog.defaultName)
  }

  private static func parameters(of method: String) -> Set<String> {
    Set(MethodCatalog.entries.first { $0.name == method }?.parameters.map { $0.name } ?? [])
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

extension Ask.Methods {
  /// At least one.
  package var all: [MethodChoice] {
    switch self {
    case .one(let method): [method]
    case .list(let methods): methods
    }
  }

  var isList: Bool { if case .list = self { true } else { false } }
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
