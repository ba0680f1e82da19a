import Explain
import Models
import Networks

/// Which maps of an analysis are to be measured, and how.
struct FaithfulnessRequest: Sendable {
  /// One for each method, all of one target.
  var maps: [MapRequest]
  var metrics: Set<FaithfulnessMetric>
  var rules: FaithfulnessProtocol

  /// About how many passes that takes, those that the maps take aside.
  func passes(of analysis: Analysis) throws(AttributionError) -> Int {
    let curves = (metrics.contains(.deletion) ? 1 : 0) + (metrics.contains(.insertion) ? 1 : 0)
    let road = metrics.contains(.road) ? 2 * rules.roadPercentages.count : 0
    // Once more for each changed input or network, by each method's own cost.
    let repetitions =
      (metrics.contains(.sensitivity) ? rules.sensitivitySamples : 0)
      + (metrics.contains(.randomisation) ? rules.randomisationSteps : 0)
    var passes = (maps.count + ControlMap.allCases.count) * (curves * rules.steps + road + 1)
    for map in maps {
      // The changed input's own pass, too.
      passes += repetitions * (1 + (try analysis.cost(of: map.method.method, layers: map.layers).passes))
    }
    return passes
  }
}

extension RequestParameters {
  /// Parameters of a method stand behind its name and a point: `rise.masks`.
  func faithfulness(of classifier: Classifier) throws(ServiceError) -> FaithfulnessRequest {
    let names = try list("method") ?? [MethodCatalog.defaultName]
    guard names.count <= MethodCatalog.entries.count, Set(names).count == names.count else {
      throw .badRequest("'method' names a method twice; name each once.")
    }
    try refuseUnknown(besides: names)
    let labels = classifier.labels
    let layers = try layers(of: classifier)
    var map = MapRequest(
      classIndex: try classIndex("class", in: labels), against: try classIndex("against", in: labels),
      fusion: try choice("fusion", of: LayerFusion.allCases) ?? .mean)
    var maps: [MapRequest] = []
    for name in names {
      map.method = try MethodRequest(name, try values(of: name))
      map.layers = map.method.method.usesLayer ? layers : []
      maps.append(map)
    }
    return FaithfulnessRequest(maps: maps, metrics: try metrics(), rules: try rules())
  }

  /// Which curve a plot shows.
  func curve() throws(ServiceError) -> FaithfulnessCurve {
    try choice("curve", of: FaithfulnessCurve.allCases) ?? .deletion
  }

  private func metrics() throws(ServiceError) -> Set<FaithfulnessMetric> {
    guard let names = try list("metrics") else { return [.deletion, .insertion, .road, .confidence] }
    let metrics = names.compactMap(FaithfulnessMetric.init)
    guard metrics.count == names.count else {
      let known = FaithfulnessMetric.allCases.map(\.rawValue).joined(separator: ", ")
      throw .badRequest("'metrics' must be some of \(known), parted by commas.")
    }
    return Set(metrics)
  }

  /// The numbers' sense is checked where they are used; here, that they are numbers and that nobody can make the service swallow a list without
  /// end.
  private func rules() throws(ServiceError) -> FaithfulnessProtocol {
    var rules = FaithfulnessProtocol()
    rules.score = try choice("score", of: Score.allCases) ?? rules.score
    rules.steps = try number("steps", Int.init) ?? rules.steps
    rules.deletionBaseline =
      try choice("deletion_baseline", of: FaithfulnessProtocol.Baseline.allCases) ?? rules.deletionBaseline
    rules.insertionBaseline =
      try choice("insertion_baseline", of: FaithfulnessProtocol.Baseline.allCases) ?? rules.insertionBaseline
    if let percentages = try list("road_percentages") {
      rules.roadPercentages = percentages.map { Int($0) ?? 0 }
    }
    rules.roadNoise = try number("road_noise", Double.init) ?? rules.roadNoise
    rules.sensitivityRadius = try number("sensitivity_radius", Double.init) ?? rules.sensitivityRadius
    rules.sensitivitySamples = try number("sensitivity_samples", Int.init) ?? rules.sensitivitySamples
    rules.randomisationSteps = try number("randomisation_steps", Int.init) ?? rules.randomisationSteps
    rules.seed = try number("seed", UInt64.init) ?? rules.seed
    do {
      try rules.check()
    } catch {
      throw ServiceError(error)
    }
    return rules
  }

  private func number<Number>(
    _ name: String, _ read: (String) -> Number?
  ) throws(ServiceError) -> Number? {
    guard let text = try text(name) else { return nil }
    guard let number = read(text) else {
      throw .badRequest("'\(name)' must be a number; '\(text.abbreviated())' is none.")
    }
    return number
  }

  /// The parameters of one of the methods.
  private func values(of method: String) throws(ServiceError) -> [String: String] {
    var values: [String: String] = [:]
    for name in names where name.hasPrefix(method + ".") {
      values[String(name.dropFirst(method.count + 1))] = try text(name)
    }
    return values
  }

  private func refuseUnknown(besides methods: [String]) throws(ServiceError) {
    let unknown = names.subtracting(Self.faithfulnessNames).sorted().first { name in
      !methods.contains { name.hasPrefix($0 + ".") }
    }
    guard let unknown else { return }
    throw .badRequest(
      "There is no parameter '\(unknown.abbreviated())' here. There are \(Self.faithfulnessNames.sorted().joined(separator: ", ")), "
        + "and those of the methods named, such as rise.masks.")
  }

  private static let faithfulnessNames: Set = [
    "method", "class", "against", "layer", "fusion", "metrics", "curve", "score", "steps", "deletion_baseline",
    "insertion_baseline", "road_percentages", "road_noise", "sensitivity_radius", "sensitivity_samples",
    "randomisation_steps", "seed",
  ]
}
