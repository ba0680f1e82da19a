package import Models
package import Networks

/// What is asked of one model: every name found, every layer there.
package struct ResolvedAsk: Hashable, Sendable {
  package let ask: Ask
  /// Empty for what the network finds most likely.
  package let classes: [Int]
  package let against: Int?
  /// Further classes whose maps share the range.
  package let sharing: [Int]

  /// How many classes are listed.
  package let top: Int

  package var presentation: Presentation { ask.presentation }

  /// How many maps lie along each axis that was asked for as a list: classes, then methods. Without one the answer is
  /// no list.
  var axes: [Int] {
    var axes: [Int] = []
    switch ask.classes {
    case .list, .mostLikelyOnes: axes.append(ask.classes.count)
    case .mostLikely, .one: break
    }
    if ask.methods.isList { axes.append(ask.methods.all.count) }
    return axes
  }

  /// The maps that are shown: of each class by each method.
  ///
  /// - Parameter mostLikely: gives the classes that the network finds most likely, so many of them.
  func maps(mostLikely: (_ count: Int) -> [Int]) -> [MapAsk] {
    maps(of: classes.isEmpty ? mostLikely(ask.classes.count) : classes)
  }

  /// The maps that only share the range of those that are shown.
  var sharingMaps: [MapAsk] { maps(of: sharing) }

  private func maps(of classes: [Int]) -> [MapAsk] {
    classes.flatMap { index in
      ask.methods.all.map { method in
        MapAsk(
          target: Target(index, against: against), method: method,
          layers: method.method.usesLayer ? ask.layers : [], fusion: ask.fusion, augmentation: ask.augmentation)
      }
    }
  }
}

/// One map: all that it depends on besides the model and the image.
package struct MapAsk: Hashable, Sendable {
  package let target: Target
  package let method: MethodChoice
  package let layers: [String]
  package let fusion: LayerFusion
  package let augmentation: TestTimeAugmentation

  /// The maps, those together that differ in their class alone; in the order in which they come first.
  static func groups(of maps: [MapAsk]) -> [[MapAsk]] {
    var groups: [[MapAsk]] = []
    for map in maps {
      if let index = groups.firstIndex(where: { $0[0].isLike(map) }) {
        groups[index].append(map)
      } else {
        groups.append([map])
      }
    }
    return groups
  }

  /// Whether they differ in their class alone.
  private func isLike(_ other: MapAsk) -> Bool {
    method == other.method && layers == other.layers && fusion == other.fusion && augmentation == other.augmentation
  }
}

extension Ask {
  /// Finds the classes and layers that are named in a model.
  package func resolved(
    in classifier: Classifier, spelling: Spelling = .query
  ) throws(AskError) -> ResolvedAsk {
    let labels = classifier.labels
    func index(_ text: String, _ field: AskField) throws(AskError) -> Int {
      let label = try labels.find(text, for: field, spelling: spelling)
      return label.index
    }
    func indices(_ texts: [String], _ field: AskField) throws(AskError) -> [Int] {
      try texts.map { text throws(AskError) in try index(text, field) }
    }
    let found: [Int] =
      switch classes {
      case .mostLikely, .mostLikelyOnes: []
      case .one(let text): [try index(text, .class)]
      case .list(let texts): try indices(texts, .classes)
      }
    guard Set(found).count == found.count else {
      throw AskError(.classes, "\(spelling.name(.classes)) names a class twice; name each once.")
    }
    try Self.checkContrast(against, of: classifier, spelling: spelling)
    let against = try against.map { text throws(AskError) in try index(text, .against) }
    if let against, found.contains(against) {
      throw AskError(
        .against,
        "\(spelling.name(.against)) names a class that is explained. A contrast needs two classes.")
    }
    try Self.check(layers, of: classifier)
    if !layers.isEmpty && !methods.all.contains(where: { $0.method.usesLayer }) {
      throw AskError(.layer, "The method '\(method.name)' looks at no layer; leave the layer out.")
    }
    var ask = self
    ask.presentation = presentation.suiting(classifier.output)
    return ResolvedAsk(
      ask: ask, classes: found, against: against, sharing: try indices(presentation.sharing, .sharedWith),
      top: try labels.count(listing: top, spelling: spelling))
  }

  /// Throws for a contrast between numbers that are no alternatives.
  static func checkContrast(
    _ against: String?, of classifier: Classifier, spelling: Spelling = .query
  ) throws(AskError) {
    guard against != nil, classifier.output == .value else { return }
    throw AskError(
      .against,
      "'\(classifier.name)' gives values, which are explained by themselves, for and against: there is no contrast of "
        + "two. Leave \(spelling.name(.against)) out.")
  }

  /// Throws for a layer that the model has not.
  static func check(_ layers: [String], of classifier: Classifier) throws(AskError) {
    let known = classifier.network.layers
    for layer in layers where !known.contains(layer) {
      throw AskError(
        .unknownLayer, .layer,
        "This model has no layer '\(layer.abbreviated())'. It has \(known.joined(separator: ", ")).")
    }
  }
}

extension Labels {
  /// How many classes are listed where `top` are asked for.
  package func count(listing top: Int?, spelling: Spelling = .query) throws(AskError) -> Int {
    guard let top else { return min(AskField.defaultTop, count) }
    guard (1...count).contains(top) else {
      throw AskError(.top, "\(spelling.name(.top)) must be a whole number from 1 to \(count).")
    }
    return top
  }
}
