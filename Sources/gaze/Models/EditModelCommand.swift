import ArgumentParser
import Models

/// `gaze models edit`: what is known of a model, without its weights.
struct EditModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Changes a model's title, the names of its classes, or its preprocessing.",
    discussion: """
      The weights stay as they are. A temperature that was fitted with another preprocessing is dropped. A service that runs takes \
      the change up with the next request.
      """)

  @Argument(help: "The model's name, as 'gaze models list' shows it.")
  var name: String

  @Option(help: "Another title.")
  var title: String?

  @Option(help: ArgumentHelp("A file with the names of the classes.", valueName: "file"), completion: .file())
  var labels: String?

  @Flag(help: "Number the classes instead of naming them.")
  var noLabels = false

  @OptionGroup(title: "Preprocessing")
  var preprocessing: PreprocessingOptions

  func run() async throws {
    try await reportingFailures {
      var change = ModelChange()
      change.title = title
      change.labels = try labels.map(readLabels)
      change.numbersClasses = noLabels
      change.preset = preprocessing.preprocessing
      change.preprocessing = try preprocessing.change()
      guard !change.isEmpty else {
        throw Failure(.usage, "there is nothing to change: give --title, --labels, --mean or another of the options.")
      }
      let store = ModelStore.standard()
      let hadTemperature = try store.manifest(of: name).calibration != nil
      let manifest = try store.edit(name, change)
      print(ModelsCommand.Show.text(manifest))
      if hadTemperature, manifest.calibration == nil {
        print("Its temperature was fitted with another preprocessing and is gone; 'gaze models calibrate' fits one.")
      }
    }
  }
}

/// The names of classes in a file that was named on the command line.
func readLabels(_ path: String) throws -> LabelFile {
  do throws(LabelFileError) {
    return try LabelFile(path: path)
  } catch {
    throw ModelStoreError.labels(error)
  }
}
