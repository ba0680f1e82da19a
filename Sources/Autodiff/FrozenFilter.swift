import CKernels

/// A convolution's filter that no longer changes, packed once for the kernels of this processor; the plain form is not
/// kept.
package final class FrozenFilter: Sendable {
  /// [kernel height, kernel width, inputs, outputs]
  package let shape: Shape
  let method: gaze_method
  private let packed: Storage<Float>
  /// The filter of the input's VJP, made when a reverse pass first needs it.
  private let transposed = Guarded<Storage<Float>?>(nil)
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
    let method = usualExtent.map { extent in
      var g = Self.geometry(shape, extent: extent)
      return Kernels.dense.pointee.choose(&g)
    }
    self.init(shape, filter, method: method ?? GAZE_DIRECT, in: pool)
  }

  init(_ shape: Shape, _ filter: [Float], method: gaze_method, in pool: BufferPool) {
    precondition(shape.rank == 4 && shape.count > 0, "FrozenFilter: the filter must be HWIO, got \(shape)")
    precondition(filter.count == shape.count, "FrozenFilter: shape \(shape) holds not \(filter.count) elements")
    let kernels = Kernels.dense.pointee
    var g = Self.geometry(shape, extent: (shape[0], shape[1]))
    let packed = Storage<Float>(count: kernels.packed_count(&g, method), in: pool)
    kernels.pack(&g, method, filter, 0, kernels.panels(&g, method), packed.base)
    self.shape = shape
    self.pool = pool
    self.method = method
    self.packed = packed
  }

  /// Lends the packed filter.
  func withPacked<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    defer { withExtendedLifetime(packed) {} }
    return body(packed.base)
  }

  /// Lends the packed filter of the input's VJP at stride 1.
  func withTransposed<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    let storage = transposed.withLock { made -> Storage<Float> in
      if let made { return made }
      let kernels = Kernels.dense.pointee
      var g = gaze_transposed(Self.geometry(shape, extent: (shape[0], shape[1])))
      let storage = Storage<Float>(count: kernels.packed_count(&g, method), in: pool)
      withElements { kernels.pack_transposed(&g, method, $0, 0, kernels.panels(&g, method), storage.base) }
      made = storage
      return storage
    }
    defer { withExtendedLifetime(storage) {} }
    return body(storage.base)
  }

  /// Lends the plain filter, unpacked for this call.
  func withElements<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
    withScratch(shape.count, from: pool) { filter in
      let kernels = Kernels.dense.pointee
      var g = Self.geometry(shape, extent: (shape[0], shape[1]))
      kernels.unpack(&g, method, packed.base, 0, kernels.panels(&g, method), filter)
      withExtendedLifetime(packed) {}
      return body(filter)
    }
  }

  /// A convolution with stride 1 that keeps the image's extent.
  private static func geometry(_ shape: Shape, extent: (height: Int, width: Int)) -> gaze_convolution {
    let window = Window(
      "FrozenFilter", inputHeight: extent.height, inputWidth: extent.width, kernelHeight: shape[0],
      kernelWidth: shape[1], stride: 1, padding: .same)
    return Convolution(batch: 1, window: window, inputChannels: shape[2], outputChannels: shape[3]).forKernels()
  }
}

extension Convolution {
  /// - Parameter inputStride: elements from a pixel of x to the next; nil: `inputChannels`.
  func forKernels(inputStride: Int? = nil) -> gaze_convolution {
    gaze_convolution(
      batch: batch, window: window.forKernels, input_channels: inputChannels, output_channels: outputChannels,
      input_stride: inputStride ?? inputChannels)
  }
}
