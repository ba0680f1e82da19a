import Autodiff
package import Drawing
package import Images

/// The maps that were asked for of an image, and the forms in which they are handed out. What was asked for as a list
/// is a list in each form.
package struct Answer: Sendable {
  package let analysis: Analysis
  /// One for each class and method that is shown, by class and there by method.
  package let attributions: [Attribution]
  /// How many lie along each axis that was asked for as a list: classes, then methods; see `ResolvedAsk.axes`.
  package let axes: [Int]
  /// Of each map's picture. Those of one method share their range, where they do; those of several methods have no
  /// scale in common.
  package let recipes: [DisplayRecipe]
  package let isOverlay: Bool
  /// How many classes are listed beside the maps, where they are.
  package let top: Int
  /// Signs the receipts; nil where they are not signed.
  let signer: (any ReceiptSigner)?

  package var isList: Bool { !axes.isEmpty }

  /// Of the first picture.
  package var recipe: DisplayRecipe { recipes[0] }

  /// The picture as PNG: of one map, or of several side by side; see `Ask.checkPicture()`.
  ///
  /// - Throws: where there is something to write and the libraries that draw letters are not on the machine.
  package func png(by loop: ParallelLoop = onThisThread) throws(DrawingError) -> [UInt8] {
    guard isList && isOverlay else {
      precondition(attributions.count == 1, "Answer: heatmaps alone do not stand side by side")
      return try png(0, by: loop)
    }
    let columns = axes.count > 1 && axes[1] > 1 ? axes[1] : nil
    return encodePNG(
      try pictureSheet(
        of: attributions, over: analysis.display, recipes: recipes,
        namesMethods: attributions.contains { $0.method != attributions[0].method }, columns: columns), by: loop)
  }

  /// The picture of one of the maps, as PNG.
  package func png(
    _ place: Int, by loop: ParallelLoop = onThisThread
  ) throws(DrawingError) -> [UInt8] {
    try attributions[place].png(over: analysis.display, recipe: recipes[place], isOverlay: isOverlay, by: loop)
  }

  /// The raw numbers as a NumPy file: [H, W], of a list [classes, H, W] or [methods, H, W], of both [classes, methods,
  /// H, W]. See `checkArray(at:)`.
  package func npy(at resolution: MapResolution = .layer) -> NPYFile {
    NPYFile(of: attributions, at: resolution, axes: axes)
  }

  /// Throws where the maps of several methods are not of one grid, so that they are no array.
  package func checkArray(at resolution: MapResolution) throws(AskError) {
    let size = attributions[0].size(at: resolution)
    guard attributions.allSatisfy({ $0.size(at: resolution) == size }) else { throw .severalGrids }
  }

  /// The grid as computed where all maps are of one, else the network's input.
  package var commonResolution: MapResolution {
    let size = attributions[0].size(at: .layer)
    return attributions.allSatisfy { $0.size(at: .layer) == size } ? .layer : .input
  }

  /// One of the maps by itself.
  package subscript(place: Int) -> Answer {
    Answer(
      analysis: analysis, attributions: [attributions[place]], axes: [], recipes: [recipes[place]],
      isOverlay: isOverlay, top: top, signer: signer)
  }

  /// How many numbers there are at a resolution, known before they are made.
  package func valueCount(at resolution: MapResolution) -> Int {
    attributions.reduce(0) { $0 + $1.size(at: resolution).pixelCount }
  }

  /// What the maps and their pictures depend on: a receipt, of a list `{"receipts": [...]}`.
  package var receipts: Receipts {
    let all = attributions.indices.map { receipt($0) }
    return isList ? .list(all) : .one(all[0])
  }

  /// What one of the maps depends on, and its picture, if that belongs to the answer.
  package func receipt(_ place: Int, withPicture: Bool = true) -> IssuedReceipt {
    let attribution = attributions[place]
    let receipt =
      withPicture
      ? attribution.receipt(recipe: recipes[place], isOverlay: isOverlay, imageSize: analysis.display.size)
      : attribution.receipt()
    return IssuedReceipt(receipt: receipt, signer: signer)
  }

  /// The receipts of an answer.
  package enum Receipts: Encodable, Sendable {
    case one(IssuedReceipt)
    case list([IssuedReceipt])

    private enum CodingKeys: String, CodingKey { case receipts }

    package func encode(to encoder: any Encoder) throws {
      switch self {
      case .one(let receipt): try receipt.encode(to: encoder)
      case .list(let receipts):
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(receipts, forKey: .receipts)
      }
    }
  }
}

extension Analysis {
  /// Computes what is asked, without running the network on the image again.
  ///
  /// - Parameters:
  ///   - remembered: maps of this analysis that are at hand.
  ///   - maximumPasses: what the maps that are not at hand may cost; more is refused before the first pass.
  ///   - learn: given each map that was computed.
  ///   - signer: of the answer's receipts; nil leaves them unsigned.
  ///   - progress: told of each pass, and asked between passes whether to go on.
  ///   - partial: shown what the answer would be, were it broken off: of methods that know.
  package func answer(
    _ asked: ResolvedAsk, remembered: (MapAsk) -> Attribution? = { _ in nil },
    maximumPasses: Int = .max, learn: (MapAsk, Attribution) -> Void = { _, _ in },
    signer: (any ReceiptSigner)? = nil, progress: PassProgress = .none, partial: PartialWatch<Answer>? = nil
  ) throws(AttributionError) -> Answer {
    let shown = asked.maps(mostLikely: pass.logits.indices(ofLargest:))
    let wanted = shown + asked.sharingMaps
    let answer: @Sendable ([Attribution]) -> Answer = { attributions in
      Answer(
        analysis: self, attributions: Array(attributions.prefix(shown.count)), axes: asked.axes,
        recipes: asked.presentation.recipes(of: attributions, count: shown.count),
        isOverlay: asked.presentation.isOverlay, top: asked.top, signer: signer)
    }
    return answer(
      try attributions(
        wanted, remembered: remembered, maximumPasses: maximumPasses, learn: learn, progress: progress,
        partial: partial.map { $0.showing(answer) }))
  }

  /// The maps: those that are at hand, and the others computed, those together that differ in their class alone.
  package func attributions(
    _ wanted: [MapAsk], remembered: (MapAsk) -> Attribution? = { _ in nil },
    maximumPasses: Int = .max, learn: (MapAsk, Attribution) -> Void = { _, _ in }, progress: PassProgress = .none,
    partial: PartialWatch<[Attribution]>? = nil
  ) throws(AttributionError) -> [Attribution] {
    var found: [MapAsk: Attribution] = [:]
    var missing: [MapAsk] = []
    for map in wanted where found[map] == nil && !missing.contains(map) {
      if let known = remembered(map) { found[map] = known } else { missing.append(map) }
    }
    let groups = MapAsk.groups(of: missing)
    var passes = 0
    for maps in groups { passes += try cost(of: maps).passes }
    guard passes <= maximumPasses else {
      throw .tooManyPasses(
        passes, limit: maximumPasses, remedy: "Ask for fewer masks, samples, steps, windows, classes or methods.")
    }
    for (index, maps) in groups.enumerated() {
      let whole = found
      let computed = try explain(
        maps[0].method.method, targets: maps.map { $0.target }, layers: maps[0].layers, fusion: maps[0].fusion,
        augmentation: maps[0].augmentation, progress: progress.part(index, of: groups.count),
        // Only where these are the last that are missing is there a whole answer to show.
        partial: index < groups.count - 1
          ? nil
          : partial.map { partial in
            partial.showing { (computed: [Attribution]) in
              let known = whole.merging(zip(maps, computed)) { $1 }
              return wanted.compactMap { known[$0] }
            }
          })
      for (map, attribution) in zip(maps, computed) {
        found[map] = attribution
        learn(map, attribution)
      }
    }
    return wanted.map { map in
      guard let attribution = found[map] else { preconditionFailure("Analysis: a map was neither found nor computed") }
      return attribution
    }
  }
}

extension Presentation {
  /// The recipe of each map that is shown.
  ///
  /// - Parameters:
  ///   - attributions: those that are shown, then those that only share the range.
  ///   - count: how many are shown.
  func recipes(of attributions: [Attribution], count: Int) -> [DisplayRecipe] {
    attributions.prefix(count).map { shown in
      var own = recipe
      if sharesRange {
        let sharing = attributions.filter { $0.method == shown.method }
        own.range = .shared(by: sharing.map { $0.evidence }, evidence: recipe.evidence)
      }
      return own
    }
  }
}

/// The grid on which a map is handed out.
package enum MapResolution: String, CaseIterable, Hashable, Sendable, Encodable {
  /// As computed.
  case layer
  /// The network's input.
  case input
  /// The upright original.
  case image
}

extension Attribution {
  package func map(at resolution: MapResolution) -> SaliencyMap {
    switch resolution {
    case .layer: map
    case .input: mapOnInput()
    case .image: mapOnImage()
    }
  }

  /// Some of the rows of the map at a resolution, one after another; the same bits as in the whole.
  func values(ofRows rows: Range<Int>, at resolution: MapResolution) -> [Float] {
    switch resolution {
    case .layer: Array(map.values[rows.lowerBound * map.width..<rows.upperBound * map.width])
    case .input:
      map.resizedBilinear(width: geometry.crop.width, height: geometry.crop.height, rows: rows).values
    case .image: map.placed(crop: geometry.region, on: geometry.original, rows: rows).values
    }
  }

  /// The map's size at a resolution, known before it is made.
  package func size(at resolution: MapResolution) -> ImageSize {
    switch resolution {
    case .layer: ImageSize(width: map.width, height: map.height)
    case .input: ImageSize(width: geometry.crop.width, height: geometry.crop.height)
    case .image: geometry.original
    }
  }
}
