import Autodiff
import CoreMetrics
import Synchronization

/// Keeps what is recorded by swift-metrics, for `GET /metrics`.
///
/// Given to whoever records (`Counter(label:dimensions:factory:)`) and not to `MetricsSystem`, so that two services in
/// one process, such as those of two tests, do not count together.
final class MetricsRegistry: MetricsFactory, Sendable {
  /// A metric by its name in Prometheus: what it says, and the bounds of its buckets where it has any.
  struct Description: Sendable {
    let name: String
    let help: String
    var bounds: [Double] = []
  }

  fileprivate struct Series: Hashable {
    let name: String
    /// Of the labels; a metric's labels have the same names in the same order, always.
    let values: [String]
  }

  private struct State {
    var counters: [Series: CounterCell] = [:]
    var histograms: [Series: HistogramCell] = [:]
    var labelNames: [String: [String]] = [:]
  }

  private let descriptions: [Description]
  private let state = Guarded(State())

  /// - Parameter descriptions: of the metrics that will be recorded, in the order in which they are written.
  init(_ descriptions: [Description]) { self.descriptions = descriptions }

  // MARK: MetricsFactory

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    cell(label, dimensions, in: \.counters) { CounterCell() }
  }

  /// A distribution by the bounds of the description. Gauges are not recorded here but read when they are asked for.
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    histogram(label, dimensions)
  }

  /// Recorded in nanoseconds, kept in seconds.
  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler { histogram(label, dimensions) }

  private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramCell {
    let bounds = descriptions.first { $0.name == label }?.bounds ?? []
    return cell(label, dimensions, in: \.histograms) { HistogramCell(bounds) }
  }

  private func cell<Cell>(
    _ label: String, _ dimensions: [(String, String)],
    in cells: any WritableKeyPath<State, [Series: Cell]> & Sendable, _ make: () -> Cell
  ) -> Cell {
    let series = Series(name: label, values: dimensions.map(\.1))
    return state.withLock { state in
      if let known = state[keyPath: cells][series] { return known }
      let cell = make()
      state[keyPath: cells][series] = cell
      state.labelNames[label] = dimensions.map(\.0)
      return cell
    }
  }

  // Series stay: what has been counted once is reported for as long as the process runs.
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}

  // MARK: Text

  /// Writes every described metric, also those of which nothing has been recorded yet.
  func write(to output: inout PrometheusText) {
    let (counters, histograms, labelNames) = state.withLock { ($0.counters, $0.histograms, $0.labelNames) }
    let (counted, distributed) = (Self.sorted(counters), Self.sorted(histograms))
    for description in descriptions {
      let names = labelNames[description.name] ?? []
      output.begin(description.name, description.bounds.isEmpty ? .counter : .histogram, description.help)
      if !description.bounds.isEmpty {
        for (values, cell) in distributed[description.name] ?? [] {
          cell.write(to: &output, description, names, values)
        }
      } else {
        for (values, cell) in counted[description.name] ?? [] {
          output.sample(description.name, Self.labels(names, values), Double(cell.value))
        }
      }
    }
  }

  fileprivate static func labels(_ names: [String], _ values: [String]) -> [(key: String, value: String)] {
    zip(names, values).map { (key: $0, value: $1) }
  }

  private static func sorted<Cell>(_ cells: [Series: Cell]) -> [String: [(values: [String], cell: Cell)]] {
    Dictionary(grouping: cells, by: \.key.name).mapValues { series in
      series.map { (values: $0.key.values, cell: $0.value) }.sorted {
        $0.values.lexicographicallyPrecedes($1.values)
      }
    }
  }
}

private final class CounterCell: CounterHandler, Sendable {
  private let count = Atomic<Int64>(0)

  var value: Int64 { count.load(ordering: .relaxed) }

  func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
  func reset() { count.store(0, ordering: .relaxed) }
}

/// A distribution: how many values there were up to each bound.
private final class HistogramCell: RecorderHandler, TimerHandler, Sendable {
  private struct State {
    /// Of the values in each bucket by itself; the last is for those above all bounds.
    var counts: [Int]
    var sum = 0.0
  }

  private let bounds: [Double]
  private let state: Guarded<State>

  init(_ bounds: [Double]) {
    self.bounds = bounds
    state = Guarded(State(counts: [Int](repeating: 0, count: bounds.count + 1)))
  }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[bucket] += 1
      state.sum += value
    }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  /// Prometheus wants cumulative counts.
  func write(
    to output: inout PrometheusText, _ description: MetricsRegistry.Description, _ names: [String], _ values: [String]
  ) {
    let state = state.withLock { $0 }
    let labels = MetricsRegistry.labels(names, values)
    var total = 0
    for (count, bound) in zip(state.counts, bounds + [.infinity]) {
      total += count
      output.sample(
        description.name + "_bucket", labels + [(key: "le", value: PrometheusText.number(bound))], Double(total))
    }
    output.sample(description.name + "_sum", labels, state.sum)
    output.sample(description.name + "_count", labels, Double(total))
  }
}
