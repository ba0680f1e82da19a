package import Autodiff
package import Models
import Networks

/// Holds a network against what another implementation of it gave.
extension VerificationSample {
  /// Of a logit, as a share of the logits' deviation.
  package static let logitTolerance = 1e-4
  /// Of the length of the difference, as a share of the expected values' length.
  package static let stageTolerance = 1e-4
  package static let mapTolerance = 1e-3
  package static let gradientTolerance = 5e-3

  /// Runs the network on the sample's input, whatever its size, and compares all that the sample has.
  ///
  /// - Throws: the first result that differs: of the stages in the network's order, then of the logits, the map, the
  ///   gradient.
  package func verify(_ classifier: Classifier, on engine: Engine) throws(VerificationFault) -> Verification {
    if logits.count == 1, classifier.network.classCount == 2, classifier.output == .sigmoid {
      return try withComplement.verify(classifier, on: engine)
    }
    if let sides = Architecture.named(classifier.manifest.architecture)?.inputSides {
      guard sides.contains(height), sides.contains(width) else {
        throw fault(
          "its input is \(width)x\(height) pixels; the network takes \(sides.lowerBound) to \(sides.upperBound) a side."
        )
      }
    }
    guard logits.count == classifier.network.classCount else {
      throw fault("it has \(logits.count) logits and the network \(classifier.network.classCount).")
    }
    let run = Run(self, classifier, on: engine)
    let difference = Self.largestDifference(run.logits.value.elements, logits)
    let stages = try compareStages(run, areLogitsEqual: difference <= Self.logitTolerance)
    guard difference <= Self.logitTolerance else {
      throw .differs(.init(.logits, difference, tolerance: Self.logitTolerance, lastEqual: stages.last))
    }
    var proof = Verification.Proof(
      sampleSHA256: sha256, logits: difference, stages: stages.largest, stageCount: stages.names.count)
    if let map { proof.map = try compare(map, run, classifier, stages: stages.names) }
    if let gradient {
      let found = run.inputGradient(of: classIndex)
      let difference = relativeDifference(found, gradient)
      guard difference <= Self.gradientTolerance || isRounding(difference, of: found, classifier, on: engine) else {
        throw .differs(.init(.gradient, difference, tolerance: Self.gradientTolerance))
      }
      proof.gradient = difference
    }
    return .verified(proof)
  }

  /// Whether a difference of the gradient is one that rounding makes: where a ReLU's argument is nearly zero the order
  /// of a sum decides, and the whole gradient jumps (docs/decisions/input-gradients.md). Then noise on the input of a
  /// rounding's size moves the network's own gradient as far.
  private func isRounding(
    _ difference: Double, of gradient: [Float], _ classifier: Classifier, on engine: Engine
  ) -> Bool {
    guard difference <= Self.mostOfKinks else { return false }
    // Pixels of some hundreds round more coarsely than values around 1, and would swallow their noise.
    let size = (input.reduce(0) { $0 + Double($1) * Double($1) } / Double(input.count)).squareRoot()
    let noise = Self.noise * Float(max(size, 1))
    return (UInt64(1)...4).contains { seed in
      var random = SplitMix64(seed: seed)
      let noisy = input.map { $0 + noise * random.unit() }
      let moved = Run(self, input: noisy, classifier, on: engine).inputGradient(of: classIndex)
      return relativeDifference(moved, gradient) > difference / 4
    }
  }

  /// What kinks explain at most, of the gradient's length.
  private static let mostOfKinks = 0.1
  private static let noise: Float = 2e-6

  private func fault(_ reason: String) -> VerificationFault { .sample(path: path, reason) }

  /// The network on the sample's input, with all that its stages gave.
  private struct Run {
    let tape: Tape
    let input: Variable
    let logits: Variable
    /// In forward order, without the logits.
    let stages: [(name: String, value: Variable)]
    let engine: Engine
    private let channels: Int

    /// - Parameter values: of the input; nil for the sample's.
    init(_ sample: VerificationSample, input values: [Float]? = nil, _ classifier: Classifier, on engine: Engine) {
      tape = Tape(engine: engine)
      input = tape.watch(Tensor([1, sample.height, sample.width, 3], values ?? sample.input, in: engine.pool))
      var stages: [(name: String, value: Variable)] = []
      logits = classifier.forward(input) { name, value in
        stages.append((name, value))
        return value
      }
      self.stages = stages.dropLast()
      self.engine = engine
      channels = sample.channels
    }

    /// With as many channels as the sample's; one channel is what the network has three times.
    func inputGradient(of classIndex: Int) -> [Float] {
      let seed = Tensor.oneHot(classIndex, count: logits.shape[1], in: engine.pool)
      let gradient = tape.cotangents(of: logits, seed: seed, at: [input])[0].elements
      if channels == 3 { return gradient }
      return stride(from: 0, to: gradient.count, by: 3).map { gradient[$0] + gradient[$0 + 1] + gradient[$0 + 2] }
    }
  }

  // MARK: Stages

  private struct Comparison {
    /// Of our stage in forward order.
    let place: Int
    let stage: String
    let ours: String
    let difference: Double

    var isEqual: Bool { difference <= VerificationSample.stageTolerance }
  }

  /// The sample's name of each stage that agrees, to ours, and the largest difference.
  ///
  /// Libraries name and cut their modules otherwise than the network's stages, so a stage is compared with all of its
  /// shape: where one of them agrees, the computation up to there does. It differs if ours of its name agrees with
  /// nothing in the sample; and, of stages with other names, where the logits differ and nothing of this shape agrees.
  private func compareStages(
    _ run: Run, areLogitsEqual: Bool
  ) throws(VerificationFault) -> (names: [String: String], largest: Double?, last: String?) {
    let all = stages.map { stage in
      run.stages.enumerated().compactMap { place, ours in
        stage.difference(from: ours.value).map {
          Comparison(place: place, stage: stage.name, ours: ours.name, difference: $0)
        }
      }
    }
    let equalPlaces = Set(all.joined().filter { $0.isEqual }.map { $0.place })
    var decisive: [Comparison] = []
    for candidates in all {
      guard let best = candidates.min(by: { $0.difference < $1.difference }) else { continue }
      if best.isEqual {
        decisive.append(best)
      } else if let named = candidates.first(where: { $0.ours == $0.stage }), !equalPlaces.contains(named.place) {
        decisive.append(named)
      } else if !areLogitsEqual, !candidates.contains(where: { equalPlaces.contains($0.place) }) {
        decisive.append(candidates[0])
      }
    }
    decisive.sort { $0.place < $1.place }
    if let first = decisive.firstIndex(where: { !$0.isEqual }) {
      throw .differs(
        .init(
          .stage(decisive[first].stage), decisive[first].difference, tolerance: Self.stageTolerance,
          lastEqual: decisive[..<first].last?.stage))
    }
    let names = Dictionary(decisive.map { ($0.stage, $0.ours) }) { first, _ in first }
    return (names, decisive.map { $0.difference }.max(), decisive.last?.stage)
  }

  // MARK: Map

  /// By the method that the service has, from the sample's input on.
  ///
  /// - Returns: nil where the network has no such layer.
  private func compare(
    _ map: Map, _ run: Run, _ classifier: Classifier, stages: [String: String]
  ) throws(VerificationFault) -> Double? {
    let network = classifier.network
    var ours = network.targetLayer
    if let layer {
      guard let known = network.layers.contains(layer) ? layer : stages[layer] else { return nil }
      ours = known
    }
    let found: SaliencyMap
    do {
      let pass = try ForwardPass(of: run.input.value, by: classifier, on: run.engine)
      let question = Question(pass: pass, target: Target(classIndex), layer: ours)
      found = try ClassActivationMap(.gradCAM).results(for: question, .none)[0].map
    } catch {
      throw fault("the network has no map of it: \(error)")
    }
    guard found.width == map.width, found.height == map.height else {
      throw fault(
        "its gradcam is \(map.width)x\(map.height) and the layer '\(ours)' \(found.width)x\(found.height); say with "
          + "`layer` which of \(network.layers.joined(separator: ", ")) it is of.")
    }
    let difference = relativeDifference(found.values, map.values)
    guard difference <= Self.mapTolerance else {
      throw .differs(.init(.map(layer: ours), difference, tolerance: Self.mapTolerance))
    }
    return difference
  }

  /// max |a - b| / deviation of b; of a single logit / |b|.
  private static func largestDifference(_ found: [Float], _ expected: [Float]) -> Double {
    let mean = expected.reduce(0.0) { $0 + Double($1) } / Double(expected.count)
    let variance = expected.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(expected.count)
    let unit = expected.count > 1 ? variance.squareRoot() : abs(mean)
    let largest = zip(found, expected).reduce(0.0) { max($0, abs(Double($1.0) - Double($1.1))) }
    return largest == 0 ? 0 : largest / unit
  }
}

extension VerificationSample.Stage {
  /// How far what a stage gave is from this, in whichever order this has its axes; nil for another shape.
  fileprivate func difference(from value: Variable) -> Double? {
    let extents = value.shape.extents
    let orders = orders(like: extents)
    if orders.isEmpty { return nil }
    let found = value.value.elements
    return orders.map { relativeDifference(found, $0()) }.min()
  }

  /// This in the order of a stage of these extents: [1, h, w, C] as it is, [1, C, h, w] with its channels last, tokens
  /// [1, T, C] on the grid without those before it (a class token).
  private func orders(like extents: [Int]) -> [() -> [Float]] {
    guard let channels = extents.last, extents.count >= 2 else { return [] }
    var orders: [() -> [Float]] = []
    if shape == extents { orders.append { values } }
    if extents.count == 4, shape == [1, channels, extents[1], extents[2]] {
      let cells = extents[1] * extents[2]
      orders.append { (0..<cells * channels).map { values[$0 % channels * cells + $0 / channels] } }
    }
    let tokens = extents.dropFirst().dropLast().reduce(1, *)
    if shape.count == 3, shape != extents, shape[0] == 1, shape[2] == channels, shape[1] >= tokens,
      shape[1] - tokens <= Self.mostExtraTokens
    {
      orders.append { Array(values.suffix(tokens * channels)) }
    }
    return orders
  }

  /// A class token, a distillation token, and registers.
  private static let mostExtraTokens = 16
}

/// |a - b| / |b|, the lengths as vectors.
private func relativeDifference(_ found: [Float], _ expected: [Float]) -> Double {
  guard found.count == expected.count else { return .infinity }
  var (difference, length) = (0.0, 0.0)
  for (a, b) in zip(found, expected) {
    difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
    length += Double(b) * Double(b)
  }
  return difference == 0 ? 0 : (difference / length).squareRoot()
}
