/// Lends 64-byte aligned blocks and takes them back, so that after the first request the system allocator rests.
///
/// Blocks come in size classes, four to an octave, so that at most a fifth of a block is slack. Idle blocks are kept
/// up to `idleLimit` bytes; beyond it they go back to the system.
package final class BufferPool: Sendable {
  /// What the pool holds, in bytes of whole blocks, and how often it was asked.
  package struct Counters: Hashable, Sendable {
    /// Bytes lent out now.
    package var live = 0
    /// The largest `live` so far.
    package var peak = 0
    /// Bytes kept for the next request.
    package var idle = 0
    /// Requests answered from an idle block.
    package var reused = 0
    /// Requests that had to go to the system.
    package var fromSystem = 0
  }

  private struct State {
    var counters = Counters()
    var idleBlocks: [Int: [Block]] = [:]
  }

  /// The address of an idle block. `@unchecked Sendable`: whoever holds it owns the block, and nobody else has it.
  private struct Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
  }

  package let idleLimit: Int
  private let poison: Bool
  private let state = Guarded(State())

  /// - Parameters:
  ///   - idleLimit: bytes of idle blocks to keep.
  ///   - poison: fills every lent block with NaN. Tests use it so that a kernel which forgets an element is seen.
  package init(idleLimit: Int = 256 << 20, poison: Bool = false) {
    self.idleLimit = idleLimit
    self.poison = poison
  }

  deinit {
    state.withLock { state in
      for block in state.idleBlocks.values.joined() { Platform.free(block.address) }
    }
  }

  package var counters: Counters { state.withLock { $0.counters } }

  /// A block of at least `byteCount` bytes, uninitialised. Give it back with `recycle(_:byteCount:)` and the same
  /// count.
  func lend(byteCount: Int) -> UnsafeMutableRawPointer {
    let size = Self.sizeClass(of: byteCount)
    let idle = state.withLock { state -> Block? in
      state.counters.live += size
      state.counters.peak = max(state.counters.peak, state.counters.live)
      guard let block = state.idleBlocks[size]?.popLast() else {
        state.counters.fromSystem += 1
        return nil
      }
      state.counters.idle -= size
      state.counters.reused += 1
      return block
    }
    let address = idle?.address ?? Self.allocate(size)
    if poison {
      address.assumingMemoryBound(to: Float.self).update(repeating: .nan, count: size / MemoryLayout<Float>.stride)
    }
    return address
  }

  func recycle(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    let size = Self.sizeClass(of: byteCount)
    let block = Block(address: address)
    let kept = state.withLock { state -> Bool in
      state.counters.live -= size
      guard state.counters.idle + size <= idleLimit else { return false }
      state.counters.idle += size
      state.idleBlocks[size, default: []].append(block)
      return true
    }
    if !kept { Platform.free(address) }
  }

  /// Gives every idle block back to the system.
  package func trim() {
    let blocks = state.withLock { state -> [Block] in
      let blocks = Array(state.idleBlocks.values.joined())
      state.idleBlocks = [:]
      state.counters.idle = 0
      return blocks
    }
    for block in blocks { Platform.free(block.address) }
  }

  /// The smallest of 256, 320, 384, 448, 512, 640, 768, ... that holds `byteCount`: all are multiples of 64.
  static func sizeClass(of byteCount: Int) -> Int {
    let wanted = max(byteCount, 256)
    let octave = Int.bitWidth - 1 - wanted.leadingZeroBitCount
    let step = 1 << (octave - 2)
    return (wanted + step - 1) / step * step
  }

  private static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
    guard let address = Platform.allocate(byteCount: size) else {
      fatalError("BufferPool: the system has no \(size) bytes left")
    }
    return address
  }
}
