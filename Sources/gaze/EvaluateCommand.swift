import ArgumentParser

/// `gaze evaluate`: how good something is, in numbers.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures how good a model is on labelled images, or how far explanations can be trusted.",
    discussion: """
      gaze evaluate --model mugs --data mugs/test --report mugs-report    the model: right or wrong, and by which evidence
      gaze evaluate explanations photos --out numbers                     the maps: faithful to the network or not
      """,
    subcommands: [EvaluateModelCommand.self, EvaluateExplanationsCommand.self],
    defaultSubcommand: EvaluateModelCommand.self)
}
