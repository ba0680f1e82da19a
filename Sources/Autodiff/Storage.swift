/// The memory behind a tensor: Float32 elements, 64-byte aligned, given back to its pool on deinit.
///
/// `@unchecked Sendable`: the elements are written only between `init` and the moment the storage is handed to a `Tensor`
/// (`Tensor.init(_:in:fill:)`), and by `Tape`'s accumulator, which owns a storage that no other tensor has seen. From then on they
/// are only read.
final class Storage: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int
  private let pool: BufferPool

  init(count: Int, in pool: BufferPool) {
    self.count = count
    self.pool = pool
    base = pool.lend(byteCount: count * MemoryLayout<Float>.stride).bindMemory(to: Float.self, capacity: count)
  }

  deinit {
    pool.recycle(UnsafeMutableRawPointer(base), byteCount: count * MemoryLayout<Float>.stride)
  }
}
