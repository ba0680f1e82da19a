import ArgumentParser

/// `gaze evaluate`: how good something is, in numbers.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures how far explanations can be trusted.",
    subcommands: [EvaluateExplanationsCommand.self])
}
