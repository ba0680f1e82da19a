import Foundation

/// An append-only log, chained by digests. A thread of its own writes it, in the order in which events come; whoever
/// brings some waits until they are written, without holding a thread. What comes meanwhile is written together.
///
/// Where the log cannot be written nothing that must be logged is answered: `check` throws, and `append` does. The
/// thread then tries once a second, and tells in the log what was refused meanwhile.
///
/// `@unchecked Sendable`: `condition` guards the state; `file` is the thread's once it has begun.
package final class AuditLog: @unchecked Sendable {
  private struct Waiting {
    let entries: [AuditEntry]
    let end: @Sendable (AuditLogError?) -> Void
  }

  /// Requests whose events are written together, at most.
  private static let batch = 256

  private let file: AuditFile
  private let condition = NSCondition()
  private var waiting: [Waiting] = []
  private var fault: AuditLogError?
  /// What was refused since the log could no longer be written.
  private var refused = 0
  private var isClosing = false
  /// What has been logged as `AuditEntry.once`.
  private var known: Set<[String: JSONTree]> = []

  /// Opens the log and writes its first line.
  package init(_ settings: AuditLogSettings, beginning: AuditEntry) throws(AuditLogError) {
    file = try AuditFile(settings)
    try file.append(Self.members(of: [beginning]))
    let thread = Thread { [self] in write() }
    thread.name = "gaze.audit"
    thread.start()
  }

  /// Throws while the log cannot be written, and counts what is refused for it.
  package func check() throws(AuditLogError) {
    let reason = locked {
      if fault != nil { refused += 1 }
      return fault
    }
    if let reason { throw reason }
  }

  /// Why it cannot be written; nil while it can.
  package var currentFault: AuditLogError? { locked { fault } }

  /// Returns once the entries are written.
  package func append(_ entries: [AuditEntry]) async throws(AuditLogError) {
    let error = await withCheckedContinuation { continuation in
      let isTaken = locked {
        guard !isClosing else { return false }
        waiting.append(Waiting(entries: entries) { continuation.resume(returning: $0) })
        condition.broadcast()
        return true
      }
      if !isTaken { continuation.resume(returning: AuditLogError.closed) }
    }
    if let error { throw error }
  }

  /// Writes what waits and a last line, and ends the thread.
  package func close(with ending: AuditEntry) async throws(AuditLogError) {
    let error = await withCheckedContinuation { continuation in
      let isTaken = locked {
        guard !isClosing else { return false }
        isClosing = true
        waiting.append(Waiting(entries: [ending]) { continuation.resume(returning: $0) })
        condition.broadcast()
        return true
      }
      if !isTaken { continuation.resume(returning: nil) }
    }
    if let error { throw error }
  }

  // MARK: - The thread

  private func write() {
    while true {
      let (batch, isLast) = locked {
        while waiting.isEmpty && fault == nil && !isClosing { condition.wait() }
        // A log that cannot be written is tried again after a while, whether or not anything waits.
        if waiting.isEmpty && !isClosing { _ = condition.wait(until: Date(timeIntervalSinceNow: 1)) }
        let batch = Array(waiting.prefix(Self.batch))
        waiting.removeFirst(batch.count)
        return (batch, isClosing && waiting.isEmpty)
      }
      write(batch)
      if isLast { return }
    }
  }

  private func write(_ batch: [Waiting]) {
    var lines: [[String: JSONTree]] = []
    let (fault, refused) = locked { (self.fault, self.refused) }
    if let fault {
      lines.append([
        "event": "resumed", "reason": .text(fault.description), "refused": .number(Double(refused)),
      ])
    }
    var outcomes: [AuditLogError?] = []
    var known = known
    for waiting in batch {
      do throws(AuditLogError) {
        let own = try Self.members(of: waiting.entries)
        for once in waiting.entries.compactMap(\.once) where known.insert(once).inserted { lines.append(once) }
        lines += own
        outcomes.append(nil)
      } catch {
        outcomes.append(error)
      }
    }
    do throws(AuditLogError) {
      if !lines.isEmpty { try file.append(lines) }
      self.known = known
      locked {
        if fault != nil { (self.fault, self.refused) = (nil, self.refused - refused) }
      }
    } catch {
      locked {
        self.fault = error
        self.refused += batch.count
      }
      outcomes = outcomes.map { $0 ?? error }
    }
    for (waiting, outcome) in zip(batch, outcomes) { waiting.end(outcome) }
  }

  private static func members(of entries: [AuditEntry]) throws(AuditLogError) -> [[String: JSONTree]] {
    do { return try entries.map { try $0.members() } } catch { throw .cannotDescribe("\(error)") }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
