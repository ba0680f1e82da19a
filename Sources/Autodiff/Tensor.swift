/// An immutable array of Float32 in C order. Images are NHWC; filters are HWIO, depthwise filters HWC, linear weights
/// [out, in].
package struct Tensor: Sendable {
  package let shape: Shape
  let storage: Storage<Float>

  /// - Parameter storage: written, and from now on only read.
  init(shape: Shape, storage: Storage<Float>) {
    self.shape = shape
    self.storage = storage
  }

  /// A tensor whose elements `fill` writes. All of them: the memory arrives uninitialised.
  package init<Failure: Error>(
    _ shape: Shape, in pool: BufferPool,
    fill: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    let storage = Storage<Float>(count: shape.count, in: pool)
    try fill(UnsafeMutableBufferPointer(start: storage.base, count: shape.count))
    self.init(shape: shape, storage: storage)
  }

  package init(_ shape: Shape, _ values: [Float], in pool: BufferPool) {
    precondition(
      values.count == shape.count, "Tensor: shape \(shape) holds \(shape.count) elements, not \(values.count)")
    self.init(shape, in: pool) { _ = $0.initialize(from: values) }
  }

  package static func zeros(_ shape: Shape, in pool: BufferPool) -> Tensor {
    Tensor(shape, in: pool) { $0.initialize(repeating: 0) }
  }

  /// The tensor that is 1 at `index` along the last axis of a [1, count] shape and 0 elsewhere: the seed of one logit.
  package static func oneHot(_ index: Int, count: Int, in pool: BufferPool) -> Tensor {
    precondition((0..<count).contains(index), "Tensor.oneHot: index \(index) is not in 0..<\(count)")
    return Tensor([1, count], in: pool) {
      $0.initialize(repeating: 0)
      $0[index] = 1
    }
  }

  package var count: Int { shape.count }
  /// Bytes of the elements.
  package var byteCount: Int { shape.count * MemoryLayout<Float>.stride }

  /// The same elements under another shape.
  package func reshaped(_ shape: Shape) -> Tensor {
    precondition(shape.count == self.shape.count, "Tensor.reshaped: \(self.shape) has no shape \(shape)")
    return Tensor(shape: shape, storage: storage)
  }

  /// The elements, valid during `body` only.
  package func withElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let result = try body(UnsafeBufferPointer(start: storage.base, count: shape.count))
    withExtendedLifetime(storage) {}
    return result
  }

  /// A copy of the elements.
  package var elements: [Float] { withElements { Array($0) } }
}

/// Lends the elements of two tensors to `body`.
func withElements<Result>(
  _ a: Tensor, _ b: Tensor, _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Result
) -> Result {
  a.withElements { a in b.withElements { b in body(a, b) } }
}

/// Lends the elements of a tensor that may be absent to `body`.
func withElements<Result>(_ a: Tensor?, _ body: (UnsafeBufferPointer<Float>?) -> Result) -> Result {
  guard let a else { return body(nil) }
  return a.withElements { body($0) }
}

extension UnsafeBufferPointer<Float> {
  /// Whether no value is infinite or NaN: 0 times such a value is NaN, and stays NaN in every sum.
  package var areFinite: Bool {
    // Without an early exit, and as vectors: the compiler may not reorder sums.
    var sums = SIMD16<Float>(repeating: 0)
    let whole = count / 16 * 16
    let bytes = UnsafeRawBufferPointer(self)
    for start in stride(from: 0, to: whole, by: 16) {
      sums += bytes.loadUnaligned(fromByteOffset: start * 4, as: SIMD16<Float>.self) * 0
    }
    return sums == .zero && self[whole...].allSatisfy { $0.isFinite }
  }
}
