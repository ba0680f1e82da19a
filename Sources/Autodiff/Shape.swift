/// The extents of a tensor, outermost first. Images are NHWC: batch, height, width, channels.
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package let extents: [Int]

  package init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "Shape: extents must not be negative, got \(extents)")
    self.extents = extents
  }

  package init(arrayLiteral elements: Int...) { self.init(elements) }

  package var rank: Int { extents.count }
  /// Number of elements: the product of the extents; 1 for a scalar's empty shape.
  package var count: Int { extents.reduce(1, *) }
  package subscript(axis: Int) -> Int { extents[axis] }
  package var description: String { "[" + extents.map(String.init).joined(separator: ", ") + "]" }
}
