import Autodiff
package import Drawing
package import Images

/// The maps that were asked for of an image, and the forms in which they are handed out. What was asked for as a list
/// is a list in each form.
package struct Answer: Sendable {
  package let analysis: Analysis
  /// One for each class that is shown.
  package let attributions: [Attribution]
  package let isList: Bool
  /// Of every picture; its range is the one that they share, where they do.
  package let recipe: DisplayRecipe
  package let isOverlay: Bool
  /// How many classes are listed beside the maps, where they are.
  package let top: Int
  /// Signs the receipts; nil where they are not signed.
  let signer: (any ReceiptSigner)?

  /// The picture as PNG: of one map, or of several side by side; see `Ask.checkPicture()`.
  ///
  /// - Throws: where there is something to write and the libraries that draw letters are not on the machine.
  package func png(by loop: ParallelLoop = onThisThread) throws(DrawingError) -> [UInt8] {
    guard isList && isOverlay else {
      precondition(attributions.count == 1, "Answer: heatmaps alone do not stand side by side")
      return try png(0, by: loop)
    }
    return encodePNG(try pictureSheet(of: attributions, over: analysis.display, recipe: recipe), by: loop)
  }

  /// The picture of one of the maps, as PNG.
  package func png(
    _ place: Int, by loop: ParallelLoop = onThisThread
  ) throws(DrawingError) -> [UInt8] {
    try attributions[place].png(over: analysis.display, recipe: recipe, isOverlay: isOverlay, by: loop)
  }

  /// The raw numbers as a NumPy file: [H, W], of a list [classes, H, W].
  package func npy(at resolution: MapResolution = .layer) -> NPYFile {
    NPYFile(of: attributions, at: resolution, isList: isList)
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
      ? attribution.receipt(recipe: recipe, isOverlay: isOverlay, imageSize: analysis.display.size)
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
  package func answer(
    _ asked: ResolvedAsk, remembered: (MapAsk) -> Attribution? = { _ in nil },
    maximumPasses: Int = .max, learn: (MapAsk, Attribution) -> Void = { _, _ in },
    signer: (any ReceiptSigner)? = nil, progress: PassProgress = .none
  ) throws(AttributionError) -> Answer {
    let shown = asked.maps(mostLikely: pass.logits.indices(ofLargest:))
    let attributions = try attributions(
      shown + asked.sharingMaps, remembered: remembered, maximumPasses: maximumPasses, learn: learn, progress: progress)
    var recipe = asked.presentation.recipe
    if asked.presentation.sharesRange {
      recipe.range = .shared(by: attributions.map { $0.evidence }, evidence: recipe.evidence)
    }
    return Answer(
      analysis: self, attributions: Array(attributions.prefix(shown.count)), isList: asked.isList, recipe: recipe,
      isOverlay: asked.presentation.isOverlay, top: asked.top, signer: signer)
  }

  /// The maps, which differ in their class alone: those that are at hand, and the others computed together.
  package func attributions(
    _ wanted: [MapAsk], remembered: (MapAsk) -> Attribution? = { _ in nil },
    maximumPasses: Int = .max, learn: (MapAsk, Attribution) -> Void = { _, _ in }, progress: PassProgress = .none
  ) throws(AttributionError) -> [Attribution] {
    var found: [MapAsk: Attribution] = [:]
    var missing: [MapAsk] = []
    for map in wanted where found[map] == nil && !missing.contains(map) {
      if let known = remembered(map) { found[map] = known } else { missing.append(map) }
    }
    if let first = missing.first {
      let targets = missing.map { $0.target }
      for target in targets { try target.check(classCount: pass.logits.count) }
      let cost = try cost(
        of: first.method.method, targets: targets.count, layers: first.layers, augmentation: first.augmentation)
      guard cost.passes <= maximumPasses else {
        throw .tooManyPasses(
          cost.passes, limit: maximumPasses, remedy: "Ask for fewer masks, samples, steps, windows or classes.")
      }
      let computed = try explain(
        first.method.method, targets: targets, layers: first.layers, fusion: first.fusion,
        augmentation: first.augmentation, progress: progress)
      for (map, attribution) in zip(missing, computed) {
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
