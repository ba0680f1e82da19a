import ArgumentParser
import Autodiff
import Explain
import Foundation
import Models

/// `gaze models verify`: a model of the store against the one that it was imported from.
struct VerifyModelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares a model's results with those of the original that it was imported from.",
    discussion: """
      The sample is a .npz or .safetensors file with 'input' and 'logits', perhaps stages, a Grad-CAM map and a gradient, which the \
      script of 'gaze models verify-script' writes. Ends with 0 if all agree and writes that down; else says what differs, and ends \
      with 65.
      """)

  @Argument(help: "The model's name, as 'gaze models list' shows it.")
  var name: String

  @Option(help: ArgumentHelp("The file with the other model's results.", valueName: "file"), completion: .file())
  var sample: String

  func run() async throws {
    try await reportingFailures {
      let verify = try verification(by: sample)
      let store = ModelStore.standard()
      let classifier = try ModelLibrary(store: store).classifier(name)
      let verification: Verification
      do throws(VerificationFault) {
        verification = try verify(classifier)
      } catch {
        throw Failure(.badData, "\(name) is not verified. \(error)")
      }
      let manifest = try store.record(verification, of: name, weightsSHA256: classifier.manifest.weightsSHA256)
      print("\(manifest.name) is \(ModelsCommand.Show.text(verification)).")
    }
  }
}

/// Reads a sample at once, and compares networks with it later.
func verification(by path: String) throws -> @Sendable (Classifier) throws(VerificationFault) -> Verification {
  guard FileManager.default.isReadableFile(atPath: path) else {
    throw Failure(.noInput, "The sample \(path) cannot be read; check the path and its permissions.")
  }
  let sample: VerificationSample
  do throws(VerificationFault) { sample = try VerificationSample(path) } catch { throw Failure(.badData, "\(error)") }
  return { classifier throws(VerificationFault) in try sample.verify(classifier, on: Engine()) }
}
