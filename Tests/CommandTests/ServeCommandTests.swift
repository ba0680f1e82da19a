import ArgumentParser
import Foundation
import Images
import Models
import Synchronization
import TestSupport
import Testing

@testable import gaze

@Suite("gaze serve: what it refuses")
struct ServeOptionTests {
  @Test(
    "options that cannot be are refused with what would work",
    arguments: [
      (["--allowed-host", "http://gaze.example"], "without scheme and port"),
      (["--allowed-host", "gaze.example:8080"], "without scheme and port"),
      (["--allowed-origin", "gaze.example"], "https://example.org"),
      (["--allowed-origin", "*"], "https://example.org"),
      (["--allowed-origin", "https://a.example/page"], "https://example.org"),
      (["--shutdown-delay", "-1"], "--shutdown-delay"), (["--shutdown-timeout", "3601"], "--shutdown-timeout"),
      (["--port", "65536"], "--port"), (["--replica", "Gaze.0"], "such as gaze-0"),
    ] as [([String], String)])
  func refusals(arguments: [String], part: String) throws {
    let error = #expect(throws: (any Error).self) { _ = try ServeCommand.parse(arguments) }
    #expect(ServeCommand.fullMessage(for: try #require(error)).contains(part))
  }

  @Test("what is allowed may be given more than once")
  func repeated() throws {
    let command = try ServeCommand.parse([
      "--allowed-host", "a.example", "--allowed-host", "::1", "--allowed-host", "*", "--allowed-origin",
      "https://a.example", "--allowed-origin", "http://localhost:3000",
    ])
    #expect(command.options.given["allowed-host"] == ["a.example", "::1", "*"])
    #expect(command.options.given["allowed-origin"]?.count == 2)
  }
}

/// Runs the program itself.
@Suite(
  "gaze serve: how it begins and ends", .serialized,
  .enabled(
    if: RunningService.canRun, "needs the program gaze beside the tests, and gaze models fetch efficientnet-lite0"))
struct ServeProgramTests {
  /// Far more passes than any test waits for.
  private static let long = "method=rise&masks=9000"

  @Test("asked to end while nothing runs, it ends at once with 0", arguments: [SIGTERM, SIGINT])
  func idle(signal: Int32) throws {
    let service = try RunningService()
    #expect(try service.get("/readyz").status == 200)
    service.signal(signal)
    #expect(service.hasEnded())
    #expect(service.exitCode == 0)
    #expect(service.log.contains("cancelled=0 [Web] ended"))
  }

  @Test("asked to end, it finishes what runs, within its time")
  func finishes() throws {
    let service = try RunningService(["--shutdown-timeout", "600"])
    let answer = Background { try service.explain("method=rise&masks=60") }
    #expect(eventually { service.computing == 1 })
    service.signal(SIGTERM)
    #expect(try answer.value().status == 200)
    #expect(service.hasEnded())
    #expect(service.exitCode == 0)
    #expect(service.log.contains("cancelled=0 [Web] ended"))
  }

  @Test("what runs longer is cancelled and told so, and the service ends with 0")
  func cancels() throws {
    let service = try RunningService(["--shutdown-timeout", "1"])
    let answers = (0..<2).map { _ in Background { try service.explain(Self.long) } }
    #expect(eventually { service.computing == 2 })
    service.signal(SIGTERM)
    for answer in answers {
      let answer = try answer.value()
      #expect(answer.status == 503)
      #expect(answer.body.contains(#""code":"ending""#))
    }
    #expect(service.hasEnded())
    #expect(service.exitCode == 0)
    #expect(service.log.contains("cancelled=2 [Web] ended"))
  }

  @Test("a second signal cancels at once", arguments: [SIGTERM, SIGINT])
  func secondSignal(signal: Int32) throws {
    let service = try RunningService(["--shutdown-delay", "600", "--shutdown-timeout", "600"])
    let answer = Background { try service.explain(Self.long) }
    #expect(eventually { service.computing == 1 })
    service.signal(SIGTERM)
    // It goes on to accept and to answer, and says that it is not ready.
    #expect(eventually { (try? service.get("/readyz").status) == 503 })
    #expect(try service.get("/livez").status == 200)
    service.signal(signal)
    #expect(try answer.value().status == 503)
    #expect(service.hasEnded())
    #expect(service.exitCode == 0)
    #expect(service.log.contains("cancelled=1 [Web] ended"))
  }

  @Test("a terminal that is closed changes nothing")
  func hangUp() throws {
    let service = try RunningService()
    service.signal(SIGHUP)
    #expect(eventually { service.log.contains("SIGHUP") })
    #expect(try service.get("/readyz").status == 200)
    service.signal(SIGTERM)
    #expect(service.hasEnded())
    #expect(service.exitCode == 0)
  }

  @Test("a log that nobody reads holds up no request, and not the end")
  func unreadLog() throws {
    let service = try RunningService(["--log-level", "debug"], readsLog: false)
    // A line has some 150 bytes, a pipe takes 65,536, the queue a mebibyte.
    for _ in 0..<12_000 { try #require(try service.get("/healthz").status == 200) }
    #expect(try #require(service.metric("gaze_log_lines_dropped_total")) > 0)
    service.signal(SIGTERM)
    #expect(service.hasEnded())
    #expect(service.exitCode == 0)
  }

  @Test("the settings are printed as a file, without a start, and refused like those of a start")
  func printedSettings() throws {
    let (code, text, output) = try RunningService.ended(["--print-config", "--keep", "5min"])
    #expect(code == 0)
    #expect(output.contains(#""keep": "300s""#) && text.contains("keep: --keep\n"))
    let refused = try RunningService.ended(["--config", "/nowhere.json"])
    #expect(refused.code == Failure.Code.usage.rawValue && refused.text.contains("/nowhere.json cannot be read"))
  }

  @Test("an IPv6 address is printed as one goes to it")
  func ipv6() throws {
    let service = try RunningService(["--host", "::1"])
    #expect(service.address.hasPrefix("http://[::1]:"))
    #expect(try service.get("/healthz").status == 200)
  }

  @Test(
    "an address that cannot be listened on is told with what would work",
    arguments: [
      ("nowhere.invalid", "There is no address for the name 'nowhere.invalid'"),
      ("192.0.2.1", "'192.0.2.1' is not an address of this machine"),
    ])
  func badHosts(host: String, words: String) throws {
    let (code, text) = try RunningService.refusal(["--host", host, "--port", "0"])
    #expect(code == Failure.Code.unavailable.rawValue)
    #expect(text.contains(words) && text.contains("127.0.0.1"))
    #expect(!text.contains("Error"), "\(text)")
  }

  @Test("a port that is taken is told, with the address as it is written")
  func takenPort() throws {
    let service = try RunningService(["--host", "::1"])
    let (code, text) = try RunningService.refusal(["--host", "::1", "--port", String(service.port)])
    #expect(code == Failure.Code.unavailable.rawValue)
    #expect(text.contains("[::1]:\(service.port)") && text.contains("choose another port"))
  }
}

/// `gaze serve` on a port of its own, ended with its object.
final class RunningService: @unchecked Sendable {
  static let program = KilledTrainingTests.program
  static let model = "efficientnet-lite0"
  static let canRun =
    program != nil
    && (ProcessInfo.processInfo.environment["GAZE_REQUIRE_MODELS"] == "1" || ModelStore.standard().contains(model))

  /// As it says itself.
  let address: String
  let port: Int
  private let process: Process
  private let errors: Pipe
  private let heard = Mutex("")

  init(_ arguments: [String] = [], readsLog: Bool = true) throws {
    let output = Pipe()
    (process, errors) = try Self.start(arguments + ["--port", "0"], output: output)
    // The one line that it says there.
    var line: [UInt8] = []
    while line.last != UInt8(ascii: "\n"), let byte = output.fileHandleForReading.readData(ofLength: 1).first {
      line.append(byte)
    }
    let words = String(decoding: line.dropLast(), as: UTF8.self).split(separator: " ")
    address = String(try #require(words.last))
    port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
    guard readsLog else { return }
    Thread.detachNewThread { [errors, weak self] in
      while case let more = errors.fileHandleForReading.availableData, !more.isEmpty {
        self?.heard.withLock { $0 += String(decoding: more, as: UTF8.self) }
      }
    }
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  /// What it says where it does not begin.
  static func refusal(_ arguments: [String]) throws -> (code: Int32, text: String) {
    let (code, text, _) = try ended(arguments)
    return (code, text)
  }

  /// How it ends by itself, and what it says on both of its outputs. Both are less than a pipe takes.
  static func ended(_ arguments: [String]) throws -> (code: Int32, text: String, output: String) {
    let output = Pipe()
    let (process, errors) = try start(arguments, output: output)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (
      process.terminationStatus, text,
      String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    )
  }

  private static func start(_ arguments: [String], output: Pipe) throws -> (Process, Pipe) {
    let (process, errors) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: try #require(program))
    process.arguments = ["serve", "--model", model, "--threads", "2"] + arguments
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return (process, errors)
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  func hasEnded() -> Bool { eventually { !process.isRunning } }

  /// Negative while it runs, or where a signal ended it.
  var exitCode: Int32 {
    process.isRunning ? -1 : process.terminationReason == .exit ? process.terminationStatus : -2
  }

  /// Its error output so far; all of it once it has ended.
  var log: String {
    if !process.isRunning { _ = eventually { heard.withLock { $0.contains("] ended") } } }
    return heard.withLock { $0 }
  }

  func get(_ path: String) throws -> PlainAnswer { try send(PlainRequest("GET", path, ["Host: localhost"])) }

  func explain(_ query: String) throws -> PlainAnswer {
    let pixels = (0..<64 * 64 * 3).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let image = encodePNG(RGBImage(size: ImageSize(width: 64, height: 64), pixels: pixels))
    return try send(PlainRequest("POST", "/api/explain?" + query, ["Host: localhost"], body: image))
  }

  private func send(_ request: PlainRequest) throws -> PlainAnswer {
    try request.answer(host: address.contains("[::1]") ? "::1" : "127.0.0.1", port: port)
  }

  func metric(_ name: String) -> Double? {
    (try? get("/metrics").body)?.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .flatMap { Double($0.dropFirst(name.count + 1)) }
  }

  /// Requests that compute, or wait for it.
  var computing: Int {
    Int((metric("gaze_compute_slots_busy") ?? 0) + (metric("gaze_compute_waiting") ?? 0))
  }
}
