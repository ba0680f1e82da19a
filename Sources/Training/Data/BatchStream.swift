import Foundation
import Glibc

/// Batches in their order, made ahead on threads of its own. The threads end with it, at the next image.
///
/// A few batches wait at most, so that memory is bounded however slowly they are taken.
package final class BatchStream {
  private let queue: BatchQueue
  private let threads: [pthread_t]

  /// - Parameters:
  ///   - places: of the batches.
  ///   - make: makes the batch of a place, on any thread; nil where `isWanted` said no meanwhile.
  init(
    _ places: Range<Int>, threads count: Int,
    make: @escaping @Sendable (_ place: Int, _ isWanted: () -> Bool) throws(DatasetError) -> Batch?
  ) {
    let queue = BatchQueue(places, limit: count + 1, make: make)
    self.queue = queue
    threads = (0..<min(count, places.count)).map { _ in
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil,
        { context in
          Unmanaged<BatchQueue>.fromOpaque(context!).takeRetainedValue().work()
          return nil
        }, Unmanaged.passRetained(queue).toOpaque())
      guard status == 0 else { fatalError("BatchStream: the system refused a thread (error \(status))") }
      return thread
    }
  }

  deinit {
    queue.close()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// The next batch, once it is there; nil after the last one, and after an error.
  package func next() throws(DatasetError) -> Batch? { try queue.take() }
}

/// `@unchecked Sendable`: everything that changes is touched with `condition` locked.
private final class BatchQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private let make: @Sendable (Int, () -> Bool) throws(DatasetError) -> Batch?
  private let end: Int
  private let limit: Int
  private var nextToMake: Int
  private var nextToTake: Int
  private var ready: [Int: Result<Batch, DatasetError>] = [:]
  private var isClosed = false

  /// - Parameter limit: how many batches may be in the making or wait.
  init(
    _ places: Range<Int>, limit: Int, make: @escaping @Sendable (Int, () -> Bool) throws(DatasetError) -> Batch?
  ) {
    self.make = make
    self.limit = limit
    end = places.upperBound
    nextToMake = places.lowerBound
    nextToTake = places.lowerBound
  }

  /// What each thread does.
  func work() {
    while let place = claim() {
      let outcome: Result<Batch, DatasetError>
      do throws(DatasetError) {
        guard let batch = try make(place, { !self.locked { self.isClosed } }) else { return }
        outcome = .success(batch)
      } catch {
        outcome = .failure(error)
      }
      locked {
        ready[place] = outcome
        condition.broadcast()
      }
    }
  }

  func take() throws(DatasetError) -> Batch? {
    let outcome = locked { () -> Result<Batch, DatasetError>? in
      guard nextToTake < end, !isClosed else { return nil }
      while ready[nextToTake] == nil { condition.wait() }
      let outcome = ready.removeValue(forKey: nextToTake)
      nextToTake += 1
      if case .failure = outcome { isClosed = true }
      condition.broadcast()
      return outcome
    }
    return try outcome?.get()
  }

  func close() {
    locked {
      isClosed = true
      ready = [:]
      condition.broadcast()
    }
  }

  private func claim() -> Int? {
    locked {
      while !isClosed, nextToMake < end, nextToMake >= nextToTake + limit { condition.wait() }
      guard !isClosed, nextToMake < end else { return nil }
      nextToMake += 1
      return nextToMake - 1
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
