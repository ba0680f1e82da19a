import Foundation
import Synchronization

/// How far a run over many photographs is: on a terminal one line that is written over, else a line now and then, on
/// standard error.
final class BatchProgress: Sendable {
  private struct State {
    var account: BatchAccount
    var line = ProgressLine()
  }

  private let start = ContinuousClock.now
  private let state: Mutex<State>

  init(total: Int) { state = Mutex(State(account: BatchAccount(total: total))) }

  /// - Parameter share: how much of the item is done, 0 to 1.
  func advance(_ item: Int, to share: Double) { change { $0.shares[item] = share } }

  func finish(_ item: Int, as outcome: BatchAccount.Outcome) { change { $0.finish(item, as: outcome) } }

  /// Says that so many are done by now.
  func reach(_ count: Int) { change { $0.reach(count) } }

  /// Ends the line, and says how far it went.
  func end() {
    state.withLock { state in
      show(&state, at: .now)
      state.line.end()
    }
  }

  private func change(_ body: (inout BatchAccount) -> Void) {
    state.withLock { state in
      body(&state.account)
      let now = ContinuousClock.now
      if state.line.isDue(at: now) { show(&state, at: now) }
    }
  }

  private func show(_ state: inout State, at now: ContinuousClock.Instant) {
    state.line.show(state.account.line(after: (now - start) / .seconds(1)), at: now)
  }
}

/// What is done of a batch, and what that says of the rest.
struct BatchAccount: Hashable, Sendable {
  enum Outcome: Hashable, Sendable {
    case done
    /// It was there from an earlier run.
    case skipped
    case bad
  }

  let total: Int
  private(set) var done = 0
  private(set) var skipped = 0
  private(set) var bad = 0
  /// How much of the items is done that are on their way.
  var shares: [Int: Double] = [:]

  init(total: Int) { self.total = total }

  mutating func finish(_ item: Int, as outcome: Outcome) {
    shares[item] = nil
    switch outcome {
    case .done: done += 1
    case .skipped: skipped += 1
    case .bad: bad += 1
    }
  }

  mutating func reach(_ count: Int) { done = max(done, count) }

  /// What is skipped takes no time, and so counts neither for the rate nor as left.
  func line(after seconds: Double) -> String {
    let finished = done + skipped + bad
    var line = "\(finished) of \(total)"
    if skipped > 0 { line += " (\(skipped) were there)" }
    let worked = Double(done + bad) + shares.values.reduce(0, +)
    if seconds > 0.5, worked > 0 {
      let rate = worked / seconds
      line += rate >= 1 ? String(format: ", %.1f a second", rate) : String(format: ", %.1f s each", 1 / rate)
      let left = (Double(total - skipped) - worked) / rate
      if finished < total { line += ", \(Self.clock(left)) left" }
    }
    if bad > 0 { line += ", \(bad) bad" }
    return line
  }

  /// 0:07, 12:34, 1:02:03.
  static func clock(_ seconds: Double) -> String {
    let all = Int(seconds.rounded(.up))
    let (hours, minutes) = (all / 3600, all / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, all % 60) : String(format: "%d:%02d", minutes, all % 60)
  }
}
