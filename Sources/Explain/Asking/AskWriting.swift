package import Networks

/// Fields that `AskFields` reads as the same again.
package struct WrittenFields: Sendable {
  package private(set) var pairs: [(name: String, value: String)] = []

  package init() {}

  mutating func add(_ field: AskField, _ value: String) { add(field.rawValue, value) }

  mutating func add(_ name: String, _ value: String) { pairs.append((name, value)) }
}

extension Attribution {
  /// What names a class like this map's, held against the same one.
  package func fields(classIndex: Int, of labels: Labels) -> WrittenFields {
    var fields = WrittenFields()
    fields.add(.class, labels.writing(ofIndex: classIndex))
    if let against, against.label.index != classIndex {
      fields.add(.against, labels.writing(ofIndex: against.label.index))
    }
    return fields
  }

  /// What names several classes, held against the same one as this map's; a class does not stand against itself.
  package func fields(classes: [Int], of labels: Labels) -> WrittenFields {
    var fields = WrittenFields()
    let named = classes.filter { $0 != against?.label.index }
    fields.add(.classes, named.map { labels.writing(ofIndex: $0) }.joined(separator: ","))
    if let against { fields.add(.against, labels.writing(ofIndex: against.label.index)) }
    return fields
  }
}

extension WrittenFields {
  /// The method and what it looks at, where these are not the defaults.
  package mutating func addMethod(of ask: Ask) {
    let usual = Ask()
    if ask.method.name != usual.method.name { add(.method, ask.method.name) }
    for parameter in ask.method.changedParameters { add(parameter.name, parameter.value.text) }
    if !ask.layers.isEmpty { add(.layer, ask.layers.joined(separator: ",")) }
    if ask.fusion != usual.fusion { add(.fusion, ask.fusion.rawValue) }
    if ask.augmentation != usual.augmentation { add(.augmentation, ask.augmentation.rawValue) }
  }

  /// Opacity and colours.
  ///
  /// - Parameter leavingOutDefaults: a link may name them even where they are the defaults.
  package mutating func addColors(of presentation: Presentation, leavingOutDefaults: Bool) {
    let recipe = presentation.recipe
    if !leavingOutDefaults || recipe.opacity != DisplayRecipe().opacity {
      add(.opacity, plainText((recipe.opacity * 100).rounded() / 100))
    }
    if !leavingOutDefaults || recipe.colorMap != recipe.evidence.defaultColorMap {
      add(.colorMap, recipe.colorMap.rawValue)
    }
  }

  /// The rest of the picture, where it is not the default.
  ///
  /// - Parameters:
  ///   - hasColorBar: whether the bar that the recipe may ask for is wanted here.
  ///   - sharesRange: whether all maps of the request share one range; nil for what the presentation says.
  package mutating func addDrawing(
    of presentation: Presentation, hasColorBar: Bool, sharesRange: Bool? = nil
  ) {
    let (recipe, usual) = (presentation.recipe, DisplayRecipe())
    if recipe.evidence != presentation.usualEvidence { add(.evidence, recipe.evidence.rawValue) }
    if sharesRange ?? presentation.sharesRange {
      add(.range, "shared")
      if sharesRange == nil, !presentation.sharing.isEmpty {
        add(.sharedWith, presentation.sharing.joined(separator: ","))
      }
    } else if recipe.range != usual.range {
      add(.range, recipe.range.written)
    }
    if !recipe.contours.isEmpty { add(.contours, recipe.contours.map { String($0) }.joined(separator: ",")) }
    if recipe.fade != usual.fade { add(.fade, recipe.fade.rawValue) }
    if recipe.unseen != usual.unseen { add(.unseen, recipe.unseen.rawValue) }
    if hasColorBar && recipe.hasColorBar { add(.colorBar, "true") }
  }
}
