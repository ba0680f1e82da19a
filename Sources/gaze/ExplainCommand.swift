import ArgumentParser
import Autodiff
import Explain
import Foundation
import Images
import Networks

/// `gaze explain`: one photograph, from the command line.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Classifies a photograph and shows which parts spoke for a class.",
    discussion: """
      Prints the top classes. With --out it writes the photograph with the heatmap blended over it, with --npy the raw signed
      saliency map.

        gaze explain photo.jpg --class 281 --out heatmap.png --npy map.npy
        gaze explain photo.jpg --class "tiger cat" --out heatmap.png --colormap viridis
      """)

  @Argument(help: ArgumentHelp("The photograph, JPEG or PNG.", valueName: "photo"), completion: .file())
  var photo: String

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp(
      "The class to explain: an index (281), a WordNet id (n02123045) or a label (tabby). Default: the top one.",
      valueName: "class"))
  var classText: String?

  @Option(help: "The model, as 'gaze models list' shows it.")
  var model = CatalogEntry.defaultName

  @Option(help: "The layer to explain; default: the model's own. 'gaze models check' lists them.")
  var layer: String?

  @Option(help: "How many classes to print.")
  var top = 5

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the picture here, as PNG.", valueName: "file"), completion: .file())
  var out: String?

  @Option(
    help: ArgumentHelp("Write the raw map here, as a NumPy array of float32.", valueName: "file"), completion: .file())
  var npy: String?

  @Option(help: "Opacity of the heatmap, 0 to 1.")
  var alpha = 0.5

  @Option(help: "Colours of the heatmap: \(ColorMap.sequential.map(\.rawValue).joined(separator: ", ")).")
  var colormap = ColorMap.turbo.rawValue

  @Flag(help: "Write the heatmap alone, with an alpha channel, instead of blending it.")
  var noOverlay = false

  func validate() throws {
    guard (0...1).contains(alpha) else { throw ValidationError("--alpha must be between 0 and 1, not \(alpha).") }
    guard top >= 1 else { throw ValidationError("--top must be at least 1, not \(top).") }
    guard ColorMap.sequential.contains(where: { $0.rawValue == colormap }) else {
      throw ValidationError(
        "--colormap knows \(ColorMap.sequential.map(\.rawValue).joined(separator: ", ")), not '\(colormap)'.")
    }
  }

  func run() async throws {
    try await reportingFailures {
      guard let data = FileManager.default.contents(atPath: photo) else {
        throw Failure(.noInput, "\(photo) cannot be read; check the path and its permissions.")
      }
      let classifier = try ModelLibrary(store: .standard()).classifier(model)
      let target = try classText.map { try findClass($0, in: classifier) }
      if let layer, !classifier.network.layers.contains(layer) {
        throw Failure(
          .usage, "\(model) has no layer '\(layer)'. It has \(classifier.network.layers.joined(separator: ", ")).")
      }
      let analysis: Analysis
      let attribution: Attribution
      do {
        analysis = try Analysis(of: [UInt8](data), by: classifier, on: Engine())
        attribution = try analysis.explain(
          ClassActivationMap(.gradCAM), target: target.map { Target($0) } ?? analysis.topTarget,
          layers: layer.map { [$0] } ?? [])
      } catch let error as AnalysisError {
        throw Failure(error, file: photo)
      } catch let error as AttributionError {
        throw Failure(error)
      }
      show(analysis, attribution)
      if let out {
        let recipe = DisplayRecipe(colorMap: ColorMap(rawValue: colormap)!, opacity: alpha)
        try write(attribution.png(over: analysis.display, recipe: recipe, isOverlay: !noOverlay), to: out)
      }
      if let npy { try write(NPY.encode(attribution.map), to: npy) }
    }
  }

  private func findClass(_ text: String, in classifier: Classifier) throws -> Int {
    if let label = classifier.labels.find(text) { return label.index }
    throw Failure(.usage, "\(model) has no class '\(text)'; use \(classifier.labels.remedy(for: text))")
  }

  private func show(_ analysis: Analysis, _ attribution: Attribution) {
    for prediction in analysis.predictions(top) {
      let percent = String(format: "%5.1f %%", prediction.probability * 100)
      print("\(percent)  \(prediction.label.index)  \(prediction.label.name)")
    }
    switch attribution.status {
    case .ok: break
    case .noPositiveEvidence: print("No part of the photograph speaks for '\(attribution.prediction.label.name)'.")
    case .flat:
      print("The map for '\(attribution.prediction.label.name)' is flat: it singles out no part of the photograph.")
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.cannotCreate, "\(path) cannot be written; check that the folder exists and may be written to.")
    }
  }
}
