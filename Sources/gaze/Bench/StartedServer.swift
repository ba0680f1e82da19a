import Autodiff
import Foundation
import Load

/// A `gaze serve` of this program's own, on a free port, ended with the measurement.
final class StartedServer: Sendable {
  let address: LoadAddress
  private let process: Guarded<Process>
  /// The end of what it said on its error output.
  private static let keptCharacters = 4096

  /// - Throws: `Failure` with what the server said where it does not begin.
  init(arguments: [String]) throws {
    let (process, output, errors) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["serve", "--port", "0"] + arguments
    (process.standardOutput, process.standardError) = (output, errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = Guarded("")
    let reading = DispatchGroup()
    reading.enter()
    // Its log is read all the time: a pipe that is full would have it drop lines.
    Thread.detachNewThread {
      while case let more = errors.fileHandleForReading.availableData, !more.isEmpty {
        said.withLock { $0 = String(($0 + String(decoding: more, as: UTF8.self)).suffix(Self.keptCharacters)) }
      }
      reading.leave()
    }
    var line: [UInt8] = []
    while line.last != UInt8(ascii: "\n"), let byte = output.fileHandleForReading.readData(ofLength: 1).first {
      line.append(byte)
    }
    // "Gaze VERSION is ready: ADDRESS"
    guard let word = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).last,
      let address = try? LoadAddress(String(word))
    else {
      process.waitUntilExit()
      _ = reading.wait(timeout: .now() + 1)
      let reason = said.withLock { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
      throw Failure(.unavailable, "the server does not begin. It says: \(reason)")
    }
    self.address = address
    self.process = Guarded(process)
  }

  /// Asks it to end; what still runs there is not waited for.
  func end() {
    process.withLock { process in
      for _ in 0..<2 where process.isRunning { process.terminate() }
      process.waitUntilExit()
    }
  }
}
