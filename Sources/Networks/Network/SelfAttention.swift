package import Autodiff

/// An attention of all tokens to all tokens within a network, for who wants to see what it looks at.
///
/// A probe is told of `queriesKeysValues`, [N, T, 3 C], and then of `result`, the heads' sums of values side by side,
/// [N, T, C]. From these follows all else; the weights are formed only for who asks.
package struct SelfAttention: Hashable, Sendable {
  /// As the checkpoint calls it: `blocks.11.attn`.
  package let name: String
  /// The stage that it belongs to.
  package let stage: String
  package let heads: Int
  /// What products of queries and keys are multiplied by.
  package let scale: Double

  /// How the names of all of these places end.
  package static let queriesKeysValuesSuffix = ".qkv"

  package var queriesKeysValues: String { name + Self.queriesKeysValuesSuffix }
  package var result: String { name + ".result" }

  /// What each token takes from each, [N, heads, T, T]: the softmax, a row for each query.
  ///
  /// - Parameter qkv: what a probe was told of `queriesKeysValues`.
  package func weights(_ qkv: Tensor, on engine: Engine) -> Tensor {
    attentionWeights(qkv, heads: heads, scale: scale, on: engine)
  }

  /// The cotangent of `weights` for the cotangent of `result`, [N, T, C].
  package func weightsCotangent(_ cotangent: Tensor, qkv: Tensor, on engine: Engine) -> Tensor {
    attentionWeightsCotangent(cotangent, qkv: qkv, heads: heads, on: engine)
  }

  /// Queries, keys or values of each head, [N, heads, T, C / heads].
  package func part(_ part: Part, of qkv: Tensor, in pool: BufferPool) -> Tensor {
    let (batch, tokens, channels) = (qkv.shape[0], qkv.shape[1], qkv.shape[2] / 3)
    let depth = channels / heads
    return Tensor([batch, heads, tokens, depth], in: pool) { result in
      qkv.withElements { qkv in
        for row in 0..<batch * heads * tokens {
          let (image, head, token) = (row / tokens / heads, row / tokens % heads, row % tokens)
          let start = (image * tokens + token) * 3 * channels + part.rawValue * channels + head * depth
          (result.baseAddress! + row * depth).initialize(from: qkv.baseAddress! + start, count: depth)
        }
      }
    }
  }

  package enum Part: Int, Hashable, Sendable, CaseIterable {
    case queries, keys, values
  }
}
