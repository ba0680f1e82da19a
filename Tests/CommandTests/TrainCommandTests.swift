import ArgumentParser
import Autodiff
import Foundation
import Images
import Models
import Networks
import TestSupport
import Testing

@testable import Training
@testable import gaze

@Suite("gaze train: what it refuses")
struct TrainCommandTests {
  @Test(
    "options that contradict each other, or miss something, are refused with what would work",
    arguments: [
      (["--name", "a"], "--data is missing"),
      (["--data", "d"], "--name"),
      (["--data", "d", "--name", "a", "--frozen"], "need --from"),
      (["--data", "d", "--name", "a", "--from", "m", "--network", "resnet50"], "exclude each other"),
      (["--data", "d", "--name", "a", "--from", "m", "--frozen", "--unfreeze", "all"], "exclude each other"),
      (["--data", "d", "--name", "a", "--from", "m", "--unfreeze", "head"], "all, or a number"),
      (["--data", "d", "--name", "a", "--from", "m", "--unfreeze", "-3"], "--unfreeze"),
      (["--data", "d", "--name", "a", "--validate", "v", "--validation-split", "0.2"], "exclude each other"),
      (["--data", "d", "--name", "a", "--validation-split", "1"], "below 1"),
      (["--data", "d", "--name", "a", "--threads", "0"], "--threads"),
      (["--data", "d", "--name", "a", "--optimizer", "adam"], "optimizer"),
      (["--data", "d", "--name", "a", "--config", "c", "--from", "m"], "--config says what is trained"),
      (["--name", "a", "--resume", "--epochs", "3"], "run's own settings"),
      (["--data", "d", "--name", "a", "--resume", "--force"], "exclude each other"),
    ] as [([String], String)])
  func refusals(arguments: [String], part: String) throws {
    let error = #expect(throws: (any Error).self) { _ = try TrainCommand.parse(arguments) }
    let message = TrainCommand.fullMessage(for: try #require(error))
    #expect(message.contains(part), "\(message)")
  }

  @Test("settings that cannot be are refused before anything is read")
  func settings() async throws {
    for option in [
      ["--epochs", "0"], ["--batch", "0"], ["--learning-rate", "0"], ["--size", "7"], ["--weight-decay", "11"],
    ] {
      let command = try TrainCommand.parse(["--data", "nowhere", "--name", "settings-test", "--print-config"] + option)
      let error = await #expect(throws: ExitCode.self) { try await command.run() }
      #expect(error?.rawValue == Failure.Code.usage.rawValue, "\(option)")
    }
  }

  @Test("folders that are no data set end the command with 65")
  func data() async throws {
    let folder = try ScratchFolder()
    try folder.add("one/cat/1.png", picture(1))
    try folder.add("text/cat/1.txt", Array("no picture".utf8))
    try folder.add("text/dog/1.txt", Array("no picture".utf8))
    try folder.add("good/cat/1.png", picture(1))
    try folder.add("good/dog/1.png", picture(2))
    try folder.add("other/bird/1.png", picture(1))
    try folder.add("other/dog/1.png", picture(2))
    for part in ["train/cat", "train/dog", "test"] { try folder.add("parts/\(part)/1.png", picture(1)) }
    let cases = [
      ["--data", folder("nowhere")], ["--data", folder("one")], ["--data", folder("text")],
      ["--data", folder("parts")],
      ["--data", folder("good"), "--validate", folder("other")], ["--data", folder("good"), "--data", folder("other")],
    ]
    for arguments in cases {
      let command = try TrainCommand.parse(
        arguments + ["--name", "data-test-\(UUID().uuidString.lowercased().prefix(8))", "--out", folder("run")])
      let error = await #expect(throws: ExitCode.self) { try await command.run() }
      #expect(error?.rawValue == Failure.Code.badData.rawValue, "\(arguments)")
      #expect(!FileManager.default.fileExists(atPath: folder("run")))
    }
  }

  @Test("a configuration with a mistake is refused with its place")
  func configuration() throws {
    let folder = try ScratchFolder()
    let good = TrainingRecipe.fromScratch(network: "small-cnn", size: 64, seed: 0)
    #expect(try TrainingConfiguration(file: folder.add("good.json", [UInt8](good.encoded()))) == good)
    for (change, part) in [
      (#""epochs" : 60"#, #""epochs" : "many""#), (#""trains" : "all""#, #""trains" : "most""#),
      (#""learning_rate""#, #""learn_rate""#), (#""dropout" : 0.1"#, #""dropout" : 1.5"#),
      (#""step" : "flip""#, #""step" : "flop""#),
    ] {
      let text = String(decoding: good.encoded(), as: UTF8.self)
      #expect(text.contains(change), "\(change)")
      let path = try folder.add("bad.json", Array(text.replacing(change, with: part).utf8))
      let error = #expect(throws: TrainingError.self) { _ = try TrainingConfiguration(file: path) }
      #expect(
        error.map { "\($0)".contains("bad.json") && !"\($0)".contains("DecodingError") } == true, "\(change): \(error!)"
      )
    }
  }

  @Test("lines of progress say where a run is and what its epochs gave")
  func lines() {
    let step = StepReport(
      phase: 2, phases: 2, epoch: 3, epochs: 6, step: 10, steps: 62, loss: 0.5, accuracy: 0.875, imagesPerSecond: 100.4,
      secondsLeft: 75)
    #expect(
      TrainingDisplay.line(step)
        == "phase 2 of 2, epoch 3 of 6, step 10 of 62: loss 0.500, 87.5 % right, 100 images/s, 1:15 left")
    let record = EpochRecord(
      phase: 1, epoch: 3, loss: 0.25, accuracy: 0.9, learningRate: 1e-3, imagesPerSecond: 50, seconds: 2,
      validationLoss: 0.3, validationAccuracy: 0.8, validationSeconds: 1, isBest: true)
    #expect(
      TrainingDisplay.line(record)
        == "epoch 3: loss 0.250, 90.0 % right, 50 images/s; validation: loss 0.300, 80.0 % right, the best so far")
  }

  private func picture(_ seed: UInt8) -> [UInt8] {
    encodePNG(
      RGBImage(
        size: ImageSize(width: 16, height: 16),
        pixels: (0..<768).map { UInt8(truncatingIfNeeded: $0 &* Int(seed) &* 7) }))
  }
}

/// Runs the program itself, kills it, and lets it go on.
@Suite("gaze train: what it says; killed and resumed")
struct KilledTrainingTests {
  /// The program that was built beside these tests.
  static let program: String? = {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let path = tests.deletingLastPathComponent().appending(path: "gaze").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }()

  private func start(_ folder: ScratchFolder, _ arguments: [String], isHeard: Bool = false) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.program))
    process.arguments = ["train"] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["GAZE_MODELS": folder("models"), "GAZE_RUNS": folder("runs")]) { $1 }
    let output: Any = isHeard ? Pipe() : FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    return process
  }

  /// What the program says on its output and on its error output.
  private func say(_ folder: ScratchFolder, _ arguments: [String]) throws -> (code: Int32, text: String) {
    let process = try start(folder, arguments, isHeard: true)
    let data = (process.standardOutput as? Pipe)?.fileHandleForReading.readDataToEndOfFile() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  @Test(
    "says before the first epoch which parts of a data set are used, and what is doubtful",
    .enabled(if: program != nil, "needs the program gaze beside the tests"))
  func parts() throws {
    let folder = try ScratchFolder()
    var random = SplitMix64(seed: 5)
    for name in ["1 star", "2 stars"] {
      for number in 0..<6 {
        let pixels = (0..<16 * 16 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        let file = encodePNG(RGBImage(size: ImageSize(width: 16, height: 16), pixels: pixels))
        try folder.add("data/train/\(name)/\(number).png", file)
        if number < 4 { try folder.add("data/valid/\(name)/\(number).png", file) }
        try folder.add("data/test/\(number).png", file)
      }
    }
    let settings = ["--data", folder("data"), "--size", "16", "--epochs", "1", "--name"]
    let (code, text) = try say(folder, settings + ["parts"])
    #expect(code == 0)
    let lines = text.split(separator: "\n").map(String.init)
    func line(_ beginning: String) -> Int? { lines.firstIndex { $0.hasPrefix(beginning) } }
    let epoch = try #require(line("epoch 1: "), "\(text)")
    let note = "training on \(folder("data/train")), validating on \(folder("data/valid")); left out: test"
    for beginning in [
      note, "12 images of 2 classes: 1 star 6, 2 stars 6", "8 of 8 validation images are training images too",
      "fewer than 5 validation images, too few to say how well a class is told: 1 star 4, 2 stars 4",
    ] { #expect(line(beginning).map { $0 < epoch } == true, "\(beginning) in \(text)") }
    let receipt = try #require(try ModelStore(path: folder("models")).manifest(of: "parts").training)
    #expect(receipt.data.folders == [folder("data/train")] && receipt.validation?.folders == [folder("data/valid")])
    #expect(receipt.findings?.twins?.exact == 8)
    #expect(line("no temperature is fitted: 8 validation images are too few").map { $0 > epoch } == true, "\(text)")

    try FileManager.default.removeItem(atPath: folder("data/valid"))
    let refused = try say(folder, settings + ["refused"])
    #expect(refused.code == Failure.Code.badData.rawValue)
    #expect(refused.text.contains("Train with --data \(folder("data/train")) --validation-split 0.2"))
    #expect(!ModelStore(path: folder("models")).contains("refused"))
  }

  @Test(
    "a program that is killed goes on to the weights of one that was not, and one that is interrupted too",
    .enabled(if: program != nil, "needs the program gaze beside the tests"))
  func resumes() throws {
    let folder = try ScratchFolder()
    var random = SplitMix64(seed: 4)
    for name in ["cat", "dog"] {
      for number in 0..<24 {
        let pixels = (0..<16 * 16 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        try folder.add(
          "data/\(name)/\(number).png", encodePNG(RGBImage(size: ImageSize(width: 16, height: 16), pixels: pixels)))
      }
    }
    let settings = [
      "--data", folder("data"), "--validate", folder("data"), "--size", "16", "--epochs", "60", "--batch", "8",
    ]
    let whole = try start(folder, settings + ["--name", "whole"])
    whole.waitUntilExit()
    #expect(whole.terminationStatus == 0)

    for (name, signal) in [("killed", SIGKILL), ("stopped", SIGINT)] {
      let process = try start(folder, settings + ["--name", name])
      // Once its first epochs are over.
      let history = folder("runs/\(name)/history.jsonl")
      let isUnderWay = eventually {
        let text = try? String(contentsOfFile: history, encoding: .utf8)
        return !process.isRunning || (text?.split(separator: "\n").count ?? 0) >= 2
      }
      #expect(isUnderWay)
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      #expect(process.terminationStatus == (signal == SIGKILL ? SIGKILL : 130))
      let store = ModelStore(path: folder("models"))
      #expect(!store.contains(name))
      let resumed = try start(folder, ["--resume", "--name", name])
      resumed.waitUntilExit()
      #expect(resumed.terminationStatus == 0)
      #expect(try store.manifest(of: name).weightsSHA256 == store.manifest(of: "whole").weightsSHA256)
    }
  }
}
