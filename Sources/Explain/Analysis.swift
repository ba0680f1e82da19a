package import Autodiff
package import Images
package import Models
import Networks

/// One image through one network, kept: a forward pass, its predictions, geometry, and a copy of the image for display.
///
/// Immutable and `Sendable`; any number of threads may explain it at once.
package struct Analysis: Sendable {
  package let pass: ForwardPass
  /// What each class is told by: its probability as the model is served, or its value; see `Classifier.numbers`.
  package let numbers: [Float]
  package let geometry: CropGeometry
  /// nil where the image's pixels were sent as such.
  package let format: ImageFormat?
  /// The upright image, small.
  package let display: RGBImage
  package let timings: Timings
  /// What is odd about the image although it is whole, in sentences; see `DecodedImage.warnings`.
  package let warnings: [String]
  /// What the image's samples were stretched by; nil where they are as stored.
  package let window: SampleWindow?
  /// What tells the image from others; nil where nobody asked for it.
  package let digests: ImageDigests?

  /// The longer side of the copy for display, at most, unless another is asked for.
  package static let displaySide = 1024

  /// Where the time of an analysis went.
  package struct Timings: Hashable, Sendable {
    package var decode: Duration
    package var preprocess: Duration
    package var forward: Duration
    package var total: Duration
  }

  /// Decodes an image and runs the network on it, once.
  ///
  /// - Parameters:
  ///   - window: what the image's samples are stretched by; nil takes them as stored.
  ///   - displaySide: the longer side of the copy for display, at most.
  package init(
    of bytes: [UInt8], by classifier: Classifier, on engine: Engine, limits: ImageLimits = ImageLimits(),
    window: SampleWindow? = nil, displaySide: Int = Self.displaySide
  ) throws(AnalysisError) {
    let start = ContinuousClock.now
    let decoded = try Self.decode(
      .file(bytes), for: classifier, limits: limits, window: window, displaySide: displaySide)
    try self.init(
      of: decoded, decodedIn: ContinuousClock.now - start, digests: ImageDigests(of: .file(bytes), decoded: decoded),
      by: classifier, on: engine, displaySide: displaySide)
  }

  /// Decodes an image as small as the network and the copy for display allow.
  package static func decode(
    _ source: ImageSource, for classifier: Classifier, limits: ImageLimits = ImageLimits(),
    window: SampleWindow? = nil, displaySide: Int = Self.displaySide
  ) throws(AnalysisError) -> DecodedImage {
    do {
      return try decodeImage(source, limits: limits, window: window) { original in
        let (source, display) = (
          classifier.preprocessing.smallestSource(of: original), smallestDisplay(of: original, side: displaySide)
        )
        return ImageSize(width: max(source.width, display.width), height: max(source.height, display.height))
      }
    } catch {
      throw .image(error)
    }
  }

  /// The smallest picture that may be shown for a copy of `side` pixels: an eighth smaller at most, so that a
  /// photograph of a few thousand pixels, which a quarter of its size suits, need not be decoded at half of it. All of
  /// it where all is to be shown.
  private static func smallestDisplay(of original: ImageSize, side: Int) -> ImageSize {
    let (longer, wanted) = (max(original.width, original.height), side * 7 / 8)
    guard side < longer else { return original }
    return ImageSize(width: original.width * wanted / longer, height: original.height * wanted / longer)
  }

  /// Runs the network on an image that is decoded already, for callers who look up between the two.
  ///
  /// - Parameters:
  ///   - decode: how long decoding took, for the account of the whole.
  ///   - digests: of the image, for receipts; nil where there will be none.
  ///   - displaySide: the longer side of the copy for display, at most.
  package init(
    of decoded: DecodedImage, decodedIn decode: Duration, digests: ImageDigests? = nil, by classifier: Classifier,
    on engine: Engine, displaySide: Int = Self.displaySide
  ) throws(AnalysisError) {
    let clock = ContinuousClock()
    let start = clock.now
    let loop = engine.workers.forEach
    let (input, geometry) = classifier.preprocessing.input(from: decoded, in: engine.pool, by: loop)
    display = decoded.fitted(longestSide: displaySide, by: loop)
    let preprocessedAt = clock.now

    pass = try ForwardPass(of: input, by: classifier, on: engine)
    let end = clock.now

    self.geometry = geometry
    format = decoded.format
    warnings = decoded.warnings
    window = decoded.window
    self.digests = digests
    numbers = classifier.numbers(of: pass.logits)
    timings = Timings(
      decode: decode, preprocess: preprocessedAt - start, forward: end - preprocessedAt, total: decode + (end - start))
  }

  package var classifier: Classifier { pass.classifier }

  /// What the network saw, pixel by pixel: its input, in 8 bits.
  package var seen: RGBImage { classifier.preprocessing.picture(ofValues: pass.input.elements) }

  /// The classes by falling logit, at most `count` of them.
  package func predictions(_ count: Int) -> [Prediction] { pass.logits.indices(ofLargest: count).map(prediction) }

  /// What the network says of one class.
  package func prediction(_ index: Int) -> Prediction {
    Prediction(
      label: classifier.labels[index], logit: pass.logits[index],
      number: classifier.output.isProbability
        ? .probability(numbers[index]) : .value(numbers[index], unit: classifier.manifest.unit))
  }

  /// Bytes that this analysis keeps alive: input, activations, the copy for display, and the numbers of each class.
  package var byteCount: Int {
    pass.activations.values.reduce(pass.input.byteCount) { $0 + $1.byteCount } + display.pixels.count
      + (pass.logits.count + numbers.count) * MemoryLayout<Float>.stride
  }

  /// The class with the highest logit.
  package var topTarget: Target { Target(pass.logits.indexOfLargest!) }

  /// Explains a target: see `explain(_:targets:)`.
  package func explain(
    _ method: any AttributionMethod, target: Target, layers: [String] = [], fusion: LayerFusion = .mean,
    augmentation: TestTimeAugmentation = .none, progress: PassProgress = .none
  ) throws(AttributionError) -> Attribution {
    try explain(
      method, targets: [target], layers: layers, fusion: fusion, augmentation: augmentation, progress: progress)[0]
  }

  /// Explains targets, in their order. The network is not run on the image again; methods that ask about changed
  /// images, or for the gradient by the image, run it on those once for all targets. Each map has the bits that it has
  /// alone.
  ///
  /// - Parameters:
  ///   - layers: where to look, for methods that look at a layer; the network's own target layer if none is named.
  ///   - fusion: how the maps of several layers become one.
  ///   - augmentation: which changed copies of the image to explain too.
  ///   - progress: told of each pass, and asked between passes whether to go on.
  ///   - partial: shown what the maps would be, were the method broken off: of methods that know, where one question
  ///     gives the maps.
  package func explain(
    _ method: any AttributionMethod, targets: [Target], layers: [String] = [], fusion: LayerFusion = .mean,
    augmentation: TestTimeAugmentation = .none, progress: PassProgress = .none,
    partial: PartialWatch<[Attribution]>? = nil
  ) throws(AttributionError) -> [Attribution] {
    for target in targets { try target.check(classCount: pass.logits.count) }
    let passes = try [pass] + augmentedPasses(augmentation)
    let questionLayers = try questionLayers(layers, by: method)
    let questions = questionLayers.flatMap { layer in
      passes.map { Question(pass: $0, targets: targets, layer: layer) }
    }
    let copies = passes.count
    let attributions: @Sendable ([[MethodResult]]) -> [Attribution] = { results in
      targets.indices.map { index in
        let (target, results) = (targets[index], results.map { $0[index] })
        let maps = stride(from: 0, to: results.count, by: copies).map { start in
          augmentation.combine(results[start..<start + copies].map { $0.map })
        }
        return Attribution(
          method: method.name, parameters: method.parameters, notes: Self.sharedNotes(of: results),
          layers: method.usesLayer ? questionLayers : [],
          fusion: fusion, augmentation: augmentation, target: target,
          prediction: prediction(target.classIndex), against: target.against.map(prediction),
          map: fusion.combine(maps), zero: maps.count > 1 ? nil : MapZero(meanOf: results.map { $0.zero }),
          geometry: geometry, window: window, image: digests, model: classifier.manifest)
      }
    }
    let watch: PartialWatch<[MethodResult]>? =
      questions.count > 1 ? nil : partial.map { $0.showing { results in attributions([results]) } }
    // By question, and there by target.
    var results: [[MethodResult]] = []
    for (index, question) in questions.enumerated() {
      results.append(try method.results(for: question, progress.part(index, of: questions.count).showing(watch)))
    }
    return attributions(results)
  }

  private func augmentedPasses(_ augmentation: TestTimeAugmentation) throws(AttributionError) -> [ForwardPass] {
    if augmentation == .none { return [] }
    return try pass.passes(of: augmentation.copies(of: pass.input, in: pass.engine.pool))
  }

  /// What a method told of each of several maps does not hold for the one that they became, unless it told the same of
  /// all.
  private static func sharedNotes(of results: [MethodResult]) -> [MethodParameter] {
    results[0].notes.filter { note in results.allSatisfy { $0.notes.contains(note) } }
  }

  /// The layers that questions are asked at; for a method that looks at none a single one, which means nothing to it.
  func questionLayers(
    _ wanted: [String], by method: any AttributionMethod
  ) throws(AttributionError) -> [String] {
    let network = classifier.network
    if !method.usesLayer && !wanted.isEmpty {
      throw .badParameter("The method '\(method.name)' looks at no layer; leave the layer out.")
    }
    for layer in wanted where !network.layers.contains(layer) {
      throw .badParameter(
        "This model has no layer '\(layer)'. It has \(network.layers.joined(separator: ", ")).")
    }
    return wanted.isEmpty ? [network.targetLayer] : wanted
  }
}

/// Why an image has no analysis.
package enum AnalysisError: Error, Equatable, CustomStringConvertible {
  case image(ImageError)
  /// A layer gave a value that is not finite, from an image that is.
  case notFinite(layer: String, model: String)

  package var description: String {
    switch self {
    case .image(let error): error.description
    case .notFinite(let layer, let model):
      "The model '\(model)' gave numbers that are not finite, first in its layer '\(layer)'; its weights are damaged or diverged in training."
    }
  }
}
