import ArgumentParser
import Foundation
import Images
import Models
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

  @Test("Several classes stand side by side, in one range where that is asked for; each has the receipt of its own map")
  func severalClasses() async throws {
    func run(_ name: String, _ more: String...) async throws {
      let command = try ExplainCommand.parse(
        [
          folder("in/chelsea.png"), "--model", "keras-squeezenet1.1", "--out", folder(name + ".png"), "--npy",
          folder(name + ".npy"), "--receipt", folder(name + ".json"),
        ] + more)
      try await command.run()
    }
    func receipts(_ name: String) throws -> [[String: Any]] {
      let data = try #require(FileManager.default.contents(atPath: folder(name + ".json")))
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      return object["receipts"] as? [[String: Any]] ?? [object]
    }
    func limit(_ receipt: [String: Any]) throws -> Double {
      try #require((receipt["display"] as? [String: Any])?["limit"] as? Double)
    }
    try await run("tabby", "--class", "281")
    try await run("tiger", "--class", "tiger cat")
    try await run("both", "--class", "281", "--class", "tiger cat", "--range", "own")
    try await run("shared", "--class", "281", "--class", "tiger cat")
    let maps = try ["tabby", "tiger", "both", "shared"].map { try readMap(folder($0 + ".npy")) }
    #expect(maps[2].shape == "2, 13, 13" && maps[0].shape == "13, 13")
    #expect(maps[2].data == maps[0].data + maps[1].data)
    #expect(maps[3].data == maps[2].data)

    let alone = try limit(receipts("tabby")[0])
    let other = try limit(receipts("tiger")[0])
    #expect(try receipts("both").map(limit) == [alone, other])
    #expect(try receipts("shared").map(limit) == [max(alone, other), max(alone, other)])
    let pictures = try ["both", "shared"].map {
      try #require(FileManager.default.contents(atPath: folder($0 + ".png")))
    }
    #expect(pictures[0] != pictures[1])

    try await explain(into: "maps", "--class", "281", "--class", "tiger cat", "--range", "shared")
    for ending in ["png", "npy", "json"] {
      #expect(
        FileManager.default.contents(atPath: folder("maps/chelsea." + ending))
          == FileManager.default.contents(atPath: folder("shared." + ending)), "\(ending)")
    }
    // Nobody need ask for it.
    try await explain(into: "usual", "--class", "281", "--class", "tiger cat")
    #expect(try folder.files(in: "usual")["chelsea.png"] == folder.files(in: "maps")["chelsea.png"])
    await #expect(throws: ExitCode.self) { try await run("no", "--class", "281", "--class", "tabby") }
  }

  @Test("A window stretches dark photographs; the receipt says so, and another window is another result")
  func window() async throws {
    try folder.add("dark/xray.png", try SharedData.bytes("cases/images/12bit-in-16.png"))
    func run(_ more: String...) async throws -> [String: Data] {
      let command = try ExplainCommand.parse(
        [folder("dark"), "--model", "keras-squeezenet1.1", "--out", folder("maps")] + more)
      try await command.run()
      return try folder.files(in: "maps")
    }
    func input(_ files: [String: Data]) throws -> [String: Any] {
      let receipt = try JSONSerialization.jsonObject(with: try #require(files["xray.json"])) as? [String: Any]
      return try #require(receipt?["input"] as? [String: Any])
    }
    let stored = try await run()
    #expect(try input(stored)["window"] == nil)
    let stretched = try await run("--window", "0,4095")
    #expect(try input(stretched)["window"] as? [Int] == [0, 4095])
    #expect(stretched["xray.npy"] != stored["xray.npy"] && stretched["xray.png"] != stored["xray.png"])
    // What is there with the same settings stays.
    try folder.add("maps/xray.png", [1])
    #expect(try await run("--window", "0,4095")["xray.png"] == Data([1]))
    #expect(try await run("--window", "0,4094")["xray.png"] != Data([1]))

    // A file of 8 bits has no such samples: it is listed, and the others are done.
    try folder.add("dark/chelsea.png", try SharedData.bytes("data/photos/chelsea.png"))
    let error = await #expect(throws: ExitCode.self) { _ = try await run("--window", "0,4095") }
    #expect(error?.rawValue == Failure.Code.badData.rawValue)
    #expect(Set(try folder.files(in: "maps").keys) == Self.names(["xray"]))
  }

  /// A NumPy file's shape, as it stands there, and its data.
  private func readMap(_ path: String) throws -> (shape: String, data: Data) {
    let file = try #require(FileManager.default.contents(atPath: path))
    let length = Int(file[8]) + 256 * Int(file[9])
    let header = String(decoding: file[10..<10 + length], as: UTF8.self)
    let shape = try #require(header.firstMatch(of: /'shape': \(([0-9, ]*)\)/)).1
    return (String(shape), Data(file[(10 + length)...]))
  }

  @Test("A picture is as large as is asked for, up to the photograph")
  func side() async throws {
    try folder.add(
      "in/wide.png",
      encodePNG(RGBImage(size: ImageSize(width: 1500, height: 300), pixels: Array(repeating: 90, count: 1_350_000))))
    for (side, width) in [("100", 100), ("1024", 1024), ("1500", 1500), ("4000", 1500)] {
      let command = try ExplainCommand.parse([
        folder("in/wide.png"), "--model", "keras-squeezenet1.1", "--out", folder("wide.png"), "--side", side,
      ])
      try await command.run()
      let picture = try #require(FileManager.default.contents(atPath: folder("wide.png")))
      #expect(try decodeImage([UInt8](picture)).image.width == width)
    }
  }

  @Test("The heatmap alone says in its receipt that it is no overlay")
  func heatmapAlone() async throws {
    let command = try ExplainCommand.parse([
      folder("in/chelsea.png"), "--model", "keras-squeezenet1.1", "--no-overlay", "--receipt", folder("one.json"),
    ])
    try await command.run()
    let data = try #require(FileManager.default.contents(atPath: folder("one.json")))
    let receipt = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let display = try #require(receipt["display"] as? [String: Any])
    #expect(display["overlay"] as? Bool == false)
    #expect(display["image"] as? [String: Int] == ["width": 451, "height": 300])
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
    let second = try folder.files(in: "numbers")
    #expect(Set(first.keys).union(second.keys).filter { first[$0] != second[$0] } == [])
  }
}
