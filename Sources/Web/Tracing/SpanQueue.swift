import Autodiff

/// Spans that have ended and wait to be exported. Whoever adds one never waits: beyond a number of them they are
/// dropped and counted.
final class SpanQueue: Sendable {
  private struct State {
    var waiting: [SpanRecord] = []
    var exported = 0
    var dropped = 0
  }

  private let limit: Int
  private let state = Guarded(State())

  /// - Parameter limit: spans that may wait, some kilobyte each.
  init(limit: Int = 2048) { self.limit = limit }

  func add(_ span: SpanRecord) {
    state.withLock { state in
      if state.waiting.count < limit { state.waiting.append(span) } else { state.dropped += 1 }
    }
  }

  /// Takes the oldest spans, at most `count` of them.
  func take(_ count: Int) -> [SpanRecord] {
    state.withLock { state in
      let taken = Array(state.waiting.prefix(count))
      state.waiting.removeFirst(taken.count)
      return taken
    }
  }

  /// Says what became of spans that were taken.
  func count(exported: Int = 0, dropped: Int = 0) {
    state.withLock { state in
      state.exported += exported
      state.dropped += dropped
    }
  }

  func write(to output: inout PrometheusText) {
    let state = state.withLock { $0 }
    output.single("gaze_spans_waiting", .gauge, "Spans that wait to be exported.", Double(state.waiting.count))
    output.single(
      "gaze_spans_exported_total", .counter, "Spans that the collector has taken.", Double(state.exported))
    output.single(
      "gaze_spans_dropped_total", .counter,
      "Spans that nobody took: the queue was full, or the collector refused them.",
      Double(state.dropped))
  }
}
