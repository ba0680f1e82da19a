import TestSupport
import Testing

@testable import Autodiff

@Suite("Buffer pool")
struct BufferPoolTests {
  @Test(
    "size classes: multiples of 64, four to an octave, never too small",
    arguments: [
      (0, 256), (1, 256), (256, 256), (257, 320), (320, 320), (321, 384), (449, 512), (513, 640), (1 << 20, 1 << 20),
      (1_048_577, 1_310_720),
    ])
  func sizeClasses(_ byteCount: Int, _ size: Int) {
    #expect(BufferPool.sizeClass(of: byteCount) == size)
  }

  @Test("at most a fifth of a block is slack")
  func slack() {
    for byteCount in stride(from: 257, to: 100_000, by: 37) {
      let size = BufferPool.sizeClass(of: byteCount)
      #expect(size >= byteCount && size % 64 == 0 && (size - byteCount) * 5 <= size)
    }
  }

  @Test("counts what is lent, kept and reused")
  func counters() {
    let pool = BufferPool()
    let first = pool.lend(byteCount: 1000)
    let second = pool.lend(byteCount: 300)
    #expect(pool.counters == counters(live: 1344, peak: 1344, idle: 0, reused: 0, fromSystem: 2))
    pool.recycle(first, byteCount: 1000)
    #expect(pool.counters == counters(live: 320, peak: 1344, idle: 1024, reused: 0, fromSystem: 2))
    let third = pool.lend(byteCount: 900)
    #expect(third == first, "900 and 1000 bytes are of one size class")
    #expect(pool.counters == counters(live: 1344, peak: 1344, idle: 0, reused: 1, fromSystem: 2))
    pool.recycle(second, byteCount: 300)
    pool.recycle(third, byteCount: 900)
    pool.trim()
    #expect(pool.counters == counters(live: 0, peak: 1344, idle: 0, reused: 1, fromSystem: 2))
    pool.recycle(pool.lend(byteCount: 900), byteCount: 900)
    #expect(pool.counters.fromSystem == 3, "after trim nothing is left to reuse")
  }

  @Test("keeps idle blocks up to its limit and no further")
  func idleLimit() {
    let pool = BufferPool(idleLimit: 1024)
    let blocks = (0..<3).map { _ in pool.lend(byteCount: 512) }
    for block in blocks { pool.recycle(block, byteCount: 512) }
    #expect(pool.counters == counters(live: 0, peak: 1536, idle: 1024, reused: 0, fromSystem: 3))
  }

  @Test("blocks are 64-byte aligned, and poisoned ones are NaN again each time")
  func alignmentAndPoison() {
    let pool = BufferPool(poison: true)
    for byteCount in [4, 400, 4000, 400] {
      let block = pool.lend(byteCount: byteCount)
      let floats = block.bindMemory(to: Float.self, capacity: byteCount / 4)
      #expect(Int(bitPattern: block) % 64 == 0)
      #expect((0..<byteCount / 4).allSatisfy { floats[$0].isNaN })
      floats.update(repeating: 1, count: byteCount / 4)
      pool.recycle(block, byteCount: byteCount)
    }
  }

  @Test("a tensor's memory goes back when the last copy of it does")
  func tensorLifetime() {
    let pool = BufferPool()
    var tensor: Tensor? = .zeros([3, 50], in: pool)
    var copy = tensor?.reshaped([150])
    #expect(pool.counters.live == 640)
    tensor = nil
    #expect(pool.counters.live == 640 && copy?.elements == [Float](repeating: 0, count: 150))
    copy = nil
    #expect(pool.counters.live == 0)
  }

  @Test("lends and takes back from many threads at once")
  func threads() {
    let pool = BufferPool(idleLimit: 4096)
    let workers = Workers(threadCount: 5)
    let mixedUp = Tally(count: 2000)
    workers.forEach(2000) { index in
      let byteCount = 256 + index % 7 * 100
      let block = pool.lend(byteCount: byteCount).bindMemory(to: Int.self, capacity: byteCount / 8)
      block.update(repeating: index, count: byteCount / 8)
      if !(0..<byteCount / 8).allSatisfy({ block[$0] == index }) { mixedUp.add(index) }
      pool.recycle(block, byteCount: byteCount)
    }
    #expect(mixedUp.counts.allSatisfy { $0 == 0 })
    let counters = pool.counters
    #expect(counters.live == 0 && counters.idle <= 4096 && counters.reused + counters.fromSystem == 2000)
  }

  private func counters(live: Int, peak: Int, idle: Int, reused: Int, fromSystem: Int) -> BufferPool.Counters {
    BufferPool.Counters(live: live, peak: peak, idle: idle, reused: reused, fromSystem: fromSystem)
  }
}
