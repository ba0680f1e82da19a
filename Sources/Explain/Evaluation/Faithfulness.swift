import Autodiff
import Images
package import Models
import Networks

/// A way to ask whether a map is faithful to the network.
package enum FaithfulnessMetric: String, Hashable, Sendable, CaseIterable {
  /// `PixelCurve` from the input on.
  case deletion
  /// `PixelCurve` towards the input.
  case insertion
  /// `RemoveAndDebias`.
  case road
  /// `ConfidenceChange`.
  case confidence
  /// `MaxSensitivity`.
  case sensitivity
  /// `ModelRandomisation`.
  case randomisation
}

/// A map to be measured, with the method that made it, which is asked again for changed inputs and networks.
package struct FaithfulnessSubject: Sendable {
  package let attribution: Attribution
  package let method: any AttributionMethod

  package init(_ attribution: Attribution, by method: any AttributionMethod) {
    precondition(attribution.method == method.name, "FaithfulnessSubject: \(method.name) made no \(attribution.method)")
    self.attribution = attribution
    self.method = method
  }
}

/// What the metrics say of several maps of one image, one network and one target, beside maps that know nothing of the
/// image.
package struct FaithfulnessReport: Hashable, Sendable, Codable {
  /// What was measured of one map; what was not asked for is nil.
  package struct Measurements: Hashable, Sendable, Codable {
    /// The method's name, or the control's.
    package let name: String
    /// Whether it is a control: a map that depends neither on the image nor on the network, so that its sensitivity is
    /// 0 and its correlation under randomisation 1 by definition.
    package let isControl: Bool
    /// The layers that the method looked at.
    package let layers: [String]
    package var deletion: PixelCurve?
    package var insertion: PixelCurve?
    package var road: RemoveAndDebias?
    package var confidence: ConfidenceChange?
    package var sensitivity: MaxSensitivity?
    package var randomisation: ModelRandomisation?

    private enum CodingKeys: String, CodingKey {
      case name, layers, deletion, insertion, road, confidence, sensitivity, randomisation
      case isControl = "control"
    }
  }

  package let model: String
  package let classIndex: Int
  package let against: Int?
  package let rules: FaithfulnessProtocol
  /// The methods' maps in the order in which they were given, then the controls.
  package let maps: [Measurements]

  private enum CodingKeys: String, CodingKey {
    case model, against, maps
    case classIndex = "class"
    case rules = "protocol"
  }
}

extension ForwardPass {
  /// Measures maps of this pass, and the controls by the same rules.
  ///
  /// - Parameters:
  ///   - subjects: maps of one target.
  ///   - randomiser: of this pass's model; needed for `randomisation` alone.
  ///   - progress: told of passes, and asked between passes whether to go on.
  package func evaluate(
    _ subjects: [FaithfulnessSubject], target: Target,
    metrics: Set<FaithfulnessMetric> = [.deletion, .insertion, .road, .confidence],
    protocol rules: FaithfulnessProtocol = FaithfulnessProtocol(), randomiser: ModelRandomiser? = nil,
    progress: PassProgress = .none
  ) throws(AttributionError) -> FaithfulnessReport {
    try target.check(classCount: logits.count)
    try rules.check()
    precondition(
      subjects.allSatisfy { $0.attribution.target == target }, "ForwardPass.evaluate: maps of several targets")
    precondition(
      randomiser != nil || !metrics.contains(.randomisation), "ForwardPass.evaluate: randomisation needs a randomiser")
    let evaluation = Evaluation(
      pass: self, target: target, metrics: metrics, rules: rules, randomiser: randomiser,
      blurred: metrics.contains(where: rules.blurs) ? SeparableFilter.rise(input, in: engine.pool) : nil)

    let count = subjects.count + ControlMap.allCases.count
    var maps: [FaithfulnessReport.Measurements] = []
    for subject in subjects {
      maps.append(try evaluation.measure(subject, progress.part(maps.count, of: count)))
    }
    for control in ControlMap.allCases {
      maps.append(try evaluation.measure(control, progress.part(maps.count, of: count)))
    }
    return FaithfulnessReport(
      model: classifier.name, classIndex: target.classIndex, against: target.against, rules: rules, maps: maps)
  }
}

extension FaithfulnessProtocol {
  fileprivate func blurs(_ metric: FaithfulnessMetric) -> Bool {
    metric == .deletion && deletionBaseline == .blur || metric == .insertion && insertionBaseline == .blur
  }
}

/// The metrics of one pass and target.
private struct Evaluation {
  let pass: ForwardPass
  let target: Target
  let metrics: Set<FaithfulnessMetric>
  let rules: FaithfulnessProtocol
  let randomiser: ModelRandomiser?
  /// The blurred input, where a baseline is that.
  let blurred: Tensor?

  func measure(
    _ subject: FaithfulnessSubject, _ progress: PassProgress
  ) throws(AttributionError) -> FaithfulnessReport.Measurements {
    let attribution = subject.attribution
    var measurements = FaithfulnessReport.Measurements(
      name: attribution.method, isControl: false, layers: attribution.layers)
    try measure(attribution.mapOnInput(), into: &measurements, progress)

    let explain = { (pass: ForwardPass, progress: PassProgress) throws(AttributionError) in
      try pass.map(by: subject.method, like: attribution, progress)
    }
    if metrics.contains(.sensitivity) {
      measurements.sensitivity = try pass.maxSensitivity(
        of: attribution.map, protocol: rules, progress: part(.sensitivity, of: progress), explain: explain)
    }
    if metrics.contains(.randomisation), let randomiser {
      measurements.randomisation = try pass.modelRandomisation(
        of: attribution.map, by: randomiser, steps: rules.randomisationSteps,
        progress: part(.randomisation, of: progress), explain: explain)
    }
    return measurements
  }

  func measure(
    _ control: ControlMap, _ progress: PassProgress
  ) throws(AttributionError) -> FaithfulnessReport.Measurements {
    var measurements = FaithfulnessReport.Measurements(name: control.rawValue, isControl: true, layers: [])
    let map = control.map(width: pass.input.shape[2], height: pass.input.shape[1], seed: rules.seed)
    try measure(map, into: &measurements, progress)
    if metrics.contains(.sensitivity) {
      measurements.sensitivity = MaxSensitivity(samples: Array(repeating: 0, count: rules.sensitivitySamples))
    }
    if metrics.contains(.randomisation), let randomiser {
      measurements.randomisation = ModelRandomisation.ofUnchangingMap(randomiser, steps: rules.randomisationSteps)
    }
    return measurements
  }

  /// What needs the map alone, at the input's resolution.
  private func measure(
    _ map: SaliencyMap, into measurements: inout FaithfulnessReport.Measurements, _ progress: PassProgress
  ) throws(AttributionError) {
    let ranking = PixelRanking(map)
    if metrics.contains(.deletion) {
      measurements.deletion = try pass.curve(
        from: pass.input, to: baseline(rules.deletionBaseline), in: ranking, steps: rules.steps, target: target,
        score: rules.score, progress: part(.deletion, of: progress))
    }
    if metrics.contains(.insertion) {
      measurements.insertion = try pass.curve(
        from: baseline(rules.insertionBaseline), to: pass.input, in: ranking, steps: rules.steps, target: target,
        score: rules.score, progress: part(.insertion, of: progress))
    }
    if metrics.contains(.road) {
      measurements.road = try pass.removeAndDebias(
        ranking, protocol: rules, target: target, progress: part(.road, of: progress))
    }
    if metrics.contains(.confidence) {
      measurements.confidence = try pass.confidenceChange(
        map, target: target, progress: part(.confidence, of: progress))
    }
  }

  private func part(_ metric: FaithfulnessMetric, of progress: PassProgress) -> PassProgress {
    let wanted = FaithfulnessMetric.allCases.filter(metrics.contains)
    return progress.part(wanted.firstIndex(of: metric)!, of: wanted.count)
  }

  private func baseline(_ baseline: FaithfulnessProtocol.Baseline) -> Tensor {
    switch baseline {
    case .zero: .zeros(pass.input.shape, in: pass.engine.pool)
    case .blur: blurred!
    }
  }
}

extension ForwardPass {
  /// The map of this pass by the method, at the layers and with the fusion of an attribution of another.
  fileprivate func map(
    by method: any AttributionMethod, like attribution: Attribution, _ progress: PassProgress
  ) throws(AttributionError) -> SaliencyMap {
    let layers = attribution.layers.isEmpty ? [nil] : attribution.layers.map(Optional.some)
    var maps: [SaliencyMap] = []
    for (index, layer) in layers.enumerated() {
      let question = Question(pass: self, target: attribution.target, layer: layer)
      maps.append(try method.attribute(question, progress.part(index, of: layers.count)).map)
    }
    return attribution.fusion.combine(maps)
  }

  /// A pass on a changed input or network.
  init(explaining input: Tensor, by classifier: Classifier, on engine: Engine) throws(AttributionError) {
    do {
      try self.init(of: input, by: classifier, on: engine)
    } catch .notFinite(let layer, let model) {
      throw .notFinite(layer: layer, model: model)
    } catch {
      preconditionFailure("ForwardPass: \(error)")
    }
  }
}
