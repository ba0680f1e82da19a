import ArgumentParser
import Audit
import Autodiff
import Digests
import Explain
import Foundation
import Models
import Networks

/// `gaze explain`: photographs, from the command line.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Classifies photographs and shows which parts spoke for a class.",
    discussion: """
      One photograph: prints the top classes; --out, --npy and --receipt name the files to write.

        gaze explain photo.jpg --class 281 --out heatmap.png --npy map.npy
        gaze explain photo.jpg --class tabby --against "tiger cat" --out why.png --evidence signed --colorbar
        gaze explain photo.jpg --class tabby --class "tiger cat" --out both.png --colorbar
        gaze explain photo.jpg --method grad-cam --method rise --set rise.masks=500 --out methods.png
        gaze explain photo.jpg --method smoothgrad --set samples=20 --out heatmap.png --range p99

      Several, or folders and patterns: --out names a folder, which gets NAME.png (the picture), NAME.npy (the raw signed map) and \
      NAME.json (the receipt: all that the two depend on) of each, in the photographs' own subfolders. What is there already with the \
      same settings is left alone, so that a run that was stopped goes on when it is started again. Bad files are listed at the end.

        gaze explain photos --out maps
        gaze explain photos --out maps --shard 1/2      one half, on one machine; 2/2 on another
      """)

  @Argument(
    help: ArgumentHelp(
      "Photographs (JPEG, PNG or WebP), folders of them, or patterns such as 'photos/*.jpg'.", valueName: "photo"),
    completion: .file())
  var photos: [String]

  @Option(help: "The model, as 'gaze models list' shows it.")
  var model = CatalogEntry.defaultName

  @OptionGroup(title: "Photographs")
  var decoding: DecodingOptions

  @OptionGroup(title: "What to explain")
  var options: MethodOptions

  @OptionGroup(title: "Picture")
  var display: DisplayOptions

  @Option(help: ArgumentHelp("\(AskField.top.help)", valueName: "count"))
  var top: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "One photograph: write the picture here, as PNG. Several: the folder for all.", valueName: "path"),
    completion: .file())
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Write the raw map here, as a NumPy array of float32; maps of several sizes on the network's input.",
      valueName: "file"), completion: .file())
  var npy: String?

  @Option(help: ArgumentHelp("Write the receipt here, as JSON.", valueName: "file"), completion: .file())
  var receipt: String?

  @Option(
    help: ArgumentHelp(
      "Sign receipts by this private key: Ed25519, PKCS#8 in PEM, as 'openssl genpkey -algorithm ed25519' writes it.",
      valueName: "file"), completion: .file())
  var signingKey: String?

  @Option(
    help: ArgumentHelp(
      "Do only one of several parts of the photographs: 1/2, 2/2; auto/2 in a Kubernetes Indexed Job, auto in a Slurm array.",
      valueName: "i/n"),
    transform: { try Shard($0) })
  var shard: Shard?

  @Flag(inversion: .prefixedNo, help: "Leave alone what an earlier run finished.")
  var resume = true

  @Option(help: ArgumentHelp("Threads that compute; default: one for each processor.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try checkThreads(threads)
    do throws(AskError) {
      try ask.checkPicture()
    } catch {
      throw ValidationError(error.description)
    }
    guard isBatch else { return }
    guard out != nil else { throw ValidationError("Several photographs need --out with a folder for the results.") }
    guard npy == nil && receipt == nil else {
      throw ValidationError("--npy and --receipt are for one photograph; a folder gets both of each.")
    }
  }

  /// Whether results go to a folder: unless one file is named, and no folder for it.
  private var isBatch: Bool {
    guard photos.count == 1, shard == nil, !isFolder(photos[0]) else { return true }
    if let out, out.hasSuffix("/") || isFolder(out) { return true }
    return !FileManager.default.fileExists(atPath: photos[0]) && photos[0].contains { "*?[".contains($0) }
  }

  func run() async throws {
    try await reportingFailures {
      let engine = Engine(threadCount: threads ?? Workers.onlineProcessors)
      if isBatch {
        let photographs = try photographsToExplain(into: out!)
        let explainer = try explainer()
        try await explainAll(photographs, by: explainer, into: out!, on: engine).report(verb: "explained")
      } else {
        let photograph = findPhotographs(photos)[0]
        let bytes = try readFile(photograph.path)
        try explainOne(photograph, bytes, by: try explainer(), on: engine)
      }
    }
  }

  var ask: Ask {
    get throws(AskError) {
      let top = top.map { [(AskField.top.rawValue, $0)] } ?? []
      var ask = try Ask(AskFields(options.fields + display.fields + top, spelling: .commandLine))
      ask.window = try decoding.sampleWindow
      return ask
    }
  }

  private func explainer() throws -> Explainer {
    let key: SigningKey?
    do throws(KeyFileError) {
      key = try signingKey.map { path throws(KeyFileError) in try SigningKey.read(from: path) }
    } catch {
      throw Failure(.noInput, error.description)
    }
    return try Explainer(
      ask, classifier: ModelLibrary(store: .standard()).classifier(model), signer: key.map(ReceiptKey.init))
  }

  // MARK: One

  private func explainOne(
    _ photograph: Photograph, _ bytes: [UInt8], by explainer: Explainer, on engine: Engine
  ) throws {
    let answer = try explainer.explain(bytes, named: photograph.path, on: engine)
    for warning in answer.analysis.warnings {
      FileHandle.standardError.write(Data("\(photograph.path): \(warning)\n".utf8))
    }
    for prediction in answer.analysis.predictions(answer.top) {
      let number =
        switch prediction.number {
        case .probability(let probability): String(format: "%5.1f %%", probability * 100)
        case .value(let value, let unit): significantText(value) + (unit.map { " " + $0 } ?? "")
        }
      print("\(number)  \(prediction.label.index)  \(prediction.label.name)")
    }
    for attribution in answer.attributions {
      switch attribution.status {
      case .ok: break
      case .noPositiveEvidence: print("No part of the photograph speaks for '\(attribution.prediction.label.name)'.")
      case .flat:
        print("The map for '\(attribution.prediction.label.name)' is flat: it singles out no part of the photograph.")
      }
    }
    if let out { try writeFile(try answer.png(by: engine.workers.forEach), to: out) }
    if let npy { try writeFile(answer.npy(at: answer.commonResolution).bytes, to: npy) }
    if let receipt {
      try writeFile(json(explainer.record(answer, of: Source(photograph, bytes))), to: receipt)
    }
  }

  // MARK: Many

  private func photographsToExplain(into folder: String) throws -> [Photograph] {
    if FileManager.default.fileExists(atPath: folder) && !isFolder(folder) {
      throw Failure(.usage, "\(folder) is a file; several photographs need a folder for the results.")
    }
    let all = findPhotographs(photos, besides: folder)
    guard !all.isEmpty else {
      throw Failure(.noInput, "there is no JPEG, PNG or WebP file in \(photos.joined(separator: ", ")).")
    }
    let originals = Set(all.map { absolutePath($0.path) })
    for photograph in all {
      if let file = ExplanationFiles(of: photograph, in: folder).all.first(where: {
        originals.contains(absolutePath($0))
      }) {
        throw Failure(.usage, "\(file) is one of the photographs and would be written over; give --out another folder.")
      }
    }
    return all.filter { shard?.holds($0) ?? true }
  }

  private func explainAll(
    _ photographs: [Photograph], by explainer: Explainer, into folder: String, on engine: Engine
  ) async throws -> BatchResult {
    let resumes = resume
    return try await runBatch(photographs, on: engine) { photograph, engine, progress in
      let files = ExplanationFiles(of: photograph, in: folder)
      let bytes = try readFile(photograph.path)
      let provenance = Provenance(source: Source(photograph, bytes), request: explainer.request)
      let isThere = files.all.allSatisfy { FileManager.default.fileExists(atPath: $0) }
      if resumes && isThere && provenance.isFound(in: files.receipt) { return .skipped }

      let answer = try explainer.explain(bytes, named: photograph.path, on: engine, progress: progress)
      try makeFolder(for: files.receipt)
      // An older receipt must not vouch for what is written now.
      try? FileManager.default.removeItem(atPath: files.receipt)
      try writeFile(try answer.png(by: engine.workers.forEach), to: files.picture)
      try writeFile(answer.npy(at: answer.commonResolution).bytes, to: files.map)
      try writeFile(json(explainer.record(answer, of: provenance.source)), to: files.receipt)
      return .done
    }
  }
}

/// Whether --threads makes sense.
func checkThreads(_ threads: Int?) throws {
  guard threads.map({ (1...256).contains($0) }) ?? true else {
    throw ValidationError("--threads must be between 1 and 256.")
  }
}
