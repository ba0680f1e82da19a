import Explain
import Foundation
import Load

/// What was measured, as it is written to a file.
struct BenchReport: Encodable {
  /// One kind of request in one step.
  struct Row: Encodable {
    let request: String
    let sent: Int
    let goodPerSecond: Double
    let good: Int
    let refused: Int
    let failed: Int
    let unfinished: Int
    let statuses: [String: Int]
    let faults: [LoadFault: Int]
    /// Milliseconds by percentile; empty where nothing was answered.
    let latency: [String: Double]
    /// Milliseconds that the 99th of a hundred requests was sent late.
    let lag: Double?

    enum CodingKeys: String, CodingKey {
      case request, sent, good, refused, failed, unfinished, statuses, faults
      case goodPerSecond = "good_per_second"
      case latency = "latency_ms"
      case lag = "send_lag_p99_ms"
    }

    init(_ request: String, _ tally: LoadTally, seconds: Double) {
      self.request = request
      sent = tally.intended
      goodPerSecond = seconds > 0 ? Double(tally.goodInTime) / seconds : 0
      good = tally.good
      refused = tally.refused
      failed = tally.failed
      unfinished = tally.unfinished
      statuses = Dictionary(uniqueKeysWithValues: tally.statuses.map { (String($0.key), $0.value) })
      faults = tally.faults
      var latency: [String: Double] = [:]
      for (name, percentile) in BenchReport.percentiles { latency[name] = tally.latency(percentile: percentile) }
      self.latency = latency
      lag = tally.lag(percentile: 99)
    }
  }

  struct Step: Encodable {
    let clients: Int?
    let ratePerSecond: Double?
    let spacing: Arrivals.Spacing?
    let seconds: Double
    let connections: Int
    let reconnections: Int
    let clientProcessors: Double
    let residentFirst: Int?
    let residentPeak: Int?
    let residentLast: Int?
    let isBrokenOff: Bool
    let requests: [Row]
    let total: Row

    enum CodingKeys: String, CodingKey {
      case clients, spacing, seconds, connections, reconnections, requests, total
      case ratePerSecond = "rate_per_second"
      case clientProcessors = "client_processors"
      case residentFirst = "server_resident_bytes_first"
      case residentPeak = "server_resident_bytes_peak"
      case residentLast = "server_resident_bytes_last"
      case isBrokenOff = "broken_off"
    }
  }

  static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100)]

  let gaze = gazeVersion
  let server: String
  let isStarted: Bool
  let model: String
  let requests: [String]
  let processor: String
  let processors: Int
  let timeout: Double
  let seed: UInt64
  private(set) var steps: [Step] = []

  enum CodingKeys: String, CodingKey {
    case gaze, server, model, requests, processor, processors, seed, steps
    case isStarted = "server_was_started"
    case timeout = "timeout_seconds"
  }

  init(_ target: BenchTarget, isStarted: Bool, requests: [String], timeout: Double, seed: UInt64) {
    server = "http://\(target.address.authority)\(target.address.prefix)"
    self.isStarted = isStarted
    model = target.model
    self.requests = requests
    processor = Self.processorName
    processors = ProcessInfo.processInfo.activeProcessorCount
    self.timeout = timeout
    self.seed = seed
  }

  mutating func add(_ result: LoadResult, kinds: [String], memory: ServerWatch.Reading) {
    var (clients, rate, spacing): (Int?, Double?, Arrivals.Spacing?)
    switch result.step.arrivals {
    case .closed(let count): clients = count
    case .open(let value, let form): (rate, spacing) = (value, form)
    }
    steps.append(
      Step(
        clients: clients, ratePerSecond: rate, spacing: spacing, seconds: result.seconds,
        connections: result.connections, reconnections: result.reconnections,
        clientProcessors: result.clientProcessors, residentFirst: memory.first, residentPeak: memory.peak,
        residentLast: memory.last, isBrokenOff: result.isBrokenOff,
        requests: zip(kinds, result.tallies).map { Row($0, $1, seconds: result.seconds) },
        total: Row("all", result.total, seconds: result.seconds)))
  }

  private static var processorName: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
    return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }

  // MARK: Text

  var heading: String {
    """
    \(server), model \(model), \(requests.joined(separator: " and ")); client and server: \(processors) x \(processor)
    times in milliseconds, from when a request was meant to be sent
    \(Self.line(["load", "request", "good/s", "p50", "p90", "p99", "p99.9", "max", "refused", "failed", "resident"]))
    """
  }

  /// The last step's part of the table: a row for each kind of request, and one for all where there are several.
  var lastRows: String {
    guard let step = steps.last else { return "" }
    let rows = step.requests.count > 1 ? step.requests + [step.total] : step.requests
    return rows.map { row in
      Self.line(
        [Self.load(step), row.request, String(format: "%.1f", row.goodPerSecond)]
          + Self.percentiles.map { row.latency[$0.0].map { String(format: $0 < 100 ? "%.1f" : "%.0f", $0) } ?? "-" }
          + ["\(row.refused)", "\(row.failed)", step.residentPeak.map { "\($0 >> 20) MiB" } ?? "-"])
    }.joined(separator: "\n")
  }

  private static func load(_ step: Step) -> String {
    step.clients.map { "\($0) client\($0 == 1 ? "" : "s")" } ?? String(format: "%.1f/s", step.ratePerSecond ?? 0)
  }

  private static func line(_ cells: [String]) -> String {
    let widths = [13, 8, 9, 8, 8, 8, 8, 8, 8, 8, 10]
    return zip(cells, widths).enumerated().map { place, cell in
      let space = String(repeating: " ", count: max(cell.1 - cell.0.count, 0))
      return place < 2 ? cell.0 + space : space + cell.0
    }.joined(separator: " ")
  }

  /// What to know before the figures are believed.
  var notes: [String] {
    var notes: [String] = []
    // Processor that the client took is missing to the server where both are one machine.
    if let most = steps.map(\.clientProcessors).max(), most > 0.1 * Double(processors) {
      notes.append(
        String(
          format: "This client took up to %.2f of %d processors; on the server's own machine they are missing there.",
          most, processors))
    }
    if let late = steps.filter({ $0.ratePerSecond != nil }).compactMap(\.total.lag).max(), late > 1 {
      notes.append(
        String(
          format: "Requests of an open loop were sent up to %.1f ms late (p99), for want of processor or connections; "
            + "their times count from when they were meant to be sent.", late))
    }
    let faults = steps.map(\.total.faults).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    if !faults.isEmpty {
      let list = LoadFault.allCases.compactMap { fault in faults[fault].map { "\($0) times \(fault.sentence)" } }
      notes.append("Without an answer: \(list.joined(separator: ", ")).")
    }
    return notes
  }

  // MARK: Plots

  /// The open loops where there are some, since they show what is more than the server can do; else the closed ones.
  private var plotted: (steps: [Step], loads: [Double], label: String) {
    let open = steps.filter { $0.ratePerSecond != nil }
    if !open.isEmpty {
      return (open, open.compactMap(\.ratePerSecond), "requests a second (open loop)")
    }
    return (steps, steps.compactMap { $0.clients.map(Double.init) }, "clients (closed loop)")
  }

  /// Good answers over the load; of open loops beside what was asked, which is far more where the server cannot.
  var goodputPlot: CurvePlot {
    let (steps, loads, label) = plotted
    let good = steps.map(\.total.goodPerSecond)
    var series = [CurvePlot.Series(name: "good answers", x: loads, y: good)]
    if steps.contains(where: { $0.ratePerSecond != nil }) {
      series.append(CurvePlot.Series(name: "asked for", x: loads, y: loads))
    }
    return CurvePlot(
      title: "What becomes of \(requests.joined(separator: " and ")) requests", xLabel: label,
      yLabel: "answers a second", series: series, yRange: 0...max(1.2 * (good.max() ?? 0), 1))
  }

  var latencyPlot: CurvePlot {
    let (steps, loads, label) = plotted
    let series = Self.percentiles.prefix(3).map { name, _ in
      CurvePlot.Series(name: name, x: loads, y: steps.map { $0.total.latency[name] ?? .nan })
    }
    return CurvePlot(
      title: "Time of good answers to \(requests.joined(separator: " and ")) requests", xLabel: label,
      yLabel: "milliseconds", series: series)
  }
}
