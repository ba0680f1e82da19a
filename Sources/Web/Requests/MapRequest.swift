import Explain

/// Which map of an analysis is asked for.
struct MapRequest: Hashable, Sendable {
  /// nil: the top-1.
  var classIndex: Int?
  /// For a contrast the class that the other is held against.
  var against: Int?
  var method = MethodRequest.standard
  /// Empty: the network's own target layer, for methods that look at one.
  var layers: [String] = []
  var fusion = LayerFusion.mean
  var augmentation = TestTimeAugmentation.none
}

/// The maps that a request asks for: one, or several classes' by the same method.
struct MapSelection: Hashable, Sendable {
  /// At least one; they differ in the class alone.
  let maps: [MapRequest]
  /// Whether the classes were asked for as a list, so that the answer is one too.
  let isList: Bool

  init(_ map: MapRequest) { self.init(maps: [map], isList: false) }

  init(maps: [MapRequest], isList: Bool) {
    self.maps = maps
    self.isList = isList
  }
}

/// A method of the catalog with its own parameters, checked.
struct MethodRequest: Hashable, Sendable {
  let name: String
  let method: any AttributionMethod

  static let standard = MethodRequest(ClassActivationMap(.gradCAM))

  private init(_ method: any AttributionMethod) {
    name = method.name
    self.method = method
  }

  /// - Parameter values: the method's own parameters, as users write them.
  init(_ name: String, _ values: [String: String] = [:]) throws(ServiceError) {
    do {
      self.init(try MethodCatalog.method(named: name.abbreviated(), values))
    } catch {
      throw ServiceError(error)
    }
  }

  /// Equal parameters make equal methods, however they were written.
  static func == (one: MethodRequest, other: MethodRequest) -> Bool {
    one.name == other.name && one.method.parameters == other.method.parameters
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(method.parameters)
  }
}

/// How a map is to be shown: over the image, or alone to be laid over it.
struct PictureRequest: Hashable, Sendable {
  var recipe = DisplayRecipe()
  var isOverlay = true
  /// Whether the range is the largest magnitude of all maps asked for and of those of the classes in `sharing`.
  var sharesRange = false
  /// Classes whose maps by the same method share the range, besides those that are shown.
  var sharing: [Int] = []
}
