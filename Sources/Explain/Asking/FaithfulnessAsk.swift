package import Models
import Networks

/// Which maps of one target are to be measured, and how.
package struct FaithfulnessAsk: Hashable, Sendable {
  /// nil: the class that the network finds most likely.
  package var classText: String?
  package var against: String?
  /// At least one.
  package var methods: [MethodChoice]
  /// For those of the methods that look at a layer.
  package var layers: [String] = []
  package var fusion = LayerFusion.mean
  package var metrics = FaithfulnessMetric.default
  /// Those that were asked for by name.
  private var namedMetrics: Set<FaithfulnessMetric> = []
  package var rules = FaithfulnessProtocol()

  /// The names that mean something here, besides the methods' own parameters.
  package enum Field: String, CaseIterable {
    case method, methods, `class`, against, layer, fusion, metrics, curve, score, steps
    case deletionBaseline = "deletion_baseline"
    case insertionBaseline = "insertion_baseline"
    case roadPercentages = "road_percentages"
    case roadNoise = "road_noise"
    case sensitivityRadius = "sensitivity_radius"
    case sensitivitySamples = "sensitivity_samples"
    case randomisationSteps = "randomisation_steps"
    case seed
  }

  /// - Parameter fields: `methods`, or `method`, is a list; a method's parameters stand after its name and a point:
  ///   `rise.masks`.
  package init(_ fields: AskFields) throws(AskError) {
    let given = [AskField.methods, .method].filter { fields.names.contains($0.rawValue) }
    guard given.count < 2 else { throw AskError(.methods, "Give either 'method' or 'methods', not both.") }
    let names =
      try given.first.map { field throws(AskError) in try MethodChoice.names(field, of: fields) }
      ?? [MethodCatalog.defaultName]
    try Self.refuseUnknown(in: fields, besides: names)
    classText = try fields.text(.class)
    against = try fields.text(.against)
    layers = try Ask.layers(of: fields)
    fusion = try fields.choice(.fusion) ?? fusion
    methods = try MethodChoice.list(names, given.first ?? .method, of: fields)
    try readMetrics(of: fields)
  }

  /// - Parameters:
  ///   - methods: chosen already, as a command line does.
  ///   - fields: the metrics and their rules alone.
  package init(_ methods: [MethodChoice], _ fields: AskFields) throws(AskError) {
    self.methods = methods
    try readMetrics(of: fields)
  }

  private mutating func readMetrics(of fields: AskFields) throws(AskError) {
    metrics = try Self.metrics(of: fields)
    namedMetrics = try fields.list(named: Field.metrics.rawValue).map { $0 == ["all"] ? [] : metrics } ?? []
    rules.score = try fields.choice(named: Field.score.rawValue) ?? rules.score
    rules.steps = try fields.number(named: Field.steps.rawValue, { Int($0) }) ?? rules.steps
    rules.deletionBaseline = try fields.choice(named: Field.deletionBaseline.rawValue) ?? rules.deletionBaseline
    rules.insertionBaseline = try fields.choice(named: Field.insertionBaseline.rawValue) ?? rules.insertionBaseline
    if let percentages = try fields.list(named: Field.roadPercentages.rawValue) {
      rules.roadPercentages = percentages.map { Int($0) ?? 0 }
    }
    rules.roadNoise = try fields.number(named: Field.roadNoise.rawValue, { Double($0) }) ?? rules.roadNoise
    rules.sensitivityRadius =
      try fields.number(named: Field.sensitivityRadius.rawValue, { Double($0) }) ?? rules.sensitivityRadius
    rules.sensitivitySamples =
      try fields.number(named: Field.sensitivitySamples.rawValue, { Int($0) }) ?? rules.sensitivitySamples
    rules.randomisationSteps =
      try fields.number(named: Field.randomisationSteps.rawValue, { Int($0) }) ?? rules.randomisationSteps
    rules.seed = try fields.number(named: Field.seed.rawValue, { UInt64($0) }) ?? rules.seed
    if let fault = rules.fault { throw AskError(named: fault.field, fault.message) }
  }

  private static func metrics(of fields: AskFields) throws(AskError) -> Set<FaithfulnessMetric> {
    let field = Field.metrics.rawValue
    guard let names = try fields.list(named: field) else { return FaithfulnessMetric.default }
    if names == ["all"] { return Set(FaithfulnessMetric.allCases) }
    let metrics = names.compactMap { FaithfulnessMetric(rawValue: $0) }
    guard metrics.count == names.count else {
      let known = FaithfulnessMetric.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw AskError(
        named: field, "\(fields.spelling.name(field)) must be some of \(known), comma-separated, or all.")
    }
    return Set(metrics)
  }

  private static func refuseUnknown(in fields: AskFields, besides methods: [String]) throws(AskError) {
    let known = Field.allCases.map { $0.rawValue }
    let unknown = fields.names.subtracting(known).sorted().first { name in
      !methods.contains { name.hasPrefix($0 + ".") }
    }
    guard let unknown else { return }
    throw AskError(
      named: unknown,
      "There is no parameter '\(unknown.abbreviated())' here. There are \(known.sorted().joined(separator: ", ")), "
        + "and those of the methods named, such as rise.masks.")
  }
}

extension FaithfulnessMetric {
  /// What is measured where nobody names a metric.
  package static let `default`: Set<FaithfulnessMetric> = [.deletion, .insertion, .road, .confidence]
}

extension FaithfulnessAsk {
  /// The same without the metrics that mean nothing to the model: a change of confidence is one of probabilities.
  ///
  /// - Throws: where such a metric was asked for by its name.
  package func suiting(_ classifier: Classifier) throws(AskError) -> FaithfulnessAsk {
    guard classifier.output == .value else { return self }
    guard !namedMetrics.contains(.confidence) else {
      throw AskError(
        named: Field.metrics.rawValue,
        "'\(classifier.name)' gives values, which have no confidence. Leave the metric confidence out; deletion, "
          + "insertion and road are measured on the value.")
    }
    var ask = self
    ask.metrics.remove(.confidence)
    return ask
  }

  /// The maps to measure, one for each method.
  ///
  /// - Parameter mostLikely: the class that the network finds most likely.
  package func maps(in classifier: Classifier, mostLikely: Int) throws(AskError) -> [MapAsk] {
    func index(_ text: String, _ field: AskField) throws(AskError) -> Int {
      let label = try classifier.labels.find(text, for: field)
      return label.index
    }
    try Ask.check(layers, of: classifier)
    try Ask.checkContrast(against, of: classifier)
    let target = Target(
      try classText.map { text throws(AskError) in try index(text, .class) } ?? mostLikely,
      against: try against.map { text throws(AskError) in try index(text, .against) })
    return methods.map { method in
      MapAsk(
        target: target, method: method, layers: method.method.usesLayer ? layers : [], fusion: fusion,
        augmentation: .none)
    }
  }

  /// About how many passes measuring takes, those that the maps themselves take aside.
  ///
  /// - Parameter cost: what one map takes.
  package func passes(
    of maps: [MapAsk], cost: (MapAsk) throws(AttributionError) -> Cost
  ) throws(AttributionError) -> Int {
    let curves = (metrics.contains(.deletion) ? 1 : 0) + (metrics.contains(.insertion) ? 1 : 0)
    let road = metrics.contains(.road) ? 2 * rules.roadPercentages.count : 0
    // Once more for each changed input or network, by each method's own cost.
    let repetitions =
      (metrics.contains(.sensitivity) ? rules.sensitivitySamples : 0)
      + (metrics.contains(.randomisation) ? rules.randomisationSteps : 0)
    var passes = (maps.count + ControlMap.allCases.count) * (curves * rules.steps + road + 1)
    for map in maps {
      // The changed input's own pass, too.
      passes += repetitions * (1 + (try cost(map)).passes)
    }
    return passes
  }
}
