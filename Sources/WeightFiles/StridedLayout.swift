/// Which elements of a storage a tensor is made of: element `i` (a multi-index within `shape`) is element
/// `offset + Σ iₖ·stridesₖ` of the storage. Strides count elements, as PyTorch's do; 0 repeats (`expand`).
struct StridedLayout: Sendable {
  /// More than any network has; it bounds what a shape that is shared by many tensors can cost.
  static let maximumRank = 16

  let shape: [Int]
  let strides: [Int]
  let offset: Int
  /// Number of elements, the product of `shape`; 1 for a scalar.
  let count: Int

  /// Checks that every element lies in a storage of `storageCount` elements.
  init(shape: [Int], strides: [Int], offset: Int, storageCount: Int) throws(TensorFault) {
    let count = try elementCount(shape)
    if strides.count != shape.count { throw .strideCount(dimensions: shape.count, strides: strides.count) }
    if let stride = strides.first(where: { $0 < 0 }) { throw .negativeStride(stride) }
    if offset < 0 { throw .negativeOffset(offset) }
    if count > 0 {
      var last = offset
      for (size, stride) in zip(shape, strides) {
        let (span, spanOverflows) = stride.multipliedReportingOverflow(by: size - 1)
        let (sum, sumOverflows) = last.addingReportingOverflow(span)
        if spanOverflows || sumOverflows { throw .outsideStorage(elements: storageCount) }
        last = sum
      }
      if last >= storageCount { throw .outsideStorage(elements: storageCount) }
    }
    self.shape = shape
    // The stride of a dimension of size 1 is never taken and may be any number: 0 keeps sums over it in range.
    self.strides = zip(shape, strides).map { size, stride in size == 1 ? 0 : stride }
    self.offset = offset
    self.count = count
  }

  /// The layout of a tensor that fills its storage in C order.
  init(contiguous shape: [Int]) throws(TensorFault) {
    self.shape = shape
    count = try elementCount(shape)
    offset = 0
    strides = contiguousStrides(shape)
  }

  /// Whether the elements lie one after another in C order.
  var isContiguous: Bool { count == 0 || strides == contiguousStrides(shape) }

  /// Splits the elements into runs along the last dimension that is longer than 1, and calls `body` with each run's
  /// first element of the storage, in C order. A run has `length` elements, `stride` apart.
  ///
  /// Published PyTorch files that were converted from TensorFlow hold transposed convolutions: this is no rare path.
  func forEachRun(_ body: (_ first: Int, _ length: Int, _ stride: Int) -> Void) {
    if count == 0 { return }
    var axes = shape.indices.filter { shape[$0] > 1 }
    let inner = axes.popLast()
    let (length, stride) = inner.map { (shape[$0], strides[$0]) } ?? (1, 0)
    var index = Array(repeating: 0, count: shape.count)
    var first = offset
    while true {
      body(first, length, stride)
      // Counts up like an odometer, the last axis fastest.
      var axis = axes.count - 1
      while axis >= 0 {
        let k = axes[axis]
        index[k] += 1
        first += strides[k]
        if index[k] < shape[k] { break }
        first -= strides[k] * shape[k]
        index[k] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

/// The product of the dimensions of a shape from a file.
package func elementCount(_ shape: [Int]) throws(TensorFault) -> Int {
  if shape.count > StridedLayout.maximumRank { throw .tooManyDimensions(shape.count) }
  if let size = shape.first(where: { $0 < 0 }) { throw .negativeDimension(size) }
  // The dimensions without a 0 have to be countable too: [2^40, 2^40, 0] is a lie although nothing is there.
  var product = 1
  for size in shape where size > 0 {
    let (next, overflow) = product.multipliedReportingOverflow(by: size)
    if overflow { throw .sizeOverflows }
    product = next
  }
  return shape.contains(0) ? 0 : product
}

/// C-order strides with 0 where the dimension is 1, as in `StridedLayout.strides`.
private func contiguousStrides(_ shape: [Int]) -> [Int] {
  var strides = shape
  var stride = 1
  for axis in shape.indices.reversed() {
    strides[axis] = shape[axis] == 1 ? 0 : stride
    stride *= shape[axis]
  }
  return strides
}
