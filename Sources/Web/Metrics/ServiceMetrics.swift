import Autodiff
import Explain
import Models
import Serving

/// What the service has done and what it holds, for `GET /metrics`.
final class ServiceMetrics: Sendable {
  /// Where requests are recorded.
  let requests: RequestMetrics
  private let registry = MetricsRegistry(RequestMetrics.descriptions)
  private let process = ProcessStatistics()
  private let logs: LogQueue?
  private let spans: SpanQueue?
  private let connections: Connections

  /// - Parameters:
  ///   - logs: the log's queue, where it has one.
  ///   - spans: those that wait to be exported, where they are.
  init(_ connections: Connections, logs: LogQueue?, spans: SpanQueue?) {
    self.connections = connections
    self.logs = logs
    self.spans = spans
    requests = RequestMetrics(registry)
  }

  func text(of service: ServiceStatistics) -> String {
    var output = PrometheusText()
    output.begin("gaze_build_info", .gauge, "The version that runs; always 1.")
    output.sample("gaze_build_info", ["version": gazeVersion], 1)
    output.single(
      "gaze_forward_passes_total", .counter, "Networks run from the image on.", Double(service.forwardPasses))
    registry.write(to: &output)
    write(service.models, to: &output)
    write(kept: service, to: &output)
    write(pool: service, to: &output)
    write(service.tensors, to: &output)
    output.single(
      "gaze_log_lines_dropped_total", .counter, "Lines of the log that nobody read in time.",
      Double(logs?.droppedLines ?? 0))
    if let spans { spans.write(to: &output) }
    connections.write(to: &output)
    process.write(to: &output)
    return output.text
  }

  private func write(_ models: ModelLibrary.Counters, to output: inout PrometheusText) {
    output.single("gaze_models_loaded", .gauge, "Models in memory.", Double(models.loadedModels))
    output.single("gaze_models_loaded_bytes", .gauge, "Bytes of their weights.", Double(models.loadedBytes))
    output.single("gaze_model_loads_total", .counter, "Models loaded.", Double(models.loads))
    output.single(
      "gaze_model_unloads_total", .counter, "Models unloaded to make room for others.", Double(models.unloads))
    output.single(
      "gaze_model_load_failures_total", .counter, "Models that could not be loaded.", Double(models.failures))
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
