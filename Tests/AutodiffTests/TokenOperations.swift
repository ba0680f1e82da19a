import Autodiff
import Foundation
import TestSupport

/// The operations of transformers.
extension TrainedOperation {
  static let tokens: [TrainedOperation] = normalizedRows + attentions + rowsOfTokens

  private static let normalizedRows: [TrainedOperation] = {
    let shapes: [Shape] = [[5, 17], [2, 3, 33], [70, 130]]
    return shapes.map { layerNormalized($0) }
  }()

  private static let attentions: [TrainedOperation] = [
    AttentionCase(batch: 2, tokens: 5, heads: 3, depth: 4),
    AttentionCase(batch: 1, tokens: 70, heads: 2, depth: 9),
    AttentionCase(batch: 4, tokens: 6, heads: 2, depth: 3, hasBias: true, masks: 2),
  ].map { $0.operation }

  private static let rowsOfTokens: [TrainedOperation] = [
    TrainedOperation(
      "prependTokens", [[2, 3], [4, 5, 3]], .identity, { prependTokens($0[0], to: $0[1]) },
      definition: { inputs in
        (0..<4).flatMap { (n: Int) -> [Double] in inputs[0] + inputs[1][n * 15..<(n + 1) * 15] }
      }),
    TrainedOperation(
      "sliceTokens", [[2, 5, 3]], .identity, { sliceTokens($0[0], 1..<4) },
      definition: { inputs in (0..<2).flatMap { (n: Int) -> [Double] in Array(inputs[0][n * 15 + 3..<n * 15 + 12]) } }),
    TrainedOperation(
      "addToEach", [[3, 4, 5], [4, 5]], .identity, { addToEach($0[0], $0[1]) },
      definition: { inputs in
        inputs[0].indices.map { (place: Int) -> Double in inputs[0][place] + inputs[1][place % 20] }
      }),
    TrainedOperation(
      "mixRows", [[6, 17]], .identity, { mixRows($0[0], by: mixture) },
      definition: { inputs in
        let m = mixture.elements
        return (0..<4 * 17).map { (place: Int) -> Double in
          var sum = 0.0
          for row in 0..<6 { sum += Double(m[place / 17 * 6 + row]) * inputs[0][row * 17 + place % 17] }
          return sum
        }
      }),
    TrainedOperation(
      "reshaped", [[2, 3, 4, 5]], .identity, { reshaped($0[0], [6, 20]) }, definition: { $0[0] }),
    TrainedOperation(
      "unitRows", [[4, 7]], .identity, { unitRows($0[0]) },
      definition: { inputs in
        inputs[0].indices.map { (place: Int) -> Double in
          let row = inputs[0][place / 7 * 7..<(place / 7 + 1) * 7]
          return inputs[0][place] / row.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
        }
      }),
  ]

  /// [4, 6].
  static let mixture: Tensor = {
    var random = SplitMix64(seed: 21)
    return random.tensor([4, 6], in: BufferPool())
  }()

  /// 130 inputs, 67 outputs.
  static let frozenLayer: FrozenConvolution = {
    let pool = BufferPool()
    var random = SplitMix64(seed: 22)
    let matrix = random.tensor([67, 130], in: pool)
    return FrozenConvolution(filter: FrozenFilter(matrix: matrix, in: pool), bias: random.tensor([67], in: pool))
  }()

  private static func layerNormalized(_ shape: Shape) -> TrainedOperation {
    let channels = shape.extents.last!
    return TrainedOperation(
      "layerNormalization \(shape)", [shape, [channels], [channels]], .identity,
      { layerNormalization($0[0], scale: $0[1], shift: $0[2], epsilon: 1e-3) },
      definition: { inputs in
        let x = inputs[0]
        return x.indices.map { (place: Int) -> Double in
          let (row, c) = (place / channels * channels, place % channels)
          let values = x[row..<row + channels]
          let mean = values.reduce(0, +) / Double(channels)
          let variance = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
          return (x[place] - mean) / (variance + 1e-3).squareRoot() * inputs[1][c] + inputs[2][c]
        }
      })
  }
}

/// An attention and its definition in Double.
struct AttentionCase: Sendable {
  let batch: Int
  let tokens: Int
  let heads: Int
  let depth: Int
  var hasBias = false
  var masks = 0

  static let scale = 0.7

  /// Some places are hidden, as by a window that has been shifted.
  var mask: Tensor? {
    guard masks > 0 else { return nil }
    let values = (0..<masks * tokens * tokens).map { place -> Float in
      place % 5 == 3 && place / (tokens * tokens) == 1 ? -100 : 0
    }
    return Tensor([masks, tokens, tokens], values, in: BufferPool())
  }

  var operation: TrainedOperation {
    TrainedOperation(
      "attention of \(heads) heads over \(tokens) tokens\(hasBias ? " with bias and mask" : "")",
      [[batch, tokens, 3 * heads * depth]] + (hasBias ? [[heads, tokens, tokens]] : []), .identity,
      { inputs in
        Autodiff.attention(
          inputs[0], heads: heads, scale: Self.scale, bias: hasBias ? inputs[1] : nil, mask: mask)
      },
      definition: { inputs in result(inputs[0], bias: hasBias ? inputs[1] : nil) })
  }

  /// The softmax for a query: one weight for each key.
  func weights(_ qkv: [Double], bias: [Double]?, _ image: Int, _ head: Int, _ query: Int) -> [Double] {
    let channels = heads * depth
    let mask = mask?.elements
    let scores = (0..<tokens).map { key -> Double in
      var sum = 0.0
      for c in 0..<depth {
        let column = head * depth + c
        sum +=
          qkv[(image * tokens + query) * 3 * channels + column]
          * qkv[(image * tokens + key) * 3 * channels + channels + column]
      }
      sum *= Self.scale
      if let bias { sum += bias[(head * tokens + query) * tokens + key] }
      if let mask { sum += Double(mask[(image % masks * tokens + query) * tokens + key]) }
      return sum
    }
    return softmax(scores)
  }

  func result(_ qkv: [Double], bias: [Double]?) -> [Double] {
    let channels = heads * depth
    var result = [Double](repeating: 0, count: batch * tokens * channels)
    for image in 0..<batch {
      for head in 0..<heads {
        for query in 0..<tokens {
          let weights = weights(qkv, bias: bias, image, head, query)
          for c in 0..<depth {
            let column = head * depth + c
            result[(image * tokens + query) * channels + column] = (0..<tokens).reduce(0.0) {
              $0 + weights[$1] * qkv[(image * tokens + $1) * 3 * channels + 2 * channels + column]
            }
          }
        }
      }
    }
    return result
  }
}
