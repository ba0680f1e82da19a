/// Element type of a stored tensor, little-endian in every format that is read here.
package enum ScalarType: String, Hashable, Sendable, CaseIterable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8
  case uint64, uint32, uint16, uint8
  /// One byte; any value but 0 is true.
  case bool
  case complex64
  // Eight bits and fewer: listed, never converted.
  case float8E4M3, float8E5M2, float8E4M3FNUZ, float8E5M2FNUZ, float8E8M0
  case float6E2M3, float6E3M2, float4

  package var bitWidth: Int {
    switch self {
    case .float64, .int64, .uint64, .complex64: 64
    case .float32, .int32, .uint32: 32
    case .float16, .bfloat16, .int16, .uint16: 16
    case .int8, .uint8, .bool, .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0: 8
    case .float6E2M3, .float6E3M2: 6
    case .float4: 4
    }
  }

  /// Whether its numbers are whole: counts and the like, or weights whose scale is elsewhere.
  package var isWhole: Bool {
    switch self {
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8, .bool: true
    default: false
    }
  }

  /// Size in bytes of `count` elements.
  func byteCount(of count: Int) throws(TensorFault) -> Int {
    let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
    if overflow { throw .sizeOverflows }
    if bits % 8 != 0 { throw .fractionalBytes(bits: bits) }
    return bits / 8
  }
}

extension ScalarType {
  /// The elements of `storage` that `layout` selects, in C order of its shape, rounded to the nearest `Float` where
  /// the type is wider; nil for types that are not converted.
  ///
  /// - Precondition: `layout` was checked against the number of elements in `storage`.
  func floats(of storage: UnsafeRawBufferPointer, _ layout: StridedLayout) -> [Float]? {
    switch self {
    case .float64: gather(Double.self, storage, layout)
    case .float32: layout.isContiguous ? copy(storage, layout) : gather(Float.self, storage, layout)
    case .float16: gather(Float16.self, storage, layout)
    case .bfloat16: gather(StoredBFloat16.self, storage, layout)
    case .int64: gather(Int64.self, storage, layout)
    case .int32: gather(Int32.self, storage, layout)
    case .int16: gather(Int16.self, storage, layout)
    case .int8: gather(Int8.self, storage, layout)
    case .uint64: gather(UInt64.self, storage, layout)
    case .uint32: gather(UInt32.self, storage, layout)
    case .uint16: gather(UInt16.self, storage, layout)
    case .uint8: gather(UInt8.self, storage, layout)
    case .bool: gather(StoredBool.self, storage, layout)
    case .complex64, .float8E4M3, .float8E5M2, .float8E4M3FNUZ, .float8E5M2FNUZ, .float8E8M0, .float6E2M3, .float6E3M2,
      .float4:
      nil
    }
  }
}

#if _endian(big)
  #error("Weight files are little-endian; reading them on a big-endian machine needs byte swaps in StoredScalar.")
#endif

/// A number as it lies in a file.
private protocol StoredScalar: BitwiseCopyable {
  var float: Float { get }
}

extension StoredScalar where Self: BinaryInteger {
  fileprivate var float: Float { Float(self) }
}

extension StoredScalar where Self: BinaryFloatingPoint {
  fileprivate var float: Float { Float(self) }
}

extension Double: StoredScalar {}
extension Float: StoredScalar { fileprivate var float: Float { self } }
extension Float16: StoredScalar {}
extension Int64: StoredScalar {}
extension Int32: StoredScalar {}
extension Int16: StoredScalar {}
extension Int8: StoredScalar {}
extension UInt64: StoredScalar {}
extension UInt32: StoredScalar {}
extension UInt16: StoredScalar {}
extension UInt8: StoredScalar {}

/// The upper half of a `Float`.
private struct StoredBFloat16: StoredScalar {
  let bits: UInt16
  var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}

private struct StoredBool: StoredScalar {
  let byte: UInt8
  var float: Float { byte == 0 ? 0 : 1 }
}

/// What nearly all weights are: float32 in C order, as they lie.
private func copy(_ storage: UnsafeRawBufferPointer, _ layout: StridedLayout) -> [Float] {
  [Float](unsafeUninitializedCapacity: layout.count) { floats, initialized in
    let start = layout.offset * MemoryLayout<Float>.size
    let bytes = layout.count * MemoryLayout<Float>.size
    UnsafeMutableRawBufferPointer(floats).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: storage[start..<start + bytes]))
    initialized = layout.count
  }
}

private func gather<Scalar: StoredScalar>(
  _ type: Scalar.Type, _ storage: UnsafeRawBufferPointer, _ layout: StridedLayout
) -> [Float] {
  [Float](unsafeUninitializedCapacity: layout.count) { floats, initialized in
    layout.forEachRun { first, length, stride in
      for i in 0..<length {
        // A storage in a file starts at any byte, so every load is unaligned.
        let offset = (first + i * stride) * MemoryLayout<Scalar>.size
        floats[initialized] = storage.loadUnaligned(fromByteOffset: offset, as: Scalar.self).float
        initialized += 1
      }
    }
  }
}
