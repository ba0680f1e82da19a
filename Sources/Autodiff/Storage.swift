/// The memory behind a tensor, or behind what an operation keeps for its pullback: elements in a 64-byte aligned
/// block, given back to its pool on deinit.
///
/// `@unchecked Sendable`: the elements are written only between `init` and the moment the storage is handed to a
/// `Tensor` (`Tensor.init(_:in:fill:)`) or captured by a pullback, and by `Tape`'s accumulator, which owns a storage
/// that no other tensor has seen. From then on they are only read.
final class Storage<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private let pool: BufferPool

  init(count: Int, in pool: BufferPool) {
    self.count = count
    self.pool = pool
    base = pool.lend(byteCount: count * MemoryLayout<Element>.stride).bindMemory(to: Element.self, capacity: count)
  }

  deinit {
    pool.recycle(UnsafeMutableRawPointer(base), byteCount: count * MemoryLayout<Element>.stride)
  }
}
