/// loss = mean over n and k of (y[n, k] - t[n, k])^2, in Double.
///
/// - values y: [N, K]; targets t: [N, K]; result: [1].
/// - VJP: y_bar[n, k] = loss_bar 2 (y[n, k] - t[n, k]) / (N K).
/// - Keeps y and t if y is tracked.
package func meanSquaredError(_ values: Variable, targets: Tensor) -> Variable {
  meanOverElements(
    "meanSquaredError", values, targets, loss: { y, t in (y - t) * (y - t) }, derivative: { y, t in 2 * (y - t) })
}
