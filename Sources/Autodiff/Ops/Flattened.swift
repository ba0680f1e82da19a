/// The same elements as one row an image: [N, H, W, C] to [N, H W C], channels innermost.
///
/// VJP: x_bar is y_bar under x's shape. Keeps nothing.
package func flattened(_ x: Variable) -> Variable {
  precondition(x.shape.rank >= 1, "flattened: x must have a batch axis, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("flattened: x is not on a tape") }
  let shape = x.shape
  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, _ in cotangent.reshaped(shape) }
  return tape.record(x.value.reshaped([shape[0], shape.extents.dropFirst().reduce(1, *)]), pullbacks)
}
