import CKernels

/// A convolution's filter that no longer changes, packed once for the kernels of this processor; the plain form is not
/// kept.
package final class FrozenFilter: Sendable {
  /// [kernel height, kernel width, inputs, outputs]
  package let shape: Shape
  let packed: PackedFilter
  /// The filter of the input's VJP, made when a reverse pass first needs it. A layer has one stride.
  private let transposed = Guarded<TransposedFilter?>(nil)
  private let pool: BufferPool

  /// - Parameters:
  ///   - shape: [kernel height, kernel width, inputs, outputs].
  ///   - filter: its elements in C order.
  ///   - usualExtent: height and width of the images that a convolution with stride 1, and padding that keeps their
  ///     extent, will mostly see; it decides between Winograd's methods and the direct one. nil: the direct one. Which
  ///     it is must not follow from the image at hand: the same image would get other bits in another process.
  ///   - pool: where the packed form lives.
  package convenience init(
    _ shape: Shape, _ filter: [Float], usualExtent: (height: Int, width: Int)? = nil, in pool: BufferPool
  ) {
    let method = usualExtent.map { PackedFilter.method(shape, extent: $0) }
    self.init(shape, filter, method: method ?? GAZE_DIRECT, in: pool)
  }

  /// The filter of a fully connected layer, which is a 1 x 1 convolution of an image whose pixels are the rows.
  ///
  /// - Parameter matrix: [outputs, inputs].
  package init(matrix: Tensor, in pool: BufferPool) {
    precondition(
      matrix.shape.rank == 2 && matrix.count > 0, "FrozenFilter: the matrix must be [O, I], got \(matrix.shape)")
    shape = [1, 1, matrix.shape[1], matrix.shape[0]]
    self.pool = pool
    let shape = shape
    // A 1 x 1 filter with its channels exchanged: the matrix as it lies.
    packed = matrix.withElements {
      PackedFilter(shape, $0.baseAddress!, method: GAZE_DIRECT, transposed: true, in: pool)
    }
  }

  init(_ shape: Shape, _ filter: [Float], method: gaze_method, in pool: BufferPool) {
    precondition(shape.rank == 4 && shape.count > 0, "FrozenFilter: the filter must be HWIO, got \(shape)")
    precondition(filter.count == shape.count, "FrozenFilter: shape \(shape) holds not \(filter.count) elements")
    self.shape = shape
    self.pool = pool
    packed = PackedFilter(shape, filter, method: method, in: pool)
  }

  /// The packed filter of the input's VJP.
  func transposed(stride: Int) -> TransposedFilter {
    transposed.withLock { made in
      if let made, made.stride == stride { return made }
      let filter = withElements {
        TransposedFilter(shape, $0, method: packed.method, stride: stride, in: pool)
      }
      made = filter
      return filter
    }
  }

  /// Lends the plain filter, unpacked for this call.
  func withElements<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    withScratch(shape.count, from: pool) { filter in
      packed.unpack(shape, to: filter)
      return body(filter)
    }
  }
}
