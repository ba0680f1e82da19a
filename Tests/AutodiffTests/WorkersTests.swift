import Foundation
import TestSupport
import Testing

@testable import Autodiff

@Suite("Workers")
struct WorkersTests {
  @Test("calls every index exactly once", arguments: [1, 2, 5], [0, 1, 2, 3, 4, 5, 7, 1000])
  func everyIndexOnce(_ threads: Int, _ count: Int) {
    let tally = Tally(count: count)
    Workers(threadCount: threads).forEach(count) { tally.add($0) }
    #expect(tally.counts == [Int](repeating: 1, count: count))
  }

  @Test("what the iterations wrote is visible to the thread that asked")
  func publishesWrites() {
    let workers = Workers(threadCount: 5)
    nonisolated(unsafe) let values = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    defer { values.deallocate() }
    for round in 0..<500 {
      workers.forEach(64) { values[$0] = round + $0 }
      for index in 0..<64 where values[index] != round + index { Issue.record("round \(round), index \(index)") }
    }
  }

  @Test("a loop inside a loop ends, though every thread is busy")
  func nested() {
    let workers = Workers(threadCount: 3)
    let tally = Tally(count: 6 * 5 * 4)
    workers.forEach(6) { i in
      workers.forEach(5) { j in
        workers.forEach(4) { k in tally.add((i * 5 + j) * 4 + k) }
      }
    }
    #expect(tally.counts == [Int](repeating: 1, count: 120))
  }

  @Test("eight threads may ask at once, thousands of small loops")
  func concurrentAskers() {
    let workers = Workers(threadCount: 3)
    let tally = Tally(count: 8 * 3)
    onThreads(8) { asker in
      for round in 0..<1000 { workers.forEach(1 + round % 3) { tally.add(asker * 3 + $0) } }
    }
    // Of a thousand rounds, all have an index 0, 666 an index 1 and 333 an index 2.
    #expect(tally.counts == (0..<8).flatMap { _ in [1000, 666, 333] })
  }

  @Test("a loop is over when it returns: thousands of tiny ones from several threads", arguments: [2, 3, 8])
  func nothingRunsOn(_ threads: Int) {
    let workers = Workers(threadCount: threads)
    let wrong = Tally(count: 1)
    onThreads(4) { asker in
      for round in 0..<5000 {
        let count = 2 + (asker + round) % 7
        // Memory of this round alone: who comes late writes into another round's, or into what has been freed.
        nonisolated(unsafe) let calls = UnsafeMutablePointer<Int>.allocate(capacity: count)
        calls.initialize(repeating: 0, count: count)
        workers.forEach(count) { calls[$0] += round + 1 }
        if !(0..<count).allSatisfy({ calls[$0] == round + 1 }) { wrong.add(0) }
        calls.deallocate()
      }
    }
    #expect(wrong.total == 0)
  }

  @Test("all threads take part: iterations that wait for one another all come")
  func allThreadsTakePart() {
    let workers = Workers(threadCount: 4)
    for _ in 0..<200 {
      let arrived = Rendezvous(expecting: 4)
      workers.forEach(4) { _ in arrived.meet() }
      #expect(arrived.isComplete)
    }
  }

  @Test("computations at once get equal shares of the threads, at least one each, and give them back")
  func shares() {
    let workers = Workers(threadCount: 4)
    #expect(workers.share == 4)
    workers.computing {
      #expect(workers.share == 4)
      workers.computing {
        #expect(workers.share == 2)
        workers.computing { workers.computing { workers.computing { #expect(workers.share == 1) } } }
      }
      let tally = Tally(count: 100)
      workers.forEach(100) { tally.add($0) }
      #expect(tally.counts == [Int](repeating: 1, count: 100))
    }
    #expect(workers.share == 4)
  }

  @Test("its threads end with it")
  func threadsEnd() {
    var workers: Workers? = Workers(threadCount: 4)
    let threads = Guarded<Set<String>>([])
    let arrived = Rendezvous(expecting: 4)
    workers?.forEach(4) { _ in
      let thread = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")) ?? "?"
      threads.withLock { _ = $0.insert("/proc/" + thread) }
      arrived.meet()
    }
    var helpers = threads.withLock { $0 }
    #expect(helpers.count == 4)
    helpers.remove(
      "/proc/" + ((try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")) ?? "?"))
    #expect(helpers.count == 3)
    #expect(helpers.allSatisfy { FileManager.default.fileExists(atPath: $0) })

    workers = nil

    #expect(eventually { helpers.allSatisfy { !FileManager.default.fileExists(atPath: $0) } })
  }

  @Test("nothing holds what a loop captured once it has returned")
  func releasesCaptures() {
    final class Token: Sendable {
      func use() {}
    }
    let workers = Workers(threadCount: 4)
    for round in 0..<1000 {
      weak var watched: Token?
      do {
        let token = Token()
        watched = token
        workers.forEach(3) { _ in token.use() }
      }
      if watched != nil { Issue.record("round \(round)") }
    }
  }
}
