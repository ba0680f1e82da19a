/// A tensor in a computation: a constant, or a value whose cotangent a tape can find.
///
/// Not `Sendable`, like its tape: one call, one tape.
package struct Variable {
  package let value: Tensor
  /// The tape that this value was computed on; nil for constants made outside of one, such as weights.
  package let tape: Tape?
  /// Where the tape recorded this value; nil if nothing that led to it is watched.
  package let node: Node?

  /// A place on a tape, in order of creation.
  package struct Node: Hashable, Sendable {
    let index: Int
  }

  init(value: Tensor, tape: Tape?, node: Node?) {
    self.value = value
    self.tape = tape
    self.node = node
  }

  /// A constant, such as a frozen weight: nothing is ever recorded for it.
  package static func constant(_ value: Tensor) -> Variable { Variable(value: value, tape: nil, node: nil) }

  package var shape: Shape { value.shape }
  package var isTracked: Bool { node != nil }
}
