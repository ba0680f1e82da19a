/// Softmax attention of several heads: o_h = softmax(s q_h k_h^T + B_h + M) v_h, the heads' results side by side;
/// Vaswani et al., "Attention Is All You Need", arXiv 1706.03762, equation 1.
///
/// - qkv: [N, T, 3 C], of each token the queries, keys and values of all heads: 3 x heads x C / heads.
/// - scale: s; bias: B, [heads, T, T], or nil for 0; mask: M, [W, T, T] with N a multiple of W, or nil for 0: row n of
///   the batch gets mask n mod W. What must not be seen is masked by a large negative value, such as -100.
/// - result: [N, T, C].
/// - VJP, with p the softmax and z its argument: v_bar = p^T o_bar; p_bar = o_bar v^T; z_bar = p (p_bar - d) with d the
///   sum over a row of p p_bar, which is that of o o_bar; q_bar = s z_bar k; k_bar = s z_bar^T q; B_bar = z_bar summed
///   over N.
/// - Keeps qkv, B, the result, and of each row the largest score and the sum of the powers: with these the backward
///   pass forms a tile of p again, so that no T x T matrix is ever whole; Dao et al., "FlashAttention", arXiv
///   2205.14135, sections 3.1 and B.4.
package func attention(
  _ qkv: Variable, heads: Int, scale: Double, bias: Variable? = nil, mask: Tensor? = nil
) -> Variable {
  let g = Attention("attention", qkv.shape, heads: heads, scale: scale, bias: bias?.shape, mask: mask?.shape)
  guard let tape = qkv.tape ?? bias?.tape else { preconditionFailure("attention: qkv is not on a tape") }
  let (tracksQKV, tracksBias) = (qkv.isTracked, bias?.isTracked == true)

  let softmax = tracksQKV || tracksBias ? SoftmaxRows(count: g.rows, in: tape.engine.pool) : nil
  let o = Tensor(g.outputShape, in: tape.engine.pool) { o in
    g.withOperands(qkv.value, bias?.value, mask) {
      attentionKernel($0, g, on: tape.engine, into: o.baseAddress!, keeping: softmax)
    }
  }

  var pullbacks = Pullbacks()
  if let softmax {
    let (kept, keptBias) = (qkv.value, bias?.value)
    pullbacks.addJoint(for: [qkv] + (bias.map { [$0] } ?? [])) { cotangent, pass in
      let pool = pass.engine.pool
      let qkvBar = Storage<Float>(count: tracksQKV ? kept.count : 0, in: pool)
      let biasBar = Storage<Float>(count: tracksBias ? keptBias!.count : 0, in: pool)
      g.withOperands(kept, keptBias, mask) { operands in
        withElements(cotangent, o) {
          attentionVJPKernel(
            operands, result: $1.baseAddress!, cotangent: $0.baseAddress!, softmax, g, on: pass.engine,
            qkvBar: tracksQKV ? qkvBar.base : nil, biasBar: tracksBias ? biasBar.base : nil)
        }
      }
      return (tracksQKV ? [Tensor(shape: kept.shape, storage: qkvBar)] : [])
        + (tracksBias ? [Tensor(shape: keptBias!.shape, storage: biasBar)] : [])
    }
  }
  return tape.record(o, pullbacks)
}

/// The matrix p of `attention`, [N, heads, T, T]: what each token (row) takes from each (column). For who wants to see
/// it; the operation itself never holds it whole.
package func attentionWeights(
  _ qkv: Tensor, heads: Int, scale: Double, bias: Tensor? = nil, mask: Tensor? = nil, on engine: Engine
) -> Tensor {
  let g = Attention("attentionWeights", qkv.shape, heads: heads, scale: scale, bias: bias?.shape, mask: mask?.shape)
  return Tensor([g.batch, heads, g.tokens, g.tokens], in: engine.pool) { weights in
    g.withOperands(qkv, bias, mask) { attentionWeightsKernel($0, g, on: engine, into: weights.baseAddress!) }
  }
}

/// p_bar = o_bar v^T, [N, heads, T, T]: the cotangent of `attentionWeights` for that of the operation's result.
///
/// - Parameter cotangent: o_bar, [N, T, C].
package func attentionWeightsCotangent(
  _ cotangent: Tensor, qkv: Tensor, heads: Int, on engine: Engine
) -> Tensor {
  let g = Attention("attentionWeightsCotangent", qkv.shape, heads: heads, scale: 1, bias: nil, mask: nil)
  precondition(
    cotangent.shape == g.outputShape,
    "attentionWeightsCotangent: the cotangent must be \(g.outputShape), got \(cotangent.shape)")
  return Tensor([g.batch, heads, g.tokens, g.tokens], in: engine.pool) { result in
    withElements(cotangent, qkv) { cotangent, qkv in
      engine.forEach(g.batch * heads) { task in
        let (image, head) = (task / heads, task % heads)
        matrixProduct(
          g.head(of: cotangent.baseAddress!, image, head), g.values(of: qkv.baseAddress!, image, head).transposed,
          into: result.baseAddress! + task * g.tokens * g.tokens, stride: g.tokens)
      }
    }
  }
}
