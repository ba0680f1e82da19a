import Autodiff
import Foundation

extension TrainedOperation {
  static let all: [TrainedOperation] = convolutions + layers + normalizations + poolings + tokens + swin + losses

  private static let convolutions: [TrainedOperation] = {
    let cases: [(NaiveConvolution, Activation)] = [
      (NaiveConvolution(batch: 2, 5, 6, 3, to: 4, kernel: (3, 3), .symmetric(1), .all(1)), .relu6),
      (NaiveConvolution(batch: 2, 7, 6, 2, to: 5, kernel: (3, 3), stride: 2, .symmetric(1), .all(1)), .relu),
      (NaiveConvolution(6, 8, 2, to: 3, kernel: (3, 3), stride: 2, .same, Edges(bottom: 1, right: 1)), .identity),
      (NaiveConvolution(7, 9, 2, to: 3, kernel: (5, 5), stride: 3, .symmetric(2), .all(2)), .silu),
      (NaiveConvolution(batch: 3, 4, 5, 6, to: 7, kernel: (1, 1), .valid, .none), .sigmoid),
      (NaiveConvolution(batch: 2, 5, 6, 3, to: 4, kernel: (1, 1), stride: 2, .valid, .none), .relu),
      // Winograd's.
      (NaiveConvolution(batch: 2, 11, 10, 17, to: 19, kernel: (3, 3), .symmetric(1), .all(1)), .identity),
    ]
    let groupedCases: [(NaiveConvolution, Activation)] = [
      (NaiveConvolution(batch: 2, 5, 6, 6, to: 9, kernel: (3, 3), .symmetric(1), .all(1)).grouped(3), .relu6),
      (NaiveConvolution(batch: 2, 7, 6, 8, to: 8, kernel: (3, 3), stride: 2, .symmetric(1), .all(1)).grouped(4), .silu),
    ]
    return cases.map { naive, activation in
      TrainedOperation(
        "convolution \(naive)", [naive.inputShape, naive.filterShape, [naive.outputChannels]], activation,
        {
          convolution(
            $0[0], filter: $0[1], bias: $0[2], stride: naive.stride, padding: naive.padding, activation: activation)
        }, definition: { naive.forward($0[0], $0[1], $0[2]) })
    }
      + groupedCases.map { naive, activation in
        TrainedOperation(
          "convolution \(naive)", [naive.inputShape, naive.filterShape, [naive.outputChannels]], activation,
          {
            groupedConvolution(
              $0[0], filter: $0[1], bias: $0[2], groups: naive.groups, stride: naive.stride, padding: naive.padding,
              activation: activation)
          }, definition: { naive.forward($0[0], $0[1], $0[2]) })
      }
      + cases.filter { $0.0.channels < 16 }.map { $0.0.depthwise }.map { naive in
        TrainedOperation(
          "convolution \(naive)", [naive.inputShape, naive.filterShape, [naive.outputChannels]], .relu6,
          {
            depthwiseConvolution(
              $0[0], filter: $0[1], bias: $0[2], stride: naive.stride, padding: naive.padding, activation: .relu6)
          }, definition: { naive.forward($0[0], $0[1], $0[2]) })
      }
  }()

  private static let layers: [TrainedOperation] = {
    var operations: [TrainedOperation] = [
      TrainedOperation(
        "linear", [[3, 7], [5, 7], [5]], .identity, { linear($0[0], weight: $0[1], bias: $0[2]) },
        definition: {
          inputs in
          (0..<15).map { (place: Int) -> Double in
            let (n, o) = (place / 5, place % 5)
            var sum = inputs[2][o]
            for i in 0..<7 { sum += inputs[0][n * 7 + i] * inputs[1][o * 7 + i] }
            return sum
          }
        }),
      TrainedOperation(
        "affine", [[2, 3, 4, 5], [5], [5]], .relu6,
        { affine($0[0], scale: $0[1], shift: $0[2], activation: .relu6) },
        definition: { inputs in
          inputs[0].indices.map { (place: Int) -> Double in
            inputs[0][place] * inputs[1][place % 5] + inputs[2][place % 5]
          }
        }),
      TrainedOperation(
        "add", [[2, 3, 4], [2, 3, 4]], .identity, { add($0[0], $0[1]) },
        definition: { zip($0[0], $0[1]).map(+) }),
      TrainedOperation(
        "a value that is used twice", [[2, 3, 4]], .identity, { add($0[0], activate($0[0], .silu)) },
        definition: {
          $0[0].map { (x: Double) -> Double in x + x / (1 + exp(-x)) }
        }),
      TrainedOperation(
        "concatenate", [[2, 3, 2], [2, 3, 1]], .identity, { concatenate($0) },
        definition: { inputs in
          (0..<18).map { (place: Int) -> Double in
            let (row, column) = (place / 3, place % 3)
            return column < 2 ? inputs[0][row * 2 + column] : inputs[1][row]
          }
        }),
      TrainedOperation(
        "scaleChannels", [[2, 3, 4, 5], [2, 5]], .identity, { scaleChannels($0[0], by: $0[1]) },
        definition: {
          inputs in
          inputs[0].indices.map { (place: Int) -> Double in inputs[0][place] * inputs[1][place / 60 * 5 + place % 5] }
        }),
      TrainedOperation(
        "flattened", [[2, 3, 4, 5]], .identity, { flattened($0[0]) },
        definition: { $0[0] }),
      TrainedOperation(
        "dropout", [[9, 7]], .identity, { dropout($0[0], rate: 0.4, layer: 2) },
        definition: { inputs in
          let numbers = RandomNumbers(seed: 3)
          let x = inputs[0]
          return x.indices.map { (place: Int) -> Double in
            numbers.uniform(2 << 40 + place) < 0.4 ? 0 : x[place] / 0.6
          }
        }),
    ]
    for activation in [
      Activation.relu, .relu6, .hardSigmoid, .hardSwish, .sigmoid, .silu, .gelu, .geluTanh, .quickGELU,
    ] {
      operations.append(
        TrainedOperation(
          "\(activation)", [[5, 17]], activation, { activate($0[0], activation) },
          definition: { $0[0] }))
    }
    return operations
  }()

  private static let normalizations: [TrainedOperation] = {
    var operations: [TrainedOperation] = []
    for activation in [Activation.identity, .relu, .relu6, .hardSigmoid, .hardSwish, .sigmoid, .silu] {
      for shape: Shape in [[2, 3, 4, 5], [11, 3]] { operations.append(batchNormalized(shape, activation)) }
      operations.append(normalizedByRunning(activation))
    }
    operations.append(
      TrainedOperation(
        "standardize", [[3, 4, 5, 3]], .identity, { standardize($0[0], epsilon: 1e-4) },
        definition: { inputs in
          let x = inputs[0]
          let (means, variances) = moments(x, groups: 3) { $0 / 60 }
          return x.indices.map { (place: Int) -> Double in
            let deviation = (variances[place / 60] + 1e-4).squareRoot()
            return (x[place] - means[place / 60]) / deviation
          }
        }))
    return operations
  }()

  private static func batchNormalized(_ shape: Shape, _ activation: Activation) -> TrainedOperation {
    let channels = shape.extents.last!
    return TrainedOperation(
      "batchNormalization \(shape), \(activation)", [shape, [channels], [channels]], activation,
      { batchNormalization($0[0], scale: $0[1], shift: $0[2], epsilon: 1e-3, activation: activation).result },
      definition: { inputs in
        let x = inputs[0]
        let (means, variances) = moments(x, groups: channels) { $0 % channels }
        return x.indices.map { (place: Int) -> Double in
          let c = place % channels
          let h = (x[place] - means[c]) / (variances[c] + 1e-3).squareRoot()
          return h * inputs[1][c] + inputs[2][c]
        }
      })
  }

  private static func normalizedByRunning(_ activation: Activation) -> TrainedOperation {
    let (means, variances): ([Float], [Float]) = ([0.5, -1, 0], [0.25, 2, 1])
    return TrainedOperation(
      "batchNormalization by running statistics, \(activation)", [[2, 3, 4, 3], [3], [3]], activation,
      {
        let pool = BufferPool()
        return batchNormalization(
          $0[0], mean: Tensor([3], means, in: pool), variance: Tensor([3], variances, in: pool), scale: $0[1],
          shift: $0[2], epsilon: 1e-3, activation: activation)
      },
      definition: { inputs in
        inputs[0].indices.map { (place: Int) -> Double in
          let c = place % 3
          let h = (inputs[0][place] - Double(means[c])) / (Double(variances[c]) + 1e-3).squareRoot()
          return h * inputs[1][c] + inputs[2][c]
        }
      })
  }

  private static let poolings: [TrainedOperation] = [
    TrainedOperation(
      "globalAveragePool", [[2, 3, 4, 5]], .identity, { globalAveragePool($0[0]) },
      definition: { inputs in
        (0..<10).map { (place: Int) -> Double in
          let first = place / 5 * 60 + place % 5
          return (0..<12).reduce(0.0) { $0 + inputs[0][first + $1 * 5] } / 12
        }
      }),
    TrainedOperation(
      "averagePooling", [[2, 5, 6, 3]], .identity, { averagePooling($0[0], kernel: 2, stride: 2) },
      definition: {
        pooled($0[0], batch: 2, height: 5, width: 6, channels: 3) { $0.reduce(0, +) / 4 }
      }),
    TrainedOperation(
      "maxPooling", [[2, 5, 6, 3]], .identity, { maxPooling($0[0], kernel: 2, stride: 2) },
      definition: {
        pooled($0[0], batch: 2, height: 5, width: 6, channels: 3) { $0.max()! }
      }),
  ]

  private static let losses: [TrainedOperation] = [
    TrainedOperation(
      "softmaxCrossEntropy", [[3, 4]], .identity,
      { logits in
        softmaxCrossEntropy(
          logits[0],
          targets: Tensor([3, 4], [1, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.025, 0.925, 0.025, 0.025], in: BufferPool()))
      },
      definition: { inputs in
        let targets = [[1, 0, 0, 0], [0.1, 0.2, 0.3, 0.4], [0.025, 0.925, 0.025, 0.025]]
        return [
          (0..<3).reduce(0.0) { (sum: Double, n: Int) -> Double in
            let z = inputs[0][n * 4..<n * 4 + 4]
            let logSum = log(z.reduce(0) { $0 + exp($1) })
            let logLikelihood = zip(targets[n], z).reduce(0.0) { $0 + $1.0 * ($1.1 - logSum) }
            return sum - logLikelihood / 3
          }
        ]
      }),
    TrainedOperation(
      "sigmoidCrossEntropy", [[2, 3]], .identity,
      { sigmoidCrossEntropy($0[0], targets: Tensor([2, 3], [1, 0, 0.5, 0.05, 1, 0], in: BufferPool())) },
      definition: { inputs in
        let targets = [1, 0, 0.5, 0.05, 1, 0]
        return [
          zip(inputs[0], targets).reduce(0.0) { (sum: Double, pair: (Double, Double)) -> Double in
            let share = 1 / (1 + exp(-pair.0))
            return sum - (pair.1 * log(share) + (1 - pair.1) * log(1 - share)) / 6
          }
        ]
      }),
    TrainedOperation(
      "meanSquaredError", [[2, 3]], .identity,
      { meanSquaredError($0[0], targets: Tensor([2, 3], [1, 0, -0.5, 2, 1, 0], in: BufferPool())) },
      definition: { inputs in
        [zip(inputs[0], [1, 0, -0.5, 2, 1, 0]).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / 6 }]
      }),
  ]

  /// Mean and population variance of each group of elements.
  private static func moments(
    _ values: [Double], groups: Int, _ group: (Int) -> Int
  ) -> (means: [Double], variances: [Double]) {
    let members = (0..<groups).map { number in values.indices.filter { group($0) == number }.map { values[$0] } }
    let means = members.map { $0.reduce(0, +) / Double($0.count) }
    let variances = zip(members, means).map { members, mean in
      members.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(members.count)
    }
    return (means, variances)
  }

  /// 2 x 2 windows at stride 2.
  private static func pooled(
    _ x: [Double], batch: Int, height: Int, width: Int, channels: Int, _ pool: ([Double]) -> Double
  ) -> [Double] {
    var y: [Double] = []
    for n in 0..<batch {
      for i in 0..<height / 2 {
        for j in 0..<width / 2 {
          for c in 0..<channels {
            let places = [(0, 0), (0, 1), (1, 0), (1, 1)]
            y.append(pool(places.map { x[((n * height + 2 * i + $0.0) * width + 2 * j + $0.1) * channels + c] }))
          }
        }
      }
    }
    return y
  }
}
