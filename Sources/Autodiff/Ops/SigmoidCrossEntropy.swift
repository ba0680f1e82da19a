/// loss = mean over n and k of -t[n, k] log s[n, k] - (1 - t[n, k]) log (1 - s[n, k]), s = sigmoid(z): the binary
/// cross-entropy of each class by itself, computed in Double as (1 - t) z - log sigmoid(z).
///
/// - logits z: [N, K]; targets t: [N, K], from 0 to 1; result: [1].
/// - VJP: z_bar[n, k] = loss_bar (s[n, k] - t[n, k]) / (N K).
/// - Keeps z and t if z is tracked.
package func sigmoidCrossEntropy(_ logits: Variable, targets: Tensor) -> Variable {
  meanOverElements(
    "sigmoidCrossEntropy", logits, targets, loss: { z, t in (1 - t) * z - logSigmoid(z) },
    derivative: { z, t in sigmoid(z) - t })
}
