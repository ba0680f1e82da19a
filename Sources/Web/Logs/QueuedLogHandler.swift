package import Logging

/// Writes log lines as swift-log's own handler for standard error does, but into a queue.
package struct QueuedLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel = Logger.Level.info
  private let label: String
  private let queue: LogQueue

  package init(label: String, queue: LogQueue) {
    self.label = label
    self.queue = queue
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
    let fields = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    queue.add(
      "\(LogQueue.time()) \(event.level) \(label):"
        + Self.oneLine("\(fields) [\(event.source)] \(event.message)") + "\n")
  }

  /// Whatever a value holds, a line stays one line, and a terminal is told nothing.
  private static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      result += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return result
  }
}
