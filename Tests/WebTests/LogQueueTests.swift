import Foundation
import Glibc
import Logging
import TestSupport
import Testing

@testable import Web

/// The log never holds up whoever writes it.
@Suite struct LogQueueTests {
  /// A pipe, and what comes out of it.
  private final class TestPipe {
    private(set) var ends: [Int32] = [0, 0]

    init() { pipe(&ends) }
    deinit { closeReader() }

    var writer: Int32 { ends[1] }

    func closeReader() {
      if ends[0] >= 0 { close(ends[0]) }
      ends[0] = -1
    }

    /// Reads until `text` has come.
    func read(until text: String) -> String { read { $0.contains(text) } }

    /// Reads until that is enough, or nothing comes for half a minute.
    func read(until isEnough: (String) -> Bool) -> String {
      var (bytes, room) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
      while !isEnough(String(decoding: bytes, as: UTF8.self)) {
        var readiness = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        guard poll(&readiness, 1, 30_000) == 1 else { break }
        let count = Glibc.read(ends[0], &room, room.count)
        guard count > 0 else { break }
        bytes += room[..<count]
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private static func logger(_ queue: LogQueue) -> Logger {
    Logger(label: "test") { QueuedLogHandler(label: $0, queue: queue) }
  }

  @Test func linesComeWhole() {
    let pipe = TestPipe()
    let queue = LogQueue(file: pipe.writer)
    var logger = Self.logger(queue)
    logger[metadataKey: "id"] = "7"
    logger.info("request", metadata: ["route": "/a\nb", "ms": "2"], source: "Web")
    logger.debug("not shown")
    logger.error("second\u{1B}[2J")
    queue.flush(within: 30)
    let lines = pipe.read(until: "second").split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0].wholeMatch(of: /[-0-9]{10}T[:0-9]{8}[-+]\d{4} info test: id=7 ms=2 route=\/a\\nb \[Web\] request/) != nil
    )
    #expect(lines[1].contains("error test:"))
    #expect(!lines[1].contains("\u{1B}"))
    #expect(queue.droppedLines == 0)
  }

  @Test func aPipeThatNobodyReadsHoldsUpNobodyAndTheLossIsTold() {
    let pipe = TestPipe()
    let queue = LogQueue(file: pipe.writer, capacity: 100_000)
    let logger = Self.logger(queue)
    // A pipe takes 65,536 bytes, the queue 100,000.
    for number in 0..<5000 { logger.info("line \(number) \(String(repeating: "x", count: 100))") }
    let dropped = queue.droppedLines
    #expect((3000..<5000).contains(dropped))
    queue.flush(within: 0.01)
    // Told at once, or in parts, as the thread gets to write between the lines.
    let loss = /(\d+) lines? of the log w(?:ere|as) dropped/
    let text = pipe.read { $0.matches(of: loss).reduce(0) { $0 + (Int($1.1) ?? 0) } == dropped }
    #expect(text.matches(of: loss).reduce(0) { $0 + (Int($1.1) ?? 0) } == dropped)
    #expect(text.contains("line 0 x"))
    #expect(!text.contains("line 4999 x"))
    #expect(text.split(separator: "\n").count { $0.contains(" x") } == 5000 - dropped)
    logger.info("and on")
    #expect(pipe.read(until: "and on").contains("and on"))
    #expect(queue.droppedLines == dropped)
  }

  @Test func aReaderThatIsGoneLosesLinesAndNothingElse() {
    signal(SIGPIPE, SIG_IGN)
    let pipe = TestPipe()
    let queue = LogQueue(file: pipe.writer)
    pipe.closeReader()
    Self.logger(queue).info("nobody reads this")
    #expect(eventually { queue.droppedLines == 1 })
  }

  @Test func droppedLinesAreCountedInTheMetrics() async throws {
    let pipe = TestPipe()
    let queue = LogQueue(file: pipe.writer, capacity: 10)
    try await withService(logs: queue) { client in
      let before = try await client.metric("gaze_log_lines_dropped_total")
      Self.logger(queue).info("longer than ten bytes")
      let after = try await client.metric("gaze_log_lines_dropped_total")
      #expect(before == 0 && after == 1)
    }
  }
}
