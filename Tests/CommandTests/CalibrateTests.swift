import ArgumentParser
import Autodiff
import Foundation
import Images
import TestSupport
import Testing

@testable import Explain
@testable import Models
@testable import Networks
@testable import Training
@testable import gaze

@Suite("gaze models calibrate")
struct CalibrateTests {
  private let folder: ScratchFolder
  private let store: ModelStore

  init() throws {
    folder = try ScratchFolder()
    store = ModelStore(path: folder("models"))
    let architecture = try #require(Architecture.named("small-cnn"))
    let weights = try TrainableNetwork(
      architecture, InitialWeights(of: architecture, classes: 3, seed: 5), TrainableLayers()
    ).weights()
    let labels = ["noise", "waves", "grey"].enumerated().map { ClassLabel(index: $0, name: $1) }
    _ = try store.install(
      ModelManifest(
        name: "mine", title: "Mine", architecture: architecture.name,
        preprocessing: architecture.preprocessing.filling(side: 24), labels: labels, classCount: 3,
        parameterCount: weights.entries.reduce(0) { $0 + $1.shape.count }, targetLayer: "features.4",
        weightsSHA256: "", sourceSHA256: "0"), weights: weights)
    var random = SplitMix64(seed: 3)
    for index in 0..<8 {
      for (place, name) in ["noise", "waves"].enumerated() {
        let side = 24
        let pixels = (0..<side * side * 3).map { value -> UInt8 in
          place == 0
            ? UInt8(truncatingIfNeeded: random.next()) : UInt8((value / 3 % side * (index + 2) + value / 72 * 3) % 256)
        }
        try folder.add(
          "data/\(name)/\(index).png",
          encodePNG(RGBImage(size: ImageSize(width: side, height: side), pixels: pixels)))
      }
    }
  }

  private func calibrate(_ arguments: String..., name: String = "mine") async throws {
    try await CalibrateCommand.parse([name] + arguments).calibrate(in: store)
  }

  @Test(
    "Options that make no sense are refused",
    arguments: [[], ["m"], ["m", "--remove", "--data", "d"], ["m", "--data", "d", "--threads", "0"]])
  func refused(arguments: [String]) {
    #expect(throws: (any Error).self) { try CalibrateCommand.parse(arguments) }
  }

  @Test("It is a subcommand of 'gaze models', and 'show' another")
  func routing() throws {
    #expect(try ModelsCommand.parseAsRoot(["calibrate", "m", "--data", "d"]) is CalibrateCommand)
    #expect(try ModelsCommand.parseAsRoot(["show", "m"]) is ModelsCommand.Show)
  }

  @Test("What the images say is stored in the manifest, the same at any number of threads; the weights stay")
  func fits() async throws {
    let before = try store.load("mine")
    try await calibrate("--data", folder("data"), "--threads", "2")
    let manifest = try store.manifest(of: "mine")
    let fit = try #require(manifest.calibration)
    #expect(fit.images == 16 && fit.folders == [folder("data")] && fit.version == gazeVersion)
    #expect(fit.fingerprint == (try EvaluationData([folder("data")], for: before.labels)).fingerprint)
    #expect(manifest.weightsSHA256 == before.manifest.weightsSHA256)

    var logits = LabelledLogits(classCount: 3)
    let engine = Engine(threadCount: 1)
    for item in try EvaluationData([folder("data")], for: before.labels).items {
      logits.add(
        try Analysis(of: readFile(item.path), by: before, on: engine, displaySide: 1).pass.logits, of: item.classIndex)
    }
    #expect(fit.temperature == FittedTemperature(minimisingLossOf: logits).value)
    #expect(fit.before == logits.measures(at: 1) && fit.after == logits.measures(at: fit.temperature))
    #expect(fit.after.negativeLogLikelihood <= fit.before.negativeLogLikelihood)
    #expect(fit.temperature != 1)

    // Fitted anew, to the logits and not to what was fitted before.
    try await calibrate("--data", folder("data"), "--threads", "1")
    #expect(try store.manifest(of: "mine") == manifest)
    #expect(try store.load("mine").temperature == fit.temperature)
    let shown = ModelsCommand.Show.text(manifest)
    #expect(shown.contains(String(format: "%.4f", fit.temperature)) && shown.contains("fitted on 16 images"))

    try CalibrateCommand.parse(["mine", "--remove"]).removeTemperature(from: store)
    #expect(try store.manifest(of: "mine") == before.manifest)
    #expect(ModelsCommand.Show.text(before.manifest).contains(#/temperature +none/#))
    try CalibrateCommand.parse(["mine", "--remove"]).removeTemperature(from: store)
  }

  @Test("A running service's library has the temperature with the next request, and every user can read the manifest")
  func running() async throws {
    let library = ModelLibrary(store: store)
    #expect(try library.classifier("mine").temperature == 1)
    let path = folder("models/mine/model.json")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    try await calibrate("--data", folder("data"))
    #expect(try library.classifier("mine").temperature == store.manifest(of: "mine").calibration?.temperature)
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode)
    #expect(try Set(folder.files(in: "models/mine").keys) == ["model.json", "weights.safetensors"])
  }

  @Test("Folders of other classes, too few images and none at all are refused, and the model is left as it was")
  func badData() async throws {
    let before = try store.manifest(of: "mine")
    try folder.add("other/cat/1.png", Array(readFile(folder("data/noise/1.png"))))
    try folder.add("empty/noise/notes.txt", Array("notes".utf8))
    for index in 0..<9 {
      try folder.add("few/noise/\(index).png", Array(readFile(folder("data/noise/\(index % 8).png"))))
    }
    for (name, code, words) in [
      ("other", Failure.Code.badData, "cat"), ("empty", .noInput, "no file is"), ("nowhere", .noInput, "nowhere"),
      ("few", .badData, "9 images are too few to fit a temperature on; 10 at least are needed"),
    ] {
      let error = await #expect(throws: Failure.self) { try await calibrate("--data", folder(name)) }
      #expect(error?.code == code, "\(name)")
      #expect(error?.description.contains(words) == true, "\(error?.description ?? name)")
    }
    let error = await #expect(throws: ModelStoreError.self) {
      try await calibrate("--data", folder("data"), name: "nobody")
    }
    #expect(error == .unknownModel("nobody", known: ["mine"]))
    #expect(try store.manifest(of: "mine") == before)
  }

  @Test("A file that cannot be read does not count and fails the command, which stores what the others say")
  func unreadable() async throws {
    try folder.add("data/noise/broken.jpg", Array("no picture".utf8))
    let error = await #expect(throws: ExitCode.self) { try await calibrate("--data", folder("data")) }
    #expect(error?.rawValue == Failure.Code.badData.rawValue)
    #expect(try store.manifest(of: "mine").calibration?.images == 16)
  }

  @Test("The text says before and after, and where a bound was met")
  func text() throws {
    var fit = TemperatureFit.fixed(0.5)
    fit.before = CalibrationMeasures(
      expectedCalibrationError: 0.142, negativeLogLikelihood: 0.25, meanConfidence: 0.847)
    fit.after = CalibrationMeasures(
      expectedCalibrationError: 0.012, negativeLogLikelihood: 0.0625, meanConfidence: 0.98)
    let manifest = try store.manifest(of: "mine")
    let text = CalibrateCommand.text(manifest, fit, classCount: 2, doubts: ["a doubt"])
    #expect(text.hasPrefix("mine on /nowhere: 1 images of 2 of 3 classes\n\na doubt\n\n"))
    for line in [
      "temperature             1  0.5000", "calibration error  14.2 %   1.2 %", "log loss           0.2500  0.0625",
      "mean confidence    84.7 %  98.0 %",
    ] { #expect(text.contains(line + "\n"), "\(text)") }
    #expect(!text.contains("searched"))
    fit.isAtBound = true
    #expect(CalibrateCommand.text(manifest, fit, classCount: 2, doubts: []).contains("the least that is searched"))
  }

  @Test("Maps and measurements made with another temperature are made again, those from before temperatures not")
  func resumed() throws {
    func request(_ temperature: Double?) -> EvaluationRequest {
      EvaluationRequest(
        gaze: "1", model: "m", weightsSHA256: "w", temperature: temperature, methods: [], metrics: [], score: "logit",
        steps: 1, roadPercentages: [], seed: 0, window: nil)
    }
    #expect(request(nil) != request(0.5))
    let json = try JSONEncoder().encode(request(nil))
    #expect(!String(decoding: json, as: UTF8.self).contains("temperature"))
    #expect(try JSONDecoder().decode(EvaluationRequest.self, from: json) == request(nil))
  }
}
