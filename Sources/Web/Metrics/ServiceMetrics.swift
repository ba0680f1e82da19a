import Autodiff
import Explain
import Models
import Serving

/// What the service has done and what it holds, for `GET /metrics`.
final class ServiceMetrics: Sendable {
  private struct Request: Hashable {
    let route: String
    let method: String
    let status: Int
  }

  /// Cumulative counts by upper bound, as Prometheus wants them.
  private struct Histogram {
    /// Seconds: from a static file to a large photograph on a busy machine.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    var counts = [Int](repeating: 0, count: bounds.count)
    var count = 0
    var sum = 0.0

    mutating func record(_ seconds: Double) {
      for (index, bound) in Self.bounds.enumerated() where seconds <= bound { counts[index] += 1 }
      count += 1
      sum += seconds
    }
  }

  private struct State {
    var requests: [Request: Int] = [:]
    var durations: [String: Histogram] = [:]
  }

  private let state = Guarded(State())
  private let process = ProcessStatistics()
  private let logs: LogQueue?

  private let connections: Connections

  /// - Parameter logs: the log's queue, where it has one.
  init(_ connections: Connections, logs: LogQueue?) {
    self.connections = connections
    self.logs = logs
  }

  /// - Parameter route: the pattern that matched; there must be a bounded number of them.
  func record(route: String, method: String, status: Int, duration: Duration) {
    state.withLock { state in
      state.requests[Request(route: route, method: method, status: status), default: 0] += 1
      state.durations[route, default: Histogram()].record(duration.milliseconds / 1e3)
    }
  }

  func text(of service: ServiceStatistics) -> String {
    var output = PrometheusText()
    output.begin("gaze_build_info", .gauge, "The version that runs; always 1.")
    output.sample("gaze_build_info", ["version": gazeVersion], 1)
    output.single(
      "gaze_forward_passes_total", .counter, "Networks run from the image on.", Double(service.forwardPasses))
    write(requests: &output)
    write(service.models, to: &output)
    write(kept: service, to: &output)
    write(pool: service, to: &output)
    write(service.tensors, to: &output)
    output.single(
      "gaze_log_lines_dropped_total", .counter, "Lines of the log that nobody read in time.",
      Double(logs?.droppedLines ?? 0))
    connections.write(to: &output)
    process.write(to: &output)
    return output.text
  }

  private func write(requests output: inout PrometheusText) {
    let state = self.state.withLock { $0 }
    output.begin("gaze_requests_total", .counter, "Requests answered, by route pattern, method and status.")
    let order = { (a: Request, b: Request) in (a.route, a.method, a.status) < (b.route, b.method, b.status) }
    for request in state.requests.keys.sorted(by: order) {
      output.sample(
        "gaze_requests_total", ["route": request.route, "method": request.method, "status": String(request.status)],
        Double(state.requests[request, default: 0]))
    }
    let name = "gaze_request_duration_seconds"
    output.begin(name, .histogram, "Time from a request's head to its answer's head, by route pattern.")
    for (route, histogram) in state.durations.sorted(by: { $0.key < $1.key }) {
      for (bound, count) in zip(Histogram.bounds, histogram.counts) {
        output.sample("\(name)_bucket", ["route": route, "le": String(bound)], Double(count))
      }
      output.sample("\(name)_bucket", ["route": route, "le": "+Inf"], Double(histogram.count))
      output.sample("\(name)_sum", ["route": route], histogram.sum)
      output.sample("\(name)_count", ["route": route], Double(histogram.count))
    }
  }

  private func write(_ models: ModelLibrary.Counters, to output: inout PrometheusText) {
    output.single("gaze_models_loaded", .gauge, "Models in memory.", Double(models.loadedModels))
    output.single("gaze_models_loaded_bytes", .gauge, "Bytes of their weights.", Double(models.loadedBytes))
    output.single("gaze_model_loads_total", .counter, "Models loaded.", Double(models.loads))
    output.single(
      "gaze_model_unloads_total", .counter, "Models unloaded to make room for others.", Double(models.unloads))
  }

  private func write(kept service: ServiceStatistics, to output: inout PrometheusText) {
    output.single("gaze_analyses_kept", .gauge, "Analyses kept.", Double(service.kept))
    output.single("gaze_analyses_kept_bytes", .gauge, "Bytes of kept analyses.", Double(service.keptBytes))
    output.single(
      "gaze_analyses_budget_bytes", .gauge, "Bytes that kept analyses may take.", Double(service.keptBudget))
    output.begin("gaze_analyses_dropped_total", .counter, "Kept analyses that were dropped, by reason.")
    for dropped in service.dropped {
      output.sample("gaze_analyses_dropped_total", ["reason": dropped.reason], Double(dropped.count))
    }
  }

  private func write(pool service: ServiceStatistics, to output: inout PrometheusText) {
    let load = service.load
    output.single("gaze_compute_slots", .gauge, "Pieces of work that can run at once.", Double(service.slots))
    output.single("gaze_compute_slots_busy", .gauge, "Pieces of work that run.", Double(load.running))
    output.single(
      "gaze_compute_parked", .gauge, "Pieces of work that have begun and let others go first.", Double(load.parked))
    output.single("gaze_compute_waiting", .gauge, "Pieces of work that wait for a slot.", Double(load.waiting))
    output.single("gaze_compute_waiting_bytes", .gauge, "Bytes of the bodies that wait.", Double(load.waitingBytes))
    output.single("gaze_compute_threads", .gauge, "Threads for pieces of work.", Double(load.threads))
    output.begin("gaze_compute_refused_total", .counter, "Pieces of work that were refused, by reason.")
    for reason in Refusal.allCases {
      output.sample(
        "gaze_compute_refused_total", ["reason": reason.rawValue], Double(load.refused[reason, default: 0]))
    }
    let queue = "gaze_compute_queue_seconds"
    output.begin(queue, .summary, "How long pieces of work had waited when they began.")
    output.sample("\(queue)_sum", [:], load.queueTime.milliseconds / 1e3)
    output.sample("\(queue)_count", [:], Double(load.begun))
  }

  private func write(_ buffers: BufferPool.Counters, to output: inout PrometheusText) {
    output.single("gaze_tensor_bytes", .gauge, "Bytes of tensors in use.", Double(buffers.live))
    output.single("gaze_tensor_peak_bytes", .gauge, "The most bytes of tensors in use so far.", Double(buffers.peak))
    output.single("gaze_tensor_idle_bytes", .gauge, "Bytes kept for the next tensors.", Double(buffers.idle))
    output.begin("gaze_tensor_blocks_total", .counter, "Blocks of memory lent to tensors, by where they came from.")
    output.sample("gaze_tensor_blocks_total", ["from": "pool"], Double(buffers.reused))
    output.sample("gaze_tensor_blocks_total", ["from": "system"], Double(buffers.fromSystem))
  }
}
