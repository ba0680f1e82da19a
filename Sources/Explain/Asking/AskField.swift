/// What can be asked for of a map, by the names of queries, JSON bodies and forms. A command line writes them as
/// options.
package enum AskField: String, CaseIterable, Hashable, Sendable {
  case model
  case window
  // What is explained.
  case `class`
  case classes
  case against
  case method
  case methods
  case layer
  case fusion
  case augmentation
  // How it is shown.
  case evidence
  case colorMap = "colormap"
  case range
  case sharedWith = "shared_with"
  case contours
  case colorBar = "colorbar"
  case unseen
  case opacity = "alpha"
  case fade
  case overlay
  case side
  // What the answer holds.
  case resolution
  case top
  case include

  /// What the field means, its values and its default: for help texts.
  package var help: String {
    switch self {
    case .model: "The model, by its name."
    case .window:
      "Stretch the image's samples, from LOW (black) to HIGH (white), such as 0,4095 for 12 bits in a PNG of 16. Of all "
        + "other files samples are 0 to 255. Default: as stored."
    case .class: "The class to explain: \(Self.classNames). Default: the most likely one."
    case .classes: "Several classes to explain, comma-separated."
    case .against: "Explain the class against this one: why A and not B."
    case .method: "The method, by its name. Default: \(MethodCatalog.defaultName)."
    case .methods: "Several methods, comma-separated; a parameter of one is written after its name: rise.masks."
    case .layer: "The layers to look at. Default: the model's own."
    case .fusion:
      "How the maps of several layers become one: \(Self.list(LayerFusion.self)). Default: \(Ask().fusion.rawValue)."
    case .augmentation:
      "Changed copies of the image to explain too: \(Self.list(TestTimeAugmentation.self)). Default: \(Ask().augmentation.rawValue)."
    case .evidence: "What of the map to show: \(Self.list(Evidence.self)). Default: \(Self.recipe.evidence.rawValue)."
    case .colorMap:
      "Colours: \(Self.list(ColorMap.self)). Default: \(Evidence.positive.defaultColorMap.rawValue); "
        + "for signed evidence \(Evidence.signed.defaultColorMap.rawValue)."
    case .range:
      "The magnitude that has the last colour: 'own' for the map's largest, 'shared' for the largest of all classes, "
        + "p99 for a percentile, or a number. Default: shared where several classes stand side by side, else own."
    case .sharedWith: "Further classes whose maps share the range."
    case .contours: "Contour lines at these shares of the range, comma-separated, such as 0.25,0.5,0.75."
    case .colorBar: "Put the scale of the colours beside the image."
    case .unseen:
      "What the network did not see: \(Self.list(UnseenStyle.self)). Default: \(Self.recipe.unseen.rawValue)."
    case .opacity: "Opacity of the heatmap, 0 to 1. Default: \(Self.recipe.opacity)."
    case .fade:
      "Opacity by value: none for the same everywhere, value for less where there is less evidence. Default: "
        + "\(Self.recipe.fade.rawValue)."
    case .overlay: "Blend the heatmap over the image; without it, the heatmap alone with an alpha channel."
    case .side:
      "The picture's longer side in pixels, at most; an image is never enlarged. Default: \(Analysis.displaySide)."
    case .resolution:
      "The grid of the numbers: \(Self.list(MapResolution.self)). Default: \(MapResolution.layer.rawValue)."
    case .top: "How many classes to list. Default: \(Self.defaultTop)."
    case .include: "'picture' for the picture within the JSON."
    }
  }

  /// The values of a choice, comma-separated.
  private static func list<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type) -> String {
    type.allCases.map { $0.rawValue }.joined(separator: ", ")
  }

  static let classNames = "an index (281), a WordNet id (n02123045) or a label (tabby)"
  static let defaultTop = 5
  private static let recipe = DisplayRecipe()
}
