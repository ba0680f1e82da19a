import Autodiff
import Foundation
import TestSupport
import Testing

@testable import Networks
@testable import Training

/// Steps of training beside the same steps in plain loops of Double, formula by formula.
@Suite("A step of training")
struct ReferenceStepTests {
  /// The tiny network, its gradients, and the two optimizers.
  struct Reference {
    var filter: [Double], bias: [Double], weight: [Double], classBias: [Double]

    init(_ weights: TinyWeights) {
      func values(_ name: String) -> [Double] { weights.values[name]!.map(Double.init) }
      (filter, bias) = (values("conv.weight"), values("conv.bias"))
      (weight, classBias) = (values("fc.weight"), values("fc.bias"))
    }

    /// Gradients of filter, bias, weight, class bias.
    func gradients(_ images: [Float], _ classes: [Int], smoothing: Double) -> [[Double]] {
      var g = [[Double]](repeating: [], count: 4)
      g[0] = .init(repeating: 0, count: 8)
      g[1] = .init(repeating: 0, count: 2)
      g[2] = .init(repeating: 0, count: 6)
      g[3] = .init(repeating: 0, count: 3)
      for (n, label) in classes.enumerated() {
        func pixel(_ y: Int, _ x: Int) -> Double { Double(images[n * 9 + y * 3 + x]) }
        var z = [[Double]](repeating: [0, 0], count: 4)
        for i in 0..<2 {
          for j in 0..<2 {
            for o in 0..<2 {
              var sum = bias[o]
              for u in 0..<2 { for v in 0..<2 { sum += pixel(i + u, j + v) * filter[(u * 2 + v) * 2 + o] } }
              z[i * 2 + j][o] = sum
            }
          }
        }
        let means = (0..<2).map { o in z.reduce(0) { $0 + max($1[o], 0) } / 4 }
        let logits = (0..<3).map { k in classBias[k] + weight[k * 2] * means[0] + weight[k * 2 + 1] * means[1] }
        let total = logits.reduce(0) { $0 + exp($1) }
        let delta = (0..<3).map { k in
          let target = smoothing / 3 + (k == label ? 1 - smoothing : 0)
          return (exp(logits[k]) / total - target) / Double(classes.count)
        }
        for k in 0..<3 {
          g[3][k] += delta[k]
          for o in 0..<2 { g[2][k * 2 + o] += delta[k] * means[o] }
        }
        for o in 0..<2 {
          let meanBar = (0..<3).reduce(0) { $0 + delta[$1] * weight[$1 * 2 + o] }
          for i in 0..<2 {
            for j in 0..<2 where z[i * 2 + j][o] > 0 {
              g[1][o] += meanBar / 4
              for u in 0..<2 {
                for v in 0..<2 { g[0][(u * 2 + v) * 2 + o] += meanBar / 4 * pixel(i + u, j + v) }
              }
            }
          }
        }
      }
      return g
    }

    var all: [[Double]] {
      get { [filter, bias, weight, classBias] }
      set { (filter, bias, weight, classBias) = (newValue[0], newValue[1], newValue[2], newValue[3]) }
    }
  }

  private let steps = TinyTask.someSteps(3)
  private let factors = [0.25, 0.5, 1, 2]
  private let isMatrix = [true, false, true, false]

  /// Three steps of an epoch, compared after each phase of one epoch.
  private func compare(
    _ phase: TrainingConfiguration.Phase, _ update: (inout [[Double]], [[Double]], Int, Double) -> Void
  ) throws {
    let task = try TinyTask(steps: steps, rateFactors: factors)
    var loop = TrainingLoop(task, phase, threads: 2)
    _ = try loop.run { _ in }
    var reference = Reference(TinyWeights())
    for (index, step) in steps.enumerated() {
      var gradients = reference.gradients(
        step.inputs.elements, step.labels.classIndices, smoothing: phase.labelSmoothing)
      if let limit = phase.gradientNorm {
        let norm = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(norm > limit, "The step must be one that is clipped.")
        gradients = gradients.map { $0.map { $0 * min(1, limit / norm) } }
      }
      // Half a cosine without warm-up.
      let schedule = (1 + cos(.pi * Double(index) / 3)) / 2
      update(&reference.all, gradients, index + 1, schedule)
    }
    for (parameter, expected) in zip(task.parameters, reference.all) {
      #expect(
        relativeError(of: parameter.parameter.value.elements, from: expected) < 1e-6, "\(parameter.parameter.name)")
    }
  }

  @Test("of SGD with Nesterov's momentum, weight decay and clipping is the reference's", arguments: [true, false])
  func sgd(nesterov: Bool) throws {
    var phase = TrainingConfiguration.Phase.plain(rate: 0.3, decay: 0.05)
    phase.optimizer.isNesterov = nesterov
    phase.labelSmoothing = 0.2
    phase.gradientNorm = 0.05
    var velocity = [[Double]](repeating: [Double](repeating: 0, count: 8), count: 4)
    try compare(phase) { values, gradients, _, schedule in
      for p in 0..<4 {
        for i in values[p].indices {
          let g = gradients[p][i] + (isMatrix[p] ? 0.05 : 0) * values[p][i]
          velocity[p][i] = 0.9 * velocity[p][i] + g
          values[p][i] -= 0.3 * schedule * factors[p] * (nesterov ? g + 0.9 * velocity[p][i] : velocity[p][i])
        }
      }
    }
  }

  @Test("of AdamW with decoupled weight decay is the reference's")
  func adamw() throws {
    var phase = TrainingConfiguration.Phase.plain(kind: .adamw, rate: 0.05, decay: 0.1)
    phase.optimizer.secondBeta = 0.99
    var mean = [[Double]](repeating: [Double](repeating: 0, count: 8), count: 4)
    var square = mean
    try compare(phase) { values, gradients, number, schedule in
      for p in 0..<4 {
        let rate = 0.05 * schedule * factors[p]
        for i in values[p].indices {
          let g = gradients[p][i]
          mean[p][i] = 0.9 * mean[p][i] + 0.1 * g
          square[p][i] = 0.99 * square[p][i] + 0.01 * g * g
          let m = mean[p][i] / (1 - pow(0.9, Double(number)))
          let v = square[p][i] / (1 - pow(0.99, Double(number)))
          values[p][i] -= (isMatrix[p] ? rate * 0.1 * values[p][i] : 0) + rate * m / (v.squareRoot() + 1e-8)
        }
      }
    }
  }
}
