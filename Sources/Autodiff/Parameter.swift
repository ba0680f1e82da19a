/// A weight that is trained: a name, a shape, and a value that an optimizer replaces between steps.
///
/// A tensor is immutable, so a value that was read stays as it is whatever happens to the parameter.
package final class Parameter: Sendable {
  package let name: String
  package let shape: Shape
  private let current: Guarded<Tensor>

  package init(_ name: String, _ value: Tensor) {
    self.name = name
    shape = value.shape
    current = Guarded(value)
  }

  package var value: Tensor { current.withLock { $0 } }

  /// Takes a new value, of the same shape.
  package func replace(_ value: Tensor) {
    precondition(value.shape == shape, "Parameter \(name): a value of shape \(value.shape) for the shape \(shape)")
    current.withLock { $0 = value }
  }
}
