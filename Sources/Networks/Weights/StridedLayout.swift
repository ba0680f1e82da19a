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

  /// Walks the elements in C order.
  struct Odometer {
    private let layout: StridedLayout
    private var index: [Int]
    /// The current element of the storage.
    private(set) var position: Int

    init(_ layout: StridedLayout) {
      self.layout = layout
      index = Array(repeating: 0, count: layout.shape.count)
      position = layout.offset
    }

    mutating func advance() {
      for axis in layout.shape.indices.reversed() {
        index[axis] += 1
        position += layout.strides[axis]
        if index[axis] < layout.shape[axis] { return }
        position -= layout.strides[axis] * layout.shape[axis]
        index[axis] = 0
      }
    }
  }
}

/// The product of the dimensions of a shape from a file.
func elementCount(_ shape: [Int]) throws(TensorFault) -> Int {
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
