/// A dataset of floats whose structure has been read and whose bytes have not.
struct HDF5Dataset: Sendable {
  struct Chunk: Sendable {
    /// Index of its first element in the dataset.
    let origin: [Int]
    let place: Range<Int>
    /// Bit k: filter k was not applied.
    let skippedFilters: UInt32
  }

  enum Storage: Sendable {
    /// In C order.
    case bytes(Range<Int>)
    /// All of the grid. Chunks at the upper edges reach beyond the dataset.
    case chunks([Chunk], shape: [Int], HDF5Filters)
  }

  let shape: [Int]
  let type: ScalarType
  let storage: Storage

  /// The values in C order of `shape`.
  ///
  /// - Precondition: `layout` is the contiguous layout of `shape`, and contiguous storage has just its bytes.
  func floats(_ file: MappedFile, _ layout: StridedLayout) throws(HDF5Fault) -> [Float] {
    switch storage {
    case .bytes(let range):
      return file.withBytes(range) { values($0, layout) }
    case .chunks(let chunks, let chunkShape, let filters):
      var floats = [Float](repeating: 0, count: layout.count)
      for chunk in chunks { try read(chunk, chunkShape, filters, file, layout, into: &floats) }
      return floats
    }
  }

  private func values(_ bytes: UnsafeRawBufferPointer, _ layout: StridedLayout) -> [Float] {
    guard let values = type.floats(of: bytes, layout) else { preconditionFailure("HDF5Type admits IEEE floats only") }
    return values
  }

  private func read(
    _ chunk: Chunk, _ chunkShape: [Int], _ filters: HDF5Filters, _ file: MappedFile, _ layout: StridedLayout,
    into floats: inout [Float]
  ) throws(HDF5Fault) {
    guard let whole = try? StridedLayout(contiguous: chunkShape) else { throw .chunkShape }
    let elementBytes = type.bitWidth / 8
    let bytes = try file.withBytes(chunk.place) { (packed) throws(HDF5Fault) in
      try filters.undo(
        packed, skipped: chunk.skippedFilters, elementBytes: elementBytes, byteCount: whole.count * elementBytes)
    }
    if bytes.count != whole.count * elementBytes { throw .malformed(.data) }

    // The part of the chunk within the dataset, as a tensor in the chunk and as one in the dataset.
    let part = zip(shape, zip(chunk.origin, chunkShape)).map { size, place in min(place.1, size - place.0) }
    let offset = zip(chunk.origin, layout.strides).reduce(0) { $0 + $1.0 * $1.1 }
    guard
      let source = try? StridedLayout(shape: part, strides: whole.strides, offset: 0, storageCount: whole.count),
      let target = try? StridedLayout(
        shape: part, strides: layout.strides, offset: offset, storageCount: layout.count)
    else { throw .chunkShape }
    let values = bytes.withUnsafeBytes { self.values($0, source) }
    var next = 0
    target.forEachRun { first, length, stride in
      for i in 0..<length { floats[first + i * stride] = values[next + i] }
      next += length
    }
  }
}

/// How the chunks of a dataset lie: their first elements are the multiples of the chunk's shape within the dataset.
struct HDF5ChunkGrid {
  private let shape: [Int]
  private let chunk: [Int]
  /// Number of chunks.
  let count: Int

  var rank: Int { shape.count }

  init(shape: [Int], chunk: [Int]) throws(HDF5Fault) {
    // A chunk is never larger than the dataset: together they are at most 2^rank times as large.
    guard shape.count == chunk.count, zip(shape, chunk).allSatisfy({ $1 > 0 && $1 <= max($0, 1) }) else {
      throw .chunkShape
    }
    // (size - 1) / chunk + 1 instead of a sum that could overflow.
    let counts = zip(shape, chunk).map { size, chunk in size == 0 ? 0 : (size - 1) / chunk + 1 }
    guard let count = try? elementCount(counts) else { throw .chunkShape }
    self.shape = shape
    self.chunk = chunk
    self.count = count
  }

  func contains(origin: [Int]) -> Bool {
    zip(origin, zip(shape, chunk)).allSatisfy { index, sizes in
      index >= 0 && index < sizes.0 && index % sizes.1 == 0
    }
  }
}
