import Autodiff
import Models
import Networks

/// The methods that weigh a layer's activations. They share one driver and differ by one rule.
///
/// Notes: what the rule tells; and where only a mean over space and one linear layer follow the layer and the rule
/// keeps the sum, the residual `logit_residual` = sum of the map + bias - logit, which would be 0 in exact arithmetic.
package struct ClassActivationMap: AttributionMethod {
  private let rule: CAMRule

  package init(_ rule: CAMRule) { self.rule = rule }

  package var name: String { rule.name }
  package var resolution: Resolution { .layer }

  package func cost(of question: QuestionShape) -> Cost {
    switch rule.reading {
    case .activation: question.head
    case .activationAndGradient: question.head + Cost(reverse: question.targets)
    }
  }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let head = question.pass.head(after: question.layer)
    // A rule may leave values out that are not finite.
    guard head.activation.withElements({ $0.areFinite }) else {
      throw .notFinite(layer: head.layer, model: question.pass.classifier.name)
    }
    switch rule.reading {
    case .activation(let map):
      let weighed = head.activation.withElements { map(LayerView($0, head.activation.shape)) }
      let result = MethodResult(map: try question.finite(weighed.map(on: head)), notes: weighed.notes)
      try progress.step(1, of: 1)
      return question.targets.map { _ in result }
    case .activationAndGradient(let map):
      var results: [MethodResult] = []
      for target in question.targets {
        let weighed = try weigh(head, of: question.pass, for: target, by: map)
        let residual = rule.keepsSum ? logitResidual(of: weighed.values, target, question) : nil
        results.append(
          MethodResult(
            map: try question.finite(weighed.map(on: head)),
            notes: weighed.notes + (residual.map { [MethodParameter("logit_residual", .number($0))] } ?? [])))
        try progress.step(results.count, of: question.targets.count)
      }
      return results
    }
  }

  private func weigh(
    _ head: ForwardPass.Head, of pass: ForwardPass, for target: Target,
    by map: (_ activation: LayerView, _ gradient: LayerView) -> CAMRule.Result
  ) throws(AttributionError) -> CAMRule.Result {
    let gradient = pass.gradient(of: target, at: head)
    guard gradient.withElements({ $0.areFinite }) else {
      throw .notFinite(layer: head.layer, model: pass.classifier.name)
    }
    return head.activation.withElements { activation in
      gradient.withElements { map(LayerView(activation, head.activation.shape), LayerView($0, gradient.shape)) }
    }
  }

  /// sum of the map + b - y, with b_c - b_d for a contrast; nil where the layer is not followed by a mean and a linear
  /// layer alone.
  private func logitResidual(of values: [Double], _ target: Target, _ question: Question) -> Double? {
    let pass = question.pass
    guard let readout = pass.classifier.network.meanReadout, readout.layers.contains(question.layer) else { return nil }
    let bias = Double(readout.bias(of: target.classIndex)) - (target.against.map { Double(readout.bias(of: $0)) } ?? 0)
    return values.reduce(bias, +) - Double(target.value(of: pass.logits))
  }
}

/// From a layer's activation A and the target's gradient G = dy/dA to a raw signed map, L.
package struct CAMRule: Sendable {
  /// As it stands in requests and answers.
  package let name: String
  /// Whether the map's sum plus the bias is the logit where only a mean over space and one linear layer follow.
  let keepsSum: Bool
  let reading: Reading

  /// What a rule reads of a layer.
  enum Reading: Sendable {
    case activation(@Sendable (_ activation: LayerView) -> Result)
    /// Both over the same cells and channels.
    case activationAndGradient(@Sendable (_ activation: LayerView, _ gradient: LayerView) -> Result)
  }

  /// One value for each cell, summed in Double.
  struct Result: Sendable {
    var values: [Double]
    var notes: [MethodParameter] = []

    fileprivate func map(on head: ForwardPass.Head) -> SaliencyMap {
      SaliencyMap(
        width: head.activation.shape[2], height: head.activation.shape[1], values: values.map { Float($0) })
    }
  }

  /// A rule that sums over channels w_k A[i, j, k], with one weight for each channel.
  init(
    _ name: String, keepsSum: Bool = false,
    channelWeights: @escaping @Sendable (_ activation: LayerView, _ gradient: LayerView) -> [Double]
  ) {
    self.init(
      name: name, keepsSum: keepsSum,
      reading: .activationAndGradient { activation, gradient in
        Result(values: activation.weightedSum(channelWeights(activation, gradient), order: .eightAtOnce))
      })
  }

  /// A rule that sums over channels w(G[i, j, k]) A[i, j, k], with one weight for each value.
  init(_ name: String, keepsSum: Bool = false, weight: @escaping @Sendable (_ gradient: Double) -> Double) {
    self.init(
      name: name, keepsSum: keepsSum,
      reading: .activationAndGradient { activation, gradient in
        Result(
          values: (0..<activation.cells).map { cell in
            let weights = gradient.channels(of: cell)
            var sum = 0.0
            for (channel, value) in activation.channels(of: cell).enumerated() {
              sum += weight(Double(weights[channel])) * Double(value)
            }
            return sum
          })
      })
  }

  init(name: String, keepsSum: Bool = false, reading: Reading) {
    self.name = name
    self.keepsSum = keepsSum
    self.reading = reading
  }
}

/// One image's values at a layer: `cells` (height x width, row-major) of `channels` each.
struct LayerView {
  let base: UnsafeBufferPointer<Float>
  let cells: Int
  let channels: Int

  /// - Parameter shape: [1, H, W, C].
  init(_ base: UnsafeBufferPointer<Float>, _ shape: Shape) {
    self.base = base
    cells = shape[1] * shape[2]
    channels = shape[3]
  }

  func channels(of cell: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: base[cell * channels..<(cell + 1) * channels])
  }

  /// For each channel the sum over the cells of `term`.
  func channelSums(_ term: (_ cell: Int, _ channel: Int, _ value: Double) -> Double) -> [Double] {
    var sums = [Double](repeating: 0, count: channels)
    for cell in 0..<cells {
      for (channel, value) in channels(of: cell).enumerated() { sums[channel] += term(cell, channel, Double(value)) }
    }
    return sums
  }

  /// For each channel the sum over the cells.
  func channelTotals() -> [Double] {
    var totals = [Double](repeating: 0, count: channels)
    totals.withUnsafeMutableBufferPointer { totals in
      for cell in 0..<cells {
        let values = channels(of: cell)
        for channel in totals.indices { totals[channel] += Double(values[channel]) }
      }
    }
    return totals
  }
}
