import ArgumentParser
import Autodiff
import Foundation
import Images
import Models
import TestSupport
import Testing

@testable import Explain
@testable import Networks
@testable import Training
@testable import gaze

/// A model of two classes that is right by a patch in the corner, and is therefore wrong where the patch is the
/// other's.
private enum PatchModel {
  static let side = 32
  static let hostile = "<img src=x onerror=alert(1)>"

  /// - Parameter temperature: nil for a model without one.
  static func classifier(
    _ names: [String] = ["green", hostile], wnids: [String?] = [nil, nil], temperature: Double? = nil,
    output: OutputKind = .softmax
  ) -> Classifier {
    let pool = BufferPool(idleLimit: 0)
    // Channels: green beyond red and blue, red beyond green and blue; the objects are blue.
    let filter = Tensor([1, 1, 3, 2], [-1, 1, 1, -1, -0.3, -0.3], in: pool)
    let shift = Tensor([2], [-0.2, -0.2], in: pool)
    let weight = Tensor([2, 2], [9, 0, 0, 9], in: pool)
    let network = Network(
      stages: [
        Network.Stage("colour") {
          convolution($0, filter: .constant(filter), bias: .constant(shift), padding: .same, activation: .relu)
        },
        Network.Stage("logits") { linear(globalAveragePool($0), weight: .constant(weight)) },
      ], targetLayer: "colour", classCount: 2)
    let labels = Labels(zip(names, wnids).enumerated().map { ClassLabel(index: $0, wnid: $1.1, name: $1.0) })
    let manifest = ModelManifest(
      name: "patch", title: "Patch & co", architecture: "none",
      preprocessing: Preprocessing(
        shorterSide: side, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [128, 128, 128],
        deviation: [64, 64, 64]),
      labels: labels.classes, classCount: 2, parameterCount: 0, targetLayer: "colour", weightsSHA256: "ab12",
      sourceSHA256: "", calibration: temperature.map { .fixed($0) }, output: output)
    return Classifier(manifest: manifest, network: network, labels: labels)
  }

  /// A blue disc, and a faint patch of a class's colour.
  static func picture(patch: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    let (cx, cy) = (15 + Int(random.next() % 3), 13 + Int(random.next() % 3))
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        let isObject = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 64
        let isPatch = x < 6 && y >= 26
        let color: (Int, Int, Int) =
          isObject ? (60, 60, 190) : isPatch ? (patch == 0 ? (120, 144, 120) : (144, 120, 120)) : (128, 128, 128)
        for value in [color.0, color.1, color.2] { pixels.append(UInt8(value + Int(random.next() % 3))) }
      }
    }
    return encodePNG(RGBImage(size: ImageSize(width: side, height: side), pixels: pixels))
  }
}

@Suite("gaze evaluate")
struct EvaluateModelTests {
  let folder: ScratchFolder
  private let engine = Engine(threadCount: 2)

  init() throws {
    folder = try ScratchFolder()
    // Of twelve images each, two of the first class have the other's patch.
    for index in 0..<12 {
      try folder.add(
        "data/0green/\(index).png", PatchModel.picture(patch: index < 2 ? 1 : 0, seed: UInt64(index)))
      try folder.add(
        "data/1\(PatchModel.hostile)/a&\"'\(index).png", PatchModel.picture(patch: 1, seed: UInt64(50 + index)))
    }
  }

  private func evaluate(
    _ more: String..., classifier: Classifier = PatchModel.classifier(), threads: Int = 2
  ) async throws {
    let command = try EvaluateModelCommand.parse(["--model", "patch", "--data", folder("data")] + more)
    try await command.evaluate(classifier, on: Engine(threadCount: threads))
  }

  private func report(in name: String) throws -> [String: Any] {
    let data = try #require(FileManager.default.contents(atPath: folder(name + "/report.json")))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("It is what 'gaze evaluate' does; explanations stay a subcommand")
  func routing() throws {
    #expect(try EvaluateCommand.parseAsRoot(["--model", "m", "--data", "d"]) is EvaluateModelCommand)
    let explanations = try EvaluateCommand.parseAsRoot(["explanations", "photos", "--out", "o"])
    #expect(explanations is EvaluateExplanationsCommand)
  }

  @Test("A model of values, or of several sigmoids, is measured on a table; one of softmax is not")
  func tables() throws {
    let names = ["green", PatchModel.hostile]
    let values = PatchModel.classifier(names, output: .value)
    let rows = (0..<6).map { "data/0green/\($0).png,\($0),1" }.joined(separator: "\n")
    let path = try folder.add("table.csv", Array("file,green,\(PatchModel.hostile)\n\(rows)\nnone.png,0,0\n".utf8))
    let table = try #require(try LabelTable([path], for: values))
    let evaluator = ImageEvaluator(
      classifier: values, method: nil, layers: [], masks: nil, window: nil, engine: engine)
    var answers: [Int: [Float]] = [:]
    for index in 0..<6 {
      answers[index] = try evaluator.analyse(file: table.rows[index].path).analysis.pass.logits
    }
    let evaluation = try #require(TableEvaluation(answers, of: table, by: evaluator))
    guard case .value(let report) = evaluation.results else {
      Issue.record("no values")
      return
    }
    let errors = (0..<6).map { Double(answers[$0]![0]) - Double($0) }
    #expect(abs(report.values[0].meanAbsoluteError - errors.reduce(0) { $0 + abs($1) } / 6) < 1e-9)
    #expect(evaluation.data.images == 6 && evaluation.data.skipped == ["none.png"])
    #expect(evaluation.text.contains("mean |error|"))
    #expect(evaluation.images[2].told["green"] == answers[2]![0] && evaluation.images[2].labelled["green"] == 2)

    #expect(throws: Failure.self) { try LabelTable([folder("data")], for: values) }
    #expect(throws: Failure.self) { try LabelTable([path], for: PatchModel.classifier()) }
    #expect(try LabelTable([folder("data")], for: PatchModel.classifier()) == nil)
    // Two classes by sigmoids may lie in folders.
    #expect(try LabelTable([folder("data")], for: PatchModel.classifier(output: .sigmoid)) == nil)
  }

  @Test(
    "Options that make no sense are refused",
    arguments: [
      ["--data", "d"], ["--model", "m"], ["--model", "m", "--data", "d", "--masks", "x"],
      ["--model", "m", "--data", "d", "--method", "grad-cam"], ["--model", "m", "--data", "d", "--layer", "x"],
      ["--model", "m", "--data", "d", "--report", "r", "--method", "magic"],
      ["--model", "m", "--data", "d", "--report", "r", "--keep"],
      ["--model", "m", "--data", "d", "--threads", "0"],
      ["--model", "m", "--data", "d", "--no-interventions", "--fail-on-shortcut"],
    ])
  func refused(arguments: [String]) {
    #expect(throws: (any Error).self) { try EvaluateModelCommand.parse(arguments) }
  }

  @Test(
    "The report has the numbers, the mistakes, and what could not be tested; file names and labels are text in it"
  )
  func report() async throws {
    try await evaluate("--report", folder("out"))
    let report = try report(in: "out")
    let results = try #require(report["results"] as? [String: Any])
    #expect(results["images"] as? Int == 24 && results["correct"] as? Int == 22)
    let confusion = try #require(results["confusion"] as? [String: Any])
    #expect(confusion["counts"] as? [[Int]] == [[10, 2], [0, 12]])
    let images = try #require(report["images"] as? [[String: Any]])
    #expect(images.count == 24)
    #expect(images[0]["file"] as? String == "0green/0.png")
    let evidence = try #require(report["evidence"] as? [String: Any])
    #expect(evidence["objects"] as? String == "estimated" && evidence["images_without_object"] as? Int == 0)
    let background = try #require((evidence["background"] as? [String: Any])?["all"] as? [String: Any])
    #expect(background["verdict"] as? String == "alarm")
    #expect(try #require(background["share"] as? Double) > 0.9)

    let files = Set(try folder.files(in: "out").keys)
    // The two mistakes have four pictures, the twelve suspects three; a mean map for each group that has images.
    let pictures = 2 * 4 + 12 * 3 + 8
    #expect(files.count == 4 + pictures)
    #expect(files.isSuperset(of: ["index.html", "report.json", "pictures/0-labelled.jpg", "pictures/1-object.jpg"]))
    let page = String(
      decoding: try #require(FileManager.default.contents(atPath: folder("out/index.html"))), as: UTF8.self)
    // Ten right images of one class are too few to change.
    let interventions = try #require(report["interventions"] as? [String: Any])
    #expect(interventions["verdict"] as? String == "untested")
    #expect(page.contains("Nobody knows what the answers lean on") && !page.contains("looks at the object"))
    #expect(page.contains("green <span class=\"quiet\">taken for</span> &lt;img src=x onerror=alert(1)&gt;"))
    #expect(page.contains("1&lt;img src=x onerror=alert(1)&gt;/a&amp;&quot;&#39;"))
    #expect(!page.contains("<img src=x"))
    #expect(page.contains("href=\"#mistakes-0-1\"") && page.contains("id=\"mistakes-0-1\""))
    // Nothing from elsewhere, and every picture is there.
    let foreign = page.replacing("http://www.w3.org/2000/svg", with: "")
    #expect(!foreign.contains("http:") && !foreign.contains("https:"))
    let named = page.matches(of: #/(?:src|href)="(pictures\/[^"]+)"/#).map { String($0.output.1) }
    #expect(!named.isEmpty && files.isSuperset(of: named))
  }

  @Test("A kept report stands with the model, names its pictures, and is not kept with other weights")
  func keptReport() async throws {
    let store = ModelStore(path: folder("store"))
    var manifest = PatchModel.classifier().manifest
    let encoder = JSONEncoder()
    try folder.add("store/patch/model.json", Array(try encoder.encode(manifest)))
    #expect(!store.hasReport(of: "patch"))
    let command = try EvaluateModelCommand.parse(["--model", "patch", "--data", folder("data"), "--keep"])
    // Again, in the place of the first.
    for _ in 0..<2 { try await command.evaluate(PatchModel.classifier(), in: store, on: engine) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.path) == ["patch"], "nothing is left beside it")
    #expect(store.hasReport(of: "patch"))
    let data = Data(try #require(store.reportFile("report.json", of: "patch")))
    let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let images = try #require(report["images"] as? [[String: Any]])
    let pictures = images.compactMap { $0["pictures"] as? [String: String] }.flatMap(\.values)
    let maps = try #require(report["mean_maps"] as? [[String: Any]]).compactMap { $0["file"] as? String }
    #expect(images.count == 24 && pictures.count == 2 * 3 + 12 * 2 && maps.count == 8)
    for file in pictures + maps {
      #expect(store.reportFile(String(file.dropFirst("pictures/".count)), of: "patch") != nil, "\(file)")
    }
    for file in [
      "../model.json", "model.json", "pictures/0-predicted.jpg", "index.html", "..", "a/b.png", "A.png", ".png",
    ] {
      #expect(store.reportFile(file, of: "patch") == nil, "\(file)")
    }

    manifest.weightsSHA256 = "cd34"
    try folder.add("store/patch/model.json", Array(try encoder.encode(manifest)))
    await #expect(throws: (any Error).self) {
      try await command.evaluate(PatchModel.classifier(), in: store, on: engine)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.path) == ["patch"])
  }

  @Test("A shortcut is told by command, page and JSON, and --fail-on-shortcut ends with its own exit code")
  func shortcut() async throws {
    for index in 0..<30 {
      try folder.add("data/0green/more\(index).png", PatchModel.picture(patch: 0, seed: UInt64(200 + index)))
      try folder.add(
        "data/1\(PatchModel.hostile)/more\(index).png", PatchModel.picture(patch: 1, seed: UInt64(300 + index)))
    }
    let code = await #expect(throws: ExitCode.self) {
      try await evaluate("--report", folder("out"), "--fail-on-shortcut")
    }
    #expect(code?.rawValue == 3)
    let interventions = try #require(try report(in: "out")["interventions"] as? [String: Any])
    #expect(interventions["verdict"] as? String == "reliance")
    let finding = try #require((interventions["findings"] as? [[String: Any]])?.first)
    #expect((finding["sentence"] as? String)?.hasPrefix("leans on ") == true)
    let page = String(
      decoding: try #require(FileManager.default.contents(atPath: folder("out/index.html"))), as: UTF8.self)
    #expect(page.contains("Alarm: answers lean on something other than the object."))
    let named = page.matches(of: #/src="(pictures\/finding-[^"]+)"/#).map { String($0.output.1) }
    let files = Set(try folder.files(in: "out").keys)
    #expect(!named.isEmpty && files.isSuperset(of: named))

    try await evaluate("--report", folder("none"), "--no-interventions")
    #expect(try report(in: "none")["interventions"] == nil)
  }

  @Test("The same command writes the same bytes, at any number of threads, and leaves nothing of another report")
  func repeated() async throws {
    try await evaluate("--report", folder("out"), threads: 2)
    let first = try folder.files(in: "out")
    try folder.add("out/pictures/99-old.jpg")
    try await evaluate("--report", folder("out"), threads: 1)
    #expect(try folder.files(in: "out") == first)
  }

  @Test("Of a model with a temperature the report says what is served and what it would be without, in all its forms")
  func temperature() async throws {
    let plain = PatchModel.classifier()
    try await evaluate("--report", folder("plain"), classifier: plain)
    let cold = PatchModel.classifier(temperature: 0.25)
    try await evaluate("--report", folder("cold"), classifier: cold)
    let (before, after) = (try report(in: "plain"), try report(in: "cold"))
    #expect((after["model"] as? [String: Any])?["temperature"] as? Double == 0.25)
    #expect((before["model"] as? [String: Any])?["temperature"] == nil)
    let (raw, served) = (
      try #require(before["results"] as? [String: Any]), try #require(after["results"] as? [String: Any])
    )
    #expect(raw["before_calibration"] == nil)
    let measures = try #require(served["before_calibration"] as? [String: Double])
    let calibration = try #require((raw["calibration"] as? [String: Any])?["expected_error"] as? Double)
    #expect(abs(measures["expected_calibration_error"]! - calibration) < 1e-12)
    for key in ["mean_confidence", "negative_log_likelihood"] {
      #expect(abs(measures[key]! - (try #require(raw[key] as? Double))) < 1e-12)
    }
    // Two classes: the log-odds are the difference of the logits by the temperature.
    let images = try #require(after["images"] as? [[String: Any]])
    var (confidence, loss) = (0.0, 0.0)
    for (image, unserved) in zip(images, try #require(before["images"] as? [[String: Any]])) {
      func number(_ who: String, _ key: String, _ image: [String: Any]) throws -> Double {
        try #require((image[who] as? [String: Any])?[key] as? Double)
      }
      #expect(try number("predicted", "logit", image) == number("predicted", "logit", unserved))
      let odds = { (p: Double) in log(p / (1 - p)) }
      let (one, other) = (
        try number("labelled", "probability", unserved), try number("labelled", "probability", image)
      )
      #expect(abs(odds(other) - 4 * odds(one)) < 1e-3)
      confidence += try number("predicted", "probability", image)
      loss -= log(other)
    }
    #expect(abs(try #require(served["mean_confidence"] as? Double) - confidence / 24) < 1e-6)
    #expect(abs(try #require(served["negative_log_likelihood"] as? Double) - loss / 24) < 1e-5)

    func page(_ name: String) throws -> String {
      String(decoding: try #require(FileManager.default.contents(atPath: folder(name + "/index.html"))), as: UTF8.self)
    }
    #expect(try page("cold").contains("divided by the temperature 0.250"))
    #expect(try page("plain").contains("No temperature is fitted"))
  }

  @Test("A window stretches the images, and the report says so")
  func window() async throws {
    try await evaluate("--report", folder("out"))
    try await evaluate("--report", folder("same"), "--window", "0,255")
    // All that was grey becomes white: the patches are gone, and so is what told the classes apart.
    try await evaluate("--report", folder("white"), "--window", "0,100")
    let (stored, same, white) = (try report(in: "out"), try report(in: "same"), try report(in: "white"))
    func window(_ report: [String: Any]) -> [Int]? { (report["data"] as? [String: Any])?["window"] as? [Int] }
    #expect(window(stored) == nil && window(same) == [0, 255] && window(white) == [0, 100])
    #expect(stored["results"] as? NSDictionary == same["results"] as? NSDictionary)
    #expect((white["results"] as? [String: Any])?["correct"] as? Int != 22)
    let error = await #expect(throws: Failure.self) { try await evaluate("--window", "0,256") }
    #expect(error?.code == .badData)
  }

  @Test("A folder that holds something else is not written to")
  func otherFolder() async throws {
    try folder.add("out/precious.txt")
    let error = await #expect(throws: Failure.self) { try await evaluate("--report", folder("out")) }
    #expect(error?.code == .usage)
    #expect(Set(try folder.files(in: "out").keys) == ["precious.txt"])
  }

  @Test("Drawn masks say where the object is; images without one do not count, and one of another shape is refused")
  func masks() async throws {
    // The patch is declared the object.
    let side = PatchModel.side
    let mask = encodePNG(
      RGBImage(
        size: ImageSize(width: side, height: side),
        pixels: (0..<side * side).flatMap { place -> [UInt8] in
          let value: UInt8 = place % side < 6 && place / side >= 26 ? 255 : 0
          return [value, value, value]
        }))
    for index in 0..<12 { try folder.add("masks/0green/\(index).png", mask) }
    try await evaluate("--report", folder("out"), "--masks", folder("masks"))
    let evidence = try #require(try report(in: "out")["evidence"] as? [String: Any])
    #expect(evidence["objects"] as? String == "drawn" && evidence["images_without_object"] as? Int == 12)
    let background = try #require((evidence["background"] as? [String: Any])?["all"] as? [String: Any])
    #expect(background["verdict"] as? String == "clear" && background["images"] as? Int == 12)
    let uniform = try #require(background["uniform"] as? Double)
    #expect(abs(uniform - (1 - 36.0 / 1024)) < 1e-9)

    try folder.add(
      "masks/0green/0.png",
      encodePNG(RGBImage(size: ImageSize(width: 9, height: 4), pixels: [UInt8](repeating: 255, count: 108))))
    await #expect(throws: ExitCode.self) { try await evaluate("--report", folder("out"), "--masks", folder("masks")) }
  }

  @Test("A file that cannot be read is listed and does not count, and the command fails")
  func unreadable() async throws {
    try folder.add("data/0green/broken.jpg", Array("no picture".utf8))
    try folder.add("data/0green/notes.txt", Array("notes".utf8))
    let error = await #expect(throws: ExitCode.self) { try await evaluate("--report", folder("out")) }
    #expect(error?.rawValue == Failure.Code.badData.rawValue)
    let report = try report(in: "out")
    #expect((report["results"] as? [String: Any])?["images"] as? Int == 24)
    let skipped = try #require((report["data"] as? [String: Any])?["skipped"] as? [[String: Any]])
    let names = skipped.compactMap { ($0["file"] as? String)?.split(separator: "/").last.map(String.init) }
    #expect(Set(names) == ["broken.jpg", "notes.txt"])
  }

  @Test("Folders may be named by WordNet id or by index, and may be some of the classes")
  func classNames() throws {
    let labels = PatchModel.classifier(["a", "b"], wnids: ["n00000001", "n00000002"]).labels
    for (index, name) in ["1", "n00000002", "b", "07_b"].enumerated() {
      try folder.add("names\(index)/\(name)/x.png", PatchModel.picture(patch: 0, seed: 1))
      let data = try EvaluationData([folder("names\(index)")], for: labels)
      #expect(data.items.map(\.classIndex) == [1], "\(name)")
      #expect(data.items.map(\.name) == ["\(name)/x.png"])
    }
  }

  @Test("Images that the model was trained on are counted; if its images were changed, that is said")
  func trainingImages() throws {
    for index in 0..<6 {
      for name in ["a", "b"] {
        try folder.add("train/\(name)/\(index).png", PatchModel.picture(patch: 0, seed: UInt64(index)))
      }
      try folder.add("new/b/\(index).png", PatchModel.picture(patch: 1, seed: UInt64(index % 3)))
    }
    for index in 0..<2 { try folder.add("new/b/again\(index).png", PatchModel.picture(patch: 0, seed: UInt64(index))) }
    let training = try LabelledImages(folders: [folder("train")])
    func receipt(_ fingerprint: String) -> TrainingReceipt {
      TrainingReceipt(
        version: "1", run: "", seed: 0,
        data: TrainingReceipt.Images(folders: [folder("train")], fingerprint: fingerprint, counts: [6, 6]),
        validation: nil, validationShare: nil, base: nil, epochs: 1, epoch: 1, measured: nil, measuredLast: nil,
        seconds: 1, configuration: .null)
    }
    let labels = PatchModel.classifier(["a", "b"]).labels
    let data = try EvaluationData([folder("new")], for: labels, trainedAs: receipt(training.fingerprint))
    #expect(!data.lacksTraining)
    #expect(data.findings?.twins?.exact == 2 && data.findings?.twins?.images == 8)
    #expect(data.findings?.twoLabels?.exact == 2)
    let changed = try EvaluationData([folder("new")], for: labels, trainedAs: receipt("other"))
    #expect(changed.lacksTraining && changed.findings?.twins == nil)
    let foreign = try EvaluationData([folder("new")], for: labels)
    #expect(!foreign.lacksTraining && foreign.findings?.twins == nil)
  }

  @Test("A label that Unicode spells in two ways is one class, and parts of a data set are none")
  func spellings() throws {
    let labels = PatchModel.classifier(["K\u{E4}se", "Wurst"]).labels
    for (index, name) in ["K\u{E4}se", "Ka\u{308}se"].enumerated() {
      // An accent at the beginning makes one character with the slash.
      try folder.add("two/\(name)/\u{301}\(index).png", PatchModel.picture(patch: 0, seed: UInt64(index)))
    }
    for place in ["test/Ka\u{308}se", "test/Wurst", "train/Ka\u{308}se", "train/Wurst"] {
      try folder.add("parts/\(place)/x.png", PatchModel.picture(patch: 0, seed: 1))
    }
    let data = try EvaluationData([folder("two")], for: labels)
    #expect(data.items.map(\.classIndex) == [0, 0])
    #expect(Set(data.items.map { Array($0.name.utf8).count }) == [13, 14])
    #expect(data.findings?.mergedFolders == ["K\u{E4}se"])
    let error = #expect(throws: Failure.self) { try EvaluationData([folder("parts")], for: labels) }
    #expect(error?.code == .usage)
    #expect(error?.description.contains("Name one of them, such as \(folder("parts/test")).") == true)
  }

  @Test("A folder that is none of the model's classes is refused, with their names")
  func otherClasses() async throws {
    try folder.add("data/2blue/x.png", PatchModel.picture(patch: 0, seed: 1))
    let error = await #expect(throws: Failure.self) { try await evaluate() }
    #expect(error?.code == .badData)
    #expect(error?.description.contains("2blue") == true && error?.description.contains("green") == true)
  }

  @Test("The terminal's tables say the same")
  func text() {
    let table = EvaluationText.table([["class", "images"], ["a", "10"], ["long name", "5"]], leading: [0])
    #expect(table == ["class      images", "a              10", "long name       5"])
  }

  @Test("The report has the theme of the page, then what is its own")
  func style() throws {
    let theme = try String(
      contentsOf: URL(filePath: #filePath).appending(path: "../../../Static/theme.css").standardizedFileURL,
      encoding: .utf8)
    #expect(ReportStyle.sheet.text.hasPrefix(theme))
    #expect(ReportStyle.sheet.text.dropFirst(theme.count).contains(".card {"))
  }
}

@Suite("Markup")
struct HTMLTests {
  @Test("Texts are escaped, markup is not")
  func escaping() {
    let name = "<b>&\"'\u{301}\u{202E}\u{0}"
    let html: HTML = "<td title=\"\(name)\">\([HTML(markup: "<i>"), "</i>"])\(7)</td>"
    let expected = "<td title=\"&lt;b&gt;&amp;&quot;&#39;\u{301}\u{FFFD}\u{FFFD}\"><i></i>7</td>"
    // Scalar by scalar: the accent makes one character with what stands before it.
    #expect(Array(html.text.unicodeScalars) == Array(expected.unicodeScalars))
  }
}
