import Explain
import Foundation
import Networks

/// The query that gives a view of an analysis again: map and picture. What is as ever is left out.
struct ViewQuery {
  private var pairs: [(name: String, value: String)] = []

  /// What a map depends on.
  init(classIndex: Int, of attribution: Attribution) {
    add("class", String(classIndex))
    if let against = attribution.against, against.label.index != classIndex {
      add("against", String(against.label.index))
    }
  }

  /// What maps of several classes depend on; a contrast's class does not stand against itself.
  init(classes: [Int], of attribution: Attribution) {
    let against = attribution.against?.label.index
    add("classes", classes.filter { $0 != against }.map(String.init).joined(separator: ","))
    if let against { add("against", String(against)) }
  }

  /// The method and what it looks at, where these are not the usual.
  mutating func add(_ wanted: MapRequest) {
    if wanted.method != .standard { add("method", wanted.method.name) }
    let usual = (try? MethodRequest(wanted.method.name))?.method.parameters ?? []
    for parameter in wanted.method.method.parameters where !usual.contains(parameter) {
      add(parameter.name, parameter.value.text)
    }
    if !wanted.layers.isEmpty { add("layer", wanted.layers.joined(separator: ",")) }
    if wanted.fusion != .mean { add("fusion", wanted.fusion.rawValue) }
    if wanted.augmentation != .none { add("augmentation", wanted.augmentation.rawValue) }
  }

  /// Opacity and colours, which a link may name even if they are the usual ones.
  mutating func addColors(_ recipe: DisplayRecipe, leavingOutUsual: Bool) {
    if !leavingOutUsual || recipe.opacity != DisplayRecipe().opacity { add("alpha", DisplayText.plain(recipe.opacity)) }
    if !leavingOutUsual || recipe.colorMap != recipe.evidence.usualColorMap {
      add("colormap", recipe.colorMap.rawValue)
    }
  }

  /// The rest of the picture.
  ///
  /// - Parameter hasColorBar: whether the bar that the recipe may ask for is wanted here.
  mutating func addDrawing(_ display: PictureRequest, hasColorBar: Bool) {
    let recipe = display.recipe
    if recipe.evidence != .positive { add("evidence", recipe.evidence.rawValue) }
    if display.sharesRange {
      add("range", "shared")
      if !display.sharing.isEmpty { add("shared_with", display.sharing.map(String.init).joined(separator: ",")) }
    } else {
      switch recipe.range {
      case .ownMaximum: break
      case .fixed(let limit): add("range", String(limit))
      case .percentile(let percentage): add("range", "p\(percentage)")
      }
    }
    if !recipe.contours.isEmpty { add("contours", recipe.contours.map { String($0) }.joined(separator: ",")) }
    if recipe.unseen != .hatched { add("unseen", recipe.unseen.rawValue) }
    if hasColorBar && recipe.hasColorBar { add("colorbar", "true") }
  }

  private mutating func add(_ name: String, _ value: String) { pairs.append((name, value)) }

  /// With the question mark.
  var text: String {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._~,")
    return "?"
      + pairs.map { "\($0.name)=\($0.value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
      .joined(separator: "&")
  }
}
