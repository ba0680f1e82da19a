import ArgumentParser

/// `gaze models verify-script`: how the other side of a comparison is written.
struct VerifyScriptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-script",
    abstract: "Prints Python that writes a sample of your own model's results.",
    discussion: """
      The script runs the model on one input and writes the input, the logits, the results of its stages, a Grad-CAM map and the \
      gradient, for --verify:
        gaze models verify-script timm --model resnet50 > verify.py
        python verify.py resnet50.safetensors sample.npz
        gaze models import resnet50.safetensors --verify sample.npz
      """)

  @Argument(help: "The library: torch (torchvision and modules of your own), timm, keras or transformers.")
  var library: VerificationScript

  @Option(help: "What the library calls the model; an example if not given.")
  var model: String?

  @Option(
    help: ArgumentHelp("The module of the Grad-CAM; the last with height and width if not given.", valueName: "module"))
  var layer: String?

  @Option(help: ArgumentHelp("Height and width of the input.", valueName: "pixels"))
  var size = 224

  func run() async throws {
    try await reportingFailures {
      for text in [model, layer].compactMap(\.self) where text.contains(where: { "\"\\\n".contains($0) }) {
        throw Failure(.usage, "'\(text)' is no name of a model or module.")
      }
      print(
        library.text(model: model ?? library.exampleModel, layer: layer, size: size), terminator: "")
    }
  }
}

extension VerificationScript: ExpressibleByArgument {}
