import ArgumentParser
import Autodiff
import Explain
import Foundation

/// The command `gaze`.
@main
struct Gaze: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gaze",
    abstract: "Shows where an image classifier looked, and why it chose a class.",
    discussion: """
      Start with:
        gaze models fetch efficientnet-lite0    fetch a network trained on ImageNet
        gaze explain photo.jpg                  what it sees, and a heatmap of why
        gaze serve                              the same in the browser and over HTTP
        gaze train --data photos --name mine    a network of your own, from a folder of folders of photographs

      Exit codes: 0 success, 64 wrong usage, 65 a file with bad content, 66 a file that cannot be read,
      69 a model or a helper program that is not there, 73 output that cannot be written, 70 a fault of Gaze itself.
      """,
    version: gazeVersion,
    subcommands: [
      ServeCommand.self, ExplainCommand.self, TrainCommand.self, EvaluateCommand.self, MethodsCommand.self,
      ModelsCommand.self, VerifyCommand.self, BenchCommand.self,
    ])

  /// Asks first for what would otherwise trap in the middle: whether `GAZE_ISA` names a set that runs here.
  static func main() async {
    do {
      _ = try InstructionSet.requested(ProcessInfo.processInfo.environment["GAZE_ISA"])
    } catch {
      FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
      Self.exit(withError: ExitCode(64))
    }
    await main(nil)
  }
}
