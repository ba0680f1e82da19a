import Foundation
import Glibc
import Logging

/// Lines on their way to a file, such as standard error. Whoever logs never waits: a thread of its own writes, and what
/// it cannot write in time is dropped and counted.
///
/// A pipe whose other end nobody reads holds 64 KiB. A program that writes its log itself then stands still with its
/// next line: all of it, if the line is written on the threads that serve.
package final class LogQueue: @unchecked Sendable {
  /// Bytes of lines that may wait.
  package static let mostBytes = 1 << 20

  /// How its lines are written.
  let format: LogFormat
  private let file: Int32
  private let capacity: Int
  /// Guards what follows.
  private let condition = NSCondition()
  private var waiting: [UInt8] = []
  /// Bytes that the thread has taken and not yet written.
  private var beingWritten = 0
  private var isThreadStarted = false
  private var dropped = 0
  /// Those of the dropped that no line has told of.
  private var untold = 0

  /// - Parameters:
  ///   - file: a descriptor, which stays open as long as the queue is used.
  ///   - format: how its lines are written.
  ///   - capacity: bytes of lines that may wait.
  package init(file: Int32, format: LogFormat = .text, capacity: Int = LogQueue.mostBytes) {
    self.file = file
    self.format = format
    self.capacity = capacity
  }

  /// Lines that were dropped so far, because nobody reads the file as fast as it is written to.
  package var droppedLines: Int { locked { dropped } }

  /// Takes a line, or drops it if too much waits.
  ///
  /// - Parameter line: with its line feed.
  func add(_ line: String) {
    locked {
      guard waiting.count + beingWritten + line.utf8.count <= capacity else {
        dropped += 1
        untold += 1
        return
      }
      waiting += line.utf8
      if !isThreadStarted {
        isThreadStarted = true
        let thread = Thread { [self] in write() }
        thread.name = "gaze.log"
        thread.start()
      }
      condition.broadcast()
    }
  }

  /// Waits until all is written, but no longer than this.
  package func flush(within seconds: Double) {
    let deadline = Date(timeIntervalSinceNow: seconds)
    locked {
      while !waiting.isEmpty || beingWritten > 0, condition.wait(until: deadline) {}
    }
  }

  /// The thread: takes all that waits, and writes it without the lock.
  private func write() -> Never {
    while true {
      let bytes = locked {
        // A loss is told of even where no line comes after it.
        while waiting.isEmpty && untold == 0 { condition.wait() }
        var bytes: [UInt8] = []
        swap(&bytes, &waiting)
        if untold > 0 {
          let lines = untold == 1 ? "1 line of the log was" : "\(untold) lines of the log were"
          let loss = "\(lines) dropped: it is not read as fast as it is written"
          bytes += format.line(.warning, label: "gaze", source: "Web", loss).utf8
          untold = 0
        }
        beingWritten = bytes.count
        return bytes
      }
      write(bytes)
      locked {
        beingWritten = 0
        condition.broadcast()
      }
    }
  }

  /// A file that cannot be written to loses its lines, like one that nobody reads.
  private func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EAGAIN {
        var readiness = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        _ = poll(&readiness, 1, -1)
      } else if count < 0 && errno != EINTR {
        let lines = rest.count { $0 == UInt8(ascii: "\n") }
        return locked { dropped += lines }
      }
      rest = rest.dropFirst(max(count, 0))
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
