import ArgumentParser
import Foundation
import Networks
import TestSupport
import Testing

@testable import gaze

/// Runs commands in this process, on real photographs and a model of the store.
@Suite(
  "gaze explain and gaze evaluate", .serialized,
  .enabled(if: SharedData.isPresent, SharedData.note),
  .enabled(
    if: ProcessInfo.processInfo.environment["GAZE_REQUIRE_MODELS"] == "1"
      || ModelStore.standard().contains("keras-squeezenet1.1"),
    "needs the model keras-squeezenet1.1: gaze models fetch keras-squeezenet1.1"))
struct ExplainCommandTests {
  let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    for name in ["chelsea.png", "china.jpg", "coffee.png", "rocket.jpg"] {
      try folder.add("in/" + (name == "rocket.jpg" ? "sub/" : "") + name, try SharedData.bytes("data/photos/" + name))
    }
  }

  private func explain(into out: String, _ more: String...) async throws {
    let command = try ExplainCommand.parse(
      [folder("in"), "--model", "keras-squeezenet1.1", "--out", folder(out)] + more)
    try await command.run()
  }

  private static let stems = ["chelsea", "china", "coffee", "sub/rocket"]
  private static func names(_ stems: [String]) -> Set<String> {
    Set(stems.flatMap { stem in ["json", "npy", "png"].map { stem + "." + $0 } })
  }

  @Test("Two shards are the whole, byte for byte, at any number of threads")
  func shards() async throws {
    try await explain(into: "whole", "--threads", "2")
    try await explain(into: "parts", "--shard", "1/2", "--threads", "1")
    let first = try folder.files(in: "parts")
    try await explain(into: "parts", "--shard", "2/2", "--threads", "1")
    let whole = try folder.files(in: "whole")
    #expect(Set(whole.keys) == Self.names(Self.stems))
    #expect(try folder.files(in: "parts") == whole)
    #expect(first.count < whole.count)
  }

  @Test("A bad file is passed over and the command fails; the good ones are done")
  func badFile() async throws {
    try folder.add("in/broken.jpg", Array("no picture".utf8))
    let error = await #expect(throws: ExitCode.self) { try await explain(into: "maps") }
    #expect(error?.rawValue == Failure.Code.badData.rawValue)
    #expect(Set(try folder.files(in: "maps").keys) == Self.names(Self.stems))
  }

  @Test(
    "What is there with the same settings stays; what is not, or is of other settings or another photograph, is made")
  func resume() async throws {
    try await explain(into: "maps")
    let whole = try folder.files(in: "maps")
    // A mark that only a new run would remove.
    try folder.add("maps/chelsea.png", [1])
    try folder.add("maps/china.png", [1])
    try FileManager.default.removeItem(atPath: folder("maps/china.json"))
    try folder.add("maps/coffee.npy", [1])
    try FileManager.default.removeItem(atPath: folder("maps/coffee.png"))
    try await explain(into: "maps")
    let again = try folder.files(in: "maps")
    #expect(again["chelsea.png"] == Data([1]))
    #expect(again.filter { $0.key != "chelsea.png" } == whole.filter { $0.key != "chelsea.png" })

    try await explain(into: "maps", "--no-resume")
    #expect(try folder.files(in: "maps") == whole)

    try await explain(into: "maps", "--colormap", "viridis")
    let other = try folder.files(in: "maps")
    #expect(other["chelsea.png"] != whole["chelsea.png"])
    #expect(other["chelsea.npy"] == whole["chelsea.npy"])

    try folder.add("in/chelsea.png", try SharedData.bytes("data/photos/camera.png"))
    try await explain(into: "maps", "--colormap", "viridis")
    #expect(try folder.files(in: "maps")["chelsea.npy"] != whole["chelsea.npy"])
  }

  @Test("Photographs are never written over")
  func overwriting() async throws {
    let before = try folder.files(in: "in")
    await #expect(throws: ExitCode.self) { try await explain(into: "in") }
    #expect(try folder.files(in: "in") == before)
  }

  @Test("One photograph's picture, map and receipt go where they are told, and are those of a folder's run")
  func one() async throws {
    let command = try ExplainCommand.parse([
      folder("in/chelsea.png"), "--model", "keras-squeezenet1.1", "--out", folder("one.png"), "--npy",
      folder("one.npy"), "--receipt", folder("one.json"),
    ])
    try await command.run()
    try await explain(into: "maps")
    for ending in ["png", "npy", "json"] {
      #expect(
        FileManager.default.contents(atPath: folder("one." + ending))
          == FileManager.default.contents(atPath: folder("maps/chelsea." + ending)), "\(ending)")
    }
  }

  @Test("Evaluation writes reports, tables and curves, and makes the tables of a second run from the first's reports")
  func evaluation() async throws {
    func evaluate() async throws {
      let command = try EvaluateExplanationsCommand.parse([
        folder("in/chelsea.png"), folder("in/coffee.png"), "--model", "keras-squeezenet1.1", "--method", "grad-cam",
        "--method", "smoothgrad:samples=2", "--metrics", "deletion,confidence", "--steps", "3", "--out",
        folder("numbers"),
      ])
      try await command.run()
    }
    try await evaluate()
    let first = try folder.files(in: "numbers")
    let model = "keras-squeezenet1.1/"
    #expect(
      Set(first.keys) == [
        "means.csv", "means.md", "photographs.csv", model + "chelsea.json", model + "coffee.json",
        model + "deletion-curves.svg", model + "deletion-curves.png",
      ])
    let means = String(decoding: try #require(first["means.csv"]), as: UTF8.self).split(separator: "\n")
    #expect(means.count == 1 + 2 + 3)
    #expect(means[2].hasPrefix("keras-squeezenet1.1,smoothgrad:samples=2,false,2,"))
    for name in ["means.csv", "means.md", "photographs.csv"] {
      try FileManager.default.removeItem(atPath: folder("numbers/" + name))
    }
    try await evaluate()
    #expect(try folder.files(in: "numbers") == first)
  }
}
