package import Logging

/// Writes log lines as swift-log's own handler for standard error does, or as JSON, but into a queue.
package struct QueuedLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level
  private let label: String
  private let queue: LogQueue

  package init(label: String, queue: LogQueue, level: Logger.Level = .info) {
    self.label = label
    self.queue = queue
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = "\(error)" }
    let fields = all.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    queue.add(queue.format.line(event.level, label: label, source: event.source, "\(event.message)", fields))
  }
}
