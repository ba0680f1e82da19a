import ArgumentParser
import Autodiff
import Foundation
import Models
import Networks

/// `gaze models`: what can be served, and how to add to it.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists, fetches, imports, verifies, changes and removes models.",
    discussion: """
      Models live in the model store: the folder $GAZE_MODELS if that is set, else gaze/models in your data \
      directory ($XDG_DATA_HOME, usually ~/.local/share).
      """,
    subcommands: [
      List.self, Show.self, Fetch.self, Import.self, VerifyModelCommand.self, VerifyScriptCommand.self,
      EditModelCommand.self, RemoveModelsCommand.self, CalibrateCommand.self, Check.self,
    ],
    defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the models of the store and those that can be fetched.")

    func run() async throws {
      let store = ModelStore.standard()
      let (models, unreadable) = store.list()
      print("In the store (\(store.path)):")
      if models.isEmpty { print("  none yet") }
      for model in models {
        let millions = String(format: "%.1f", Double(model.parameterCount) / 1e6)
        print(
          "  \(model.name.padded(to: 22)) \(model.title), \(model.outputText), \(millions) M parameters, "
            + "input \(model.preprocessing.inputSize)"
            + Self.text(model.verification ?? .unverified)
            + (model.calibration.map { String(format: ", temperature %.3f", $0.temperature) } ?? ""))
      }
      for (name, reason) in unreadable { print("  \(name.padded(to: 22)) cannot be used: \(reason)") }
      let stored = Set(models.map(\.name))
      let fetchable = CatalogEntry.all.filter { !stored.contains($0.name) }
      if !fetchable.isEmpty {
        print("Can be fetched (gaze models fetch NAME):")
        for checkpoint in fetchable.map(\.checkpoint) {
          let size = String(format: "%.0f", Double(checkpoint.byteCount) / 1e6)
          let accuracy = checkpoint.publishedTop1.map { String(format: ", published top-1 %.1f %%", $0) } ?? ""
          print("  \(checkpoint.name.padded(to: 22)) \(checkpoint.title), \(size) MB, \(checkpoint.licence)\(accuracy)")
        }
      }
    }

    private static func text(_ verification: Verification) -> String {
      switch verification {
      case .unverified: ""
      case .published: ", as published (digest checked)"
      case .verified: ", verified"
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what the store knows of a model.")

    @Argument(help: "The model's name, as 'gaze models list' shows it.")
    var name: String

    @Flag(help: "All of it as JSON.")
    var json = false

    func run() async throws {
      try await reportingFailures {
        let store = ModelStore.standard()
        print(try json ? store.manifestText(of: name) : Self.text(store.manifest(of: name)))
      }
    }

    static func text(_ manifest: ModelManifest) -> String {
      var rows = [
        ["name", manifest.name], ["title", manifest.title], ["network", manifest.architecture],
        ["output", manifest.outputText], ["classes", classes(manifest)], ["parameters", "\(manifest.parameterCount)"],
        ["input", "\(manifest.preprocessing.inputSize)"], ["preprocessing", "\(manifest.preprocessing)"],
        ["layer", manifest.targetLayer], ["verification", text(manifest.verification ?? .unverified)],
        ["temperature", temperature(manifest)], ["weights", manifest.weightsSHA256],
        ["imported from", manifest.sourceSHA256],
      ]
      if let publisher = manifest.publisher { rows.append(["publisher", publisher]) }
      if let licence = manifest.licence { rows.append(["licence", licence]) }
      if let training = manifest.training {
        rows.append(["trained on", training.data.folders.joined(separator: ", ")])
      }
      return EvaluationText.table(rows, leading: [0, 1]).joined(separator: "\n")
    }

    private static func classes(_ manifest: ModelManifest) -> String {
      guard let labels = manifest.labels else { return "ImageNet's" }
      let names = labels.prefix(4).map(\.name).joined(separator: ", ")
      return names + (labels.count > 4 ? ", …" : "")
    }

    /// "verified: the results differ by 1.3e-06 at most (sample 3f9c…)"
    static func text(_ verification: Verification) -> String {
      switch verification {
      case .unverified: "unverified"
      case .published: "as published (digest checked)"
      case .verified(let proof):
        "verified: the results differ by \(Float(proof.largestDifference)) at most (sample \(proof.sampleSHA256))"
      }
    }

    private static func temperature(_ manifest: ModelManifest) -> String {
      guard manifest.output.isProbability else { return "none: values have none" }
      guard let fit = manifest.calibration else {
        return "none: probabilities are the \(manifest.output.rawValue) of the logits"
      }
      return String(format: "%.4f", fit.temperature) + ", fitted on \(fit.images) images of "
        + fit.folders.joined(separator: ", ")
        + String(
          format: "; calibration error there %.1f %% before, %.1f %% after",
          100 * fit.before.expectedCalibrationError, 100 * fit.after.expectedCalibrationError)
    }
  }

  struct Fetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetches published models into the store.",
      discussion: """
        Compares each file with what its publisher says about it: length and digest. A model that is already there is left alone. A \
        download that was stopped or broke off goes on where it was.
        """)

    @Argument(help: "The models' names, as 'gaze models list' shows them.")
    var names: [String]

    @Flag(help: "Fetch them again even if they are there.")
    var force = false

    func run() async throws {
      try await reportingFailures {
        let entries = try names.map { name in
          guard let entry = CatalogEntry.named(name) else {
            throw Failure(
              .unavailable,
              "there is no published model '\(name)' in the catalog. It has \(CatalogEntry.all.map(\.name).joined(separator: ", "))."
            )
          }
          return entry
        }
        let store = ModelStore.standard()
        for entry in entries {
          if !force, (try? store.manifest(of: entry.name)) != nil {
            print("\(entry.name) is already in \(store.path)")
          } else {
            try await fetch(entry, into: store)
          }
        }
      }
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Imports a checkpoint file into the store.",
      discussion: """
        Reads PyTorch state dicts, safetensors and Keras HDF5 files with the names of torchvision, timm or Keras. Nothing in a file is \
        executed. Every tensor's name and shape is checked against the network, and the weights are stored as safetensors.

        Names and shapes do not say how a network computes. --verify compares its results with those of the original model, and \
        refuses the file if they differ; 'gaze models verify-script' prints a script that writes these results down.

        Preprocessing is what the options below say, else the metadata of the file or folder, else what the network's published \
        weights are fed with.

        The number of classes is the last layer's. Labels may be a text file with one name a line, a JSON list or object \
        (index to name, name to index, id2label), or a CSV file with the columns index,name or index,synset,name.

        --output says what the outputs stand for. softmax, the default: the image is of one of several classes. sigmoid: each class is \
        there or not, whatever the others are; of one output two labels name what it says no and yes to. value: numbers, such as an age.
        """)

    @Argument(help: ArgumentHelp("The checkpoint (.pth, .safetensors, .h5).", valueName: "file"))
    var file: String

    @Option(
      help: ArgumentHelp(
        "The network that the weights belong to; told by the tensors if not given.", valueName: "network"),
      completion: .list(Architecture.all.map(\.name)))
    var network: String?

    @Option(
      help: ArgumentHelp(
        "A file with the results of the model that the checkpoint is from, to compare with.", valueName: "file"),
      completion: .file())
    var verify: String?

    @Option(help: ArgumentHelp("A file with the names of the classes.", valueName: "file"), completion: .file())
    var labels: String?

    @Option(
      help: ArgumentHelp(
        "For CLIP: a .npy, .npz or safetensors file with a matrix of text embeddings, one row a class.",
        valueName: "file"),
      completion: .file())
    var textEmbeddings: String?

    @Flag(help: "Number the classes instead of naming them.")
    var noLabels = false

    @Option(
      help: ArgumentHelp(
        "What the outputs stand for: softmax, sigmoid or value; softmax if not given. A single output needs it.",
        valueName: "kind"))
    var output: OutputKind?

    @Option(help: ArgumentHelp("What values are measured in, such as mm; for --output value.", valueName: "unit"))
    var unit: String?

    @Option(help: "The name that the model gets; the network's name if not given.")
    var name: String?

    @Flag(help: "Import the file although it holds tensors that the network does not use.")
    var ignoreUnused = false

    @Flag(help: "Take the weights' average over the training (EMA) where the file has one beside the plain weights.")
    var ema = false

    @Option(
      help: ArgumentHelp(
        """
        What stands between the fully connected layers of a head that has several: relu, gelu, hardswish or none, with \
        -before-norm or -after-norm where a normalisation stands there too.
        """, valueName: "name"))
    var headActivation: HeadActivationChoice?

    @Flag(help: "Replace a model of this name that was made from another file.")
    var force = false

    @OptionGroup(title: "Preprocessing")
    var preprocessing: PreprocessingOptions

    func run() async throws {
      try await reportingFailures {
        var order = CheckpointImport(file)
        order.network = network
        order.name = name
        order.textEmbeddings = textEmbeddings
        order.ignoresUnused = ignoreUnused
        order.replacesOthers = force
        order.output = output
        order.unit = unit
        order.labels = try labels.map(readLabels)
        order.numbersClasses = noLabels
        order.preset = preprocessing.preprocessing
        order.preprocessing = try preprocessing.change()
        order.takesAverage = ema
        order.headActivation = headActivation
        order.verify = try verify.map(verification)
        let (manifest, report) = try ModelStore.standard().importCheckpoint(order)
        print(report)
        print(
          "Imported \(manifest.name): \(manifest.title), \(manifest.outputText), "
            + "\(manifest.parameterCount) parameters.")
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs a model on two pictures of nothing and looks at its numbers.",
      discussion: """
        Finds weights that are damaged, untrained or in the wrong layout; it says nothing about accuracy. Ends with 0 if the model is \
        usable, else with 65.
        """)

    @Argument(help: "The model's name, as 'gaze models list' shows it.")
    var name: String

    func run() async throws {
      try await reportingFailures {
        let classifier = try ModelLibrary(store: .standard()).classifier(name)
        let check = ModelCheck(classifier, on: Engine())
        print(
          "Layer".padded(to: 28) + "shape".padded(to: 18) + "least".leading(12) + "greatest".leading(12)
            + "mean".leading(12) + "constant channels".leading(20))
        for layer in check.layers {
          print(
            layer.name.padded(to: 28) + "\(layer.shape)".padded(to: 18) + row(layer.statistics)
              + "\(layer.constantChannels)".leading(20))
        }
        for picture in check.pictures {
          print(
            "logits (\(picture.name))".padded(to: 46) + row(picture.logits)
              + "   top-1: \(classifier.labels[picture.topClass].name), "
              + String(format: "%.4f", picture.topNumber))
        }
        for finding in check.findings { print("\(finding.isFatal ? "Fault" : "Remark"): \(finding).") }
        print("\(name) is \(check.verdict).")
        if !check.isUsable { throw Failure(.badData, "\(name) failed its check; import or fetch it again.") }
      }
    }

    private func row(_ statistics: ModelCheck.Statistics) -> String {
      String(format: "%12.4f%12.4f%12.4f", statistics.least, statistics.greatest, statistics.mean)
    }
  }
}

extension OutputKind: ExpressibleByArgument {}

extension HeadActivationChoice: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension ModelManifest {
  /// "1000 classes", "14 classes by sigmoid", "1 value in mm"
  var outputText: String {
    switch output {
    case .softmax: "\(classCount) classes"
    case .sigmoid: "\(classCount) \(classCount == 1 ? "class" : "classes") by sigmoid"
    case .value: "\(classCount) \(classCount == 1 ? "value" : "values")\(unit.map { " in \($0)" } ?? "")"
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    padding(toLength: max(width, count), withPad: " ", startingAt: 0)
  }

  fileprivate func leading(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
