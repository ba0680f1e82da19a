import ArgumentParser
import Foundation
import Images
import Load
import TestSupport
import Testing

@testable import gaze

@Suite("gaze bench: what it is asked for")
struct BenchOptionTests {
  @Test("without loads it takes a few clients; lists are read in their order")
  func plan() throws {
    #expect(try BenchCommand.parse([]).plan() == .init(clients: [1, 2, 4, 8], rates: [], multiples: []))
    #expect(try BenchCommand.parse(["--rate", "2.5,1"]).plan() == .init(clients: [], rates: [2.5, 1], multiples: []))
    #expect(
      try BenchCommand.parse(["--of-peak", "0.5,10"]).plan()
        == .init(clients: [1, 2, 4, 8], rates: [], multiples: [0.5, 10]))
    #expect(try BenchCommand.parse(["--", "--threads", "1"]).serveArguments == ["--threads", "1"])
  }

  @Test(
    "what cannot be is refused with what would work",
    arguments: [
      (["--request", "explode"], "explain, predict, heatmap, long, health"),
      (["--request", "explain,"], "'' is none of them"), (["--clients", "0"], "numbers from 1 to 60000"),
      (["--clients", "2;4"], "comma-separated"), (["--rate", "0"], "--rate takes numbers"),
      (["--rate", "inf"], "--rate takes numbers"), (["--duration", "0"], "--duration must be between"),
      (["--connections", "0"], "--connections must be between"), (["--plot", "a.gif"], ".png, .svg or .pdf"),
      (["--rate", "1", "--honour-retry-after"], "add --clients"), (["--rate", "1", "--of-peak", "2"], "add --clients"),
      (["http://127.0.0.1:1", "--", "--threads", "1"], "leave out the address"), (["--spacing", "random"], "poisson"),
    ] as [([String], String)])
  func refusals(arguments: [String], part: String) throws {
    let error = #expect(throws: (any Error).self) { _ = try BenchCommand.parse(arguments) }
    let message = BenchCommand.fullMessage(for: try #require(error))
    #expect(message.contains(part), "\(message)")
  }

  @Test("the picture of its own is a photograph that the service takes")
  func picture() throws {
    let image = try decodeImage(BenchRequest.picture())
    #expect(image.image.size == ImageSize(width: 224, height: 224))
    #expect(Set(image.image.pixels).count > 100)
  }
}

/// Runs the program itself.
@Suite(
  "gaze bench: what it measures", .serialized,
  .enabled(
    if: RunningService.canRun, "needs the program gaze beside the tests, and gaze models fetch efficientnet-lite0"))
struct BenchProgramTests {
  private func bench(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
    let (process, output, errors) = (Process(), Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: try #require(RunningService.program))
    process.arguments = ["bench"] + arguments
    (process.standardOutput, process.standardError) = (output, errors)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, errorText)
  }

  @Test("a server that runs is driven and goes on; figures are written whole")
  func running() throws {
    let service = try RunningService()
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: file) }
    let (code, output, errors) = try bench([
      service.address, "--request", "health,heatmap,predict", "--clients", "2", "--rate", "6", "--spacing", "even",
      "--duration", "1.5",
      "--warmup", "0.1", "--json", file.path,
    ])
    #expect(code == 0, "\(errors)")
    #expect(output.contains("2 clients") && output.contains("6.0/s"))
    struct Report: Decodable {
      struct Step: Decodable {
        struct Row: Decodable {
          let request: String
          let good: Int
          let failed: Int
        }
        let requests: [Row]
      }
      let steps: [Step]
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: file))
    #expect(report.steps.count == 2)
    for step in report.steps {
      #expect(step.requests.map(\.request) == ["health", "heatmap", "predict"])
      #expect(step.requests.allSatisfy { $0.good > 0 && $0.failed == 0 })
    }
    #expect(try service.get("/healthz").status == 200)
  }

  @Test("a server of its own is started, and gone afterwards")
  func started() throws {
    let (code, output, errors) = try bench([
      "--request", "health", "--clients", "1", "--duration", "0.2", "--warmup", "0", "--", "--threads", "1",
    ])
    #expect(code == 0, "\(errors)")
    let address = try #require(output.split(separator: ",").first.map(String.init))
    let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
    let (refused, _, text) = try bench(["http://127.0.0.1:\(port)"])
    #expect(refused == Failure.Code.unavailable.rawValue && text.contains("Nothing answers"))
  }

  @Test("a server that does not begin is told with its own words")
  func cannotStart() throws {
    let (code, _, errors) = try bench(["--", "--host", "nowhere.invalid"])
    #expect(code == Failure.Code.unavailable.rawValue)
    #expect(errors.contains("There is no address for the name 'nowhere.invalid'"))
  }
}
