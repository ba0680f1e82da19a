import ArgumentParser
import Autodiff
import Explain
import Foundation
import Synchronization

/// What became of a batch.
struct BatchResult: Sendable {
  var done = 0
  var skipped = 0
  /// The items that nothing could be made of, in their order, each with the reason.
  var bad: [(item: Int, reason: String)] = []
  var isInterrupted = false

  /// Lists the bad ones on standard error, and ends the command accordingly.
  ///
  /// - Parameter verb: what was done, as in "12 explained".
  func report(verb: String) throws {
    var line = "\(done) \(verb)"
    if skipped > 0 { line += ", \(skipped) were there already" }
    if !bad.isEmpty { line += ", \(bad.count) bad" }
    print(isInterrupted ? line + "; stopped: the same command goes on from here" : line)
    fflush(nil)
    listBad()
    // 130 is what a shell reports of a program that Ctrl-C ended.
    if isInterrupted { throw ExitCode(130) }
    if !bad.isEmpty { throw ExitCode(Failure.Code.badData.rawValue) }
  }

  /// Says on standard error why nothing could be made of the bad ones.
  func listBad() {
    for (_, reason) in bad { FileHandle.standardError.write(Data("gaze: \(reason)\n".utf8)) }
  }
}

/// Does the same with many items, as many at once as the engine has threads, each on a thread of its own, until all are
/// done or Ctrl-C.
///
/// - Parameters:
///   - work: gives whether there was anything to do. A failure about the item's own content or readability is kept for
///     the end; any other failure, such as a full disk, ends the batch, since it would meet all that follow.
func runBatch<Item: Sendable>(
  _ items: [Item], on engine: Engine,
  work: @escaping @Sendable (Item, Engine, PassProgress) throws -> BatchAccount.Outcome
) async throws -> BatchResult {
  Interruption.watch()
  let lanes = max(1, min(engine.workers.threadCount, items.count))
  let batch = Batch(items, on: engine, work: work)
  await withTaskGroup(of: Void.self) { group in
    for _ in 0..<lanes {
      group.addTask { while let index = batch.next() { batch.process(index) } }
    }
  }
  return try batch.end()
}

private final class Batch<Item: Sendable>: Sendable {
  private struct State {
    var next = 0
    var result = BatchResult()
    /// What ended the batch before its end.
    var failure: (any Error)?
  }

  private let items: [Item]
  private let engine: Engine
  private let work: @Sendable (Item, Engine, PassProgress) throws -> BatchAccount.Outcome
  private let display: BatchProgress
  private let state = Mutex(State())

  init(
    _ items: [Item], on engine: Engine,
    work: @escaping @Sendable (Item, Engine, PassProgress) throws -> BatchAccount.Outcome
  ) {
    self.items = items
    self.engine = engine
    self.work = work
    display = BatchProgress(total: items.count)
  }

  /// nil where there is no more to do.
  func next() -> Int? {
    state.withLock { state in
      guard state.failure == nil, !state.result.isInterrupted, state.next < items.count else { return nil }
      if Interruption.isRequested {
        state.result.isInterrupted = true
        return nil
      }
      state.next += 1
      return state.next - 1
    }
  }

  func process(_ index: Int) {
    let progress = PassProgress(
      report: { [display] in display.advance(index, to: Double($0) / Double(max($1, 1))) },
      isCancelled: { Interruption.isRequested })
    do {
      let outcome = try engine.workers.computing { try work(items[index], engine, progress) }
      state.withLock { state in
        if outcome == .skipped { state.result.skipped += 1 } else { state.result.done += 1 }
      }
      display.finish(index, as: outcome)
    } catch AttributionError.cancelled {
      state.withLock { $0.result.isInterrupted = true }
    } catch let failure as Failure where failure.code == .badData || failure.code == .noInput {
      state.withLock { $0.result.bad.append((index, failure.description)) }
      display.finish(index, as: .bad)
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
  }

  func end() throws -> BatchResult {
    display.end()
    let (result, failure) = state.withLock { ($0.result, $0.failure) }
    if let failure { throw failure }
    var sorted = result
    sorted.bad.sort { $0.item < $1.item }
    return sorted
  }
}
