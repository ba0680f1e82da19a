import Glibc

/// How the system's allocator holds on to memory.
///
/// glibc's is made for speed at any size: each thread may open a heap of its own, and after the first large block is
/// given back it keeps blocks of that size. A server that takes in photographs then holds several of each size for
/// ever. Measured in `docs/decisions/memory.md`. Other C libraries lack these functions, and nothing happens.
package enum SystemMemory {
  private static let arenaLimit: Int32 = -8
  private static let mapThreshold: Int32 = -3
  private static let trimThreshold: Int32 = -1

  /// At most two heaps for the threads to come; blocks of 256 KiB and more go back to the system at once; of the rest,
  /// what lies idle at the end of a heap beyond 1 MiB. For the start of the service.
  package static func holdLittle() {
    guard let address = dlsym(nil, "mallopt") else { return }
    let set = unsafeBitCast(address, to: (@convention(c) (Int32, Int32) -> Int32).self)
    _ = set(arenaLimit, 2)
    _ = set(mapThreshold, 256 << 10)
    _ = set(trimThreshold, 1 << 20)
  }

  /// Gives back whatever lies idle.
  package static func trim() {
    guard let address = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(address, to: (@convention(c) (Int) -> Int32).self)(0)
  }
}
