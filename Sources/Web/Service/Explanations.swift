import Autodiff
import Drawing
import Explain
import Images
import Models
import Networks

/// Maps, pictures and numbers of analyses. All of it runs in the pool (`ComputePool.run`).
extension ExplanationService {
  /// The maps that are asked for, each with the recipe of its picture.
  func explain(
    _ subject: Subject, _ wanted: MapSelection, as request: PictureRequest, _ cancellation: Cancellation
  ) throws -> [Display] {
    let pixels = wanted.maps.count * subject.analysis.display.size.pixelCount
    guard pixels <= Self.maximumPicturePixels else {
      throw ServiceError.tooManyValues(
        pixels, of: "pixels", limit: Self.maximumPicturePixels, remedy: "Take a smaller 'side', or fewer classes.")
    }
    return try limit.run(cancellation) { try displays(of: subject, wanted.maps, as: request, $0) }
  }

  /// The picture that is asked for: of one map, or of several side by side.
  func picture(
    _ subject: Subject, _ wanted: MapSelection, as request: PictureRequest, _ cancellation: Cancellation
  ) throws -> ExplainedBytes {
    let displays = try explain(subject, wanted, as: request, cancellation)
    let attributions = displays.map(\.attribution)
    guard wanted.isList else {
      return ExplainedBytes(bytes: try displays[0].png(by: engine.workers.forEach), attributions: attributions)
    }
    guard request.isOverlay else {
      throw ServiceError.badRequest(
        "The pictures of several classes stand side by side, blended over the image; overlay=false is for one class. "
          + "Ask for each by 'class', or for JSON with include=picture.")
    }
    return ExplainedBytes(
      bytes: encodePNG(
        try pictureSheet(of: attributions, over: subject.analysis.display, recipe: displays[0].recipe),
        by: engine.workers.forEach),
      attributions: attributions)
  }

  /// What the maps and their pictures depend on, as JSON.
  func receipts(
    _ subject: Subject, _ wanted: MapSelection, as request: PictureRequest, _ cancellation: Cancellation
  ) throws -> ExplainedBytes {
    let displays = try explain(subject, wanted, as: request, cancellation)
    let receipts = displays.map(\.receipt)
    let json = try wanted.isList ? encodeJSON(["receipts": receipts]) : encodeJSON(receipts[0])
    return ExplainedBytes(bytes: [UInt8](json), attributions: displays.map(\.attribution))
  }

  /// The upright image, small.
  func image(_ analysis: Analysis) -> [UInt8] { encodeJPEG(analysis.display) }

  /// The raw numbers as a NumPy file: [H, W], of several classes [classes, H, W].
  func npy(
    _ subject: Subject, _ wanted: MapSelection, at resolution: MapResolution, _ cancellation: Cancellation
  ) throws -> ExplainedBytes {
    let attributions = try limit.run(cancellation) { try self.attributions(of: subject, wanted.maps, $0) }
    try checkCount(
      of: attributions, at: resolution, limit: Self.maximumNPYValues,
      remedy: "Take resolution=input and lay it over the crop that the analysis names.")
    let maps = attributions.map { $0.map(at: resolution) }
    return ExplainedBytes(
      bytes: wanted.isList ? NPY.encode(maps) : NPY.encode(maps[0]), attributions: attributions)
  }

  /// The raw numbers with their context, as JSON; of several classes a list, each as it is alone.
  ///
  /// - Parameters:
  ///   - top: how many predictions stand beside them, if any.
  ///   - picture: how the pictures that stand beside them show the maps, if any.
  func saliency(
    _ subject: Subject, _ wanted: MapSelection, at resolution: MapResolution, top: Int? = nil,
    picture: PictureRequest? = nil, _ cancellation: Cancellation
  ) throws -> ExplainedBytes {
    let displays = try picture.map { try explain(subject, wanted, as: $0, cancellation) }
    let attributions =
      try displays?.map(\.attribution)
      ?? limit.run(cancellation) { try self.attributions(of: subject, wanted.maps, $0) }
    try checkCount(
      of: attributions, at: resolution, limit: Self.maximumJSONValues,
      remedy: "Take the .npy file, or resolution=input.")
    let predictions = top.map(subject.analysis.predictions)
    let answers = attributions.indices.map { index in
      SaliencyAnswer(
        attributions[index], of: subject.analysis.classifier.name, at: resolution,
        predictions: wanted.isList ? nil : predictions, display: displays?[index])
    }
    let loop = engine.workers.forEach
    let json =
      try wanted.isList ? SaliencyListAnswer(predictions, maps: answers).json(by: loop) : answers[0].json(by: loop)
    return ExplainedBytes(bytes: json, attributions: attributions)
  }

  private func checkCount(
    of attributions: [Attribution], at resolution: MapResolution, limit: Int, remedy: String
  ) throws(ServiceError) {
    let count = attributions.reduce(0) { $0 + $1.valueCount(at: resolution) }
    guard count <= limit else { throw .tooManyValues(count, limit: limit, remedy: remedy) }
  }

  /// The maps, which differ in their class alone: those that are remembered, and the others computed together.
  func attributions(of subject: Subject, _ wanted: [MapRequest], _ progress: Progress) throws -> [Attribution] {
    let analysis = subject.analysis
    let wanted = wanted.map { request in
      var request = request
      request.classIndex = request.classIndex ?? analysis.topTarget.classIndex
      return request
    }
    func key(_ request: MapRequest) -> AttributionCache.Key? {
      subject.id.map { AttributionCache.Key(id: $0, wanted: request) }
    }
    var found: [MapRequest: Attribution] = [:]
    for request in wanted { found[request] = key(request).flatMap { maps[$0] } }
    let missing = wanted.indices.filter { found[wanted[$0]] == nil && wanted.firstIndex(of: wanted[$0]) == $0 }
      .map { wanted[$0] }
    guard let first = missing.first else { return wanted.map { found[$0]! } }
    try limit.check(
      passes: first.passes(classes: missing.count), remedy: "Ask for fewer masks, samples, steps or classes.")
    let computed = try analysis.explain(
      first.method.method, targets: missing.map { Target($0.classIndex!, against: $0.against) }, layers: first.layers,
      fusion: first.fusion, augmentation: first.augmentation, progress: progress)
    for (request, attribution) in zip(missing, computed) {
      found[request] = attribution
      if let key = key(request) { maps.insert(attribution, for: key) }
    }
    return wanted.map { found[$0]! }
  }

  private func displays(
    of subject: Subject, _ wanted: [MapRequest], as request: PictureRequest, _ progress: Progress
  ) throws -> [Display] {
    let others = request.sharing.map { index in
      var other = wanted[0]
      other.classIndex = index
      return other
    }
    let attributions = try attributions(of: subject, wanted + others, progress)
    var recipe = request.recipe
    if request.sharesRange { recipe.range = .shared(by: attributions.map(\.map), evidence: recipe.evidence) }
    return attributions.prefix(wanted.count).map { attribution in
      Display(
        attribution: attribution, recipe: recipe, isOverlay: request.isOverlay, image: subject.analysis.display)
    }
  }
}

/// A map and how it is shown.
struct Display: Sendable {
  let attribution: Attribution
  let recipe: DisplayRecipe
  let isOverlay: Bool
  /// The upright picture that the map is laid over.
  let image: RGBImage

  func png(by loop: ParallelLoop) throws(DrawingError) -> [UInt8] {
    try attribution.png(over: image, recipe: recipe, isOverlay: isOverlay, by: loop)
  }

  var receipt: Receipt { attribution.receipt(recipe: recipe, isOverlay: isOverlay, imageSize: image.size) }
}

/// A file that shows maps, or holds their numbers.
struct ExplainedBytes: Sendable {
  let bytes: [UInt8]
  let attributions: [Attribution]
}
