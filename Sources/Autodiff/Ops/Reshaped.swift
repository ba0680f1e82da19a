/// The same elements under another shape.
///
/// VJP: x_bar is y_bar under x's shape. Keeps nothing.
package func reshaped(_ x: Variable, _ shape: Shape) -> Variable {
  precondition(shape.count == x.shape.count, "reshaped: \(x.shape) has no shape \(shape)")
  guard let tape = x.tape else { preconditionFailure("reshaped: x is not on a tape") }
  let original = x.shape
  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, _ in cotangent.reshaped(original) }
  return tape.record(x.value.reshaped(shape), pullbacks)
}

/// The same elements as one row an image: [N, H, W, C] to [N, H W C], channels innermost.
package func flattened(_ x: Variable) -> Variable {
  precondition(x.shape.rank >= 1, "flattened: x must have a batch axis, got \(x.shape)")
  return reshaped(x, [x.shape[0], x.shape.extents.dropFirst().reduce(1, *)])
}
