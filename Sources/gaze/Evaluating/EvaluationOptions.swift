import ArgumentParser
import Explain

/// A method with its parameters, as it was written: `rise:masks=500,seed=1`.
struct MethodText: Sendable {
  let text: String
  let choice: MethodChoice

  var method: any AttributionMethod { choice.method }

  init(_ text: String) throws {
    do throws(AskError) { choice = try MethodChoice(text: text) } catch { throw ValidationError(error.description) }
    self.text = text
  }
}

/// What to measure of maps, and how. Values are read by `FaithfulnessAsk`, as those of every other face.
struct MetricOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to measure, comma-separated: \(FaithfulnessMetric.allCases.map(\.rawValue).joined(separator: ", ")), or all.",
      valueName: "metrics"))
  var metrics: String?

  @Option(
    help: ArgumentHelp(
      "Steps of deletion and insertion: 28 as in RISE's tables, 224 as for its single images. Default: "
        + "\(FaithfulnessProtocol().steps).", valueName: "count"))
  var steps: String?

  @Option(
    help: ArgumentHelp(
      "How many percent of the pixels ROAD removes, comma-separated. Default: "
        + "\(FaithfulnessProtocol().roadPercentages.map(String.init).joined(separator: ",")).", valueName: "percentages"
    ))
  var roadPercentages: String?

  @Option(
    help: ArgumentHelp(
      "What deletion, insertion and ROAD watch: \(Score.allCases.map(\.rawValue).joined(separator: ", ")). Default: "
        + "\(FaithfulnessProtocol().score.rawValue).", valueName: "score"),
    completion: .list(Score.allCases.map(\.rawValue)))
  var score: String?

  @Option(
    help: ArgumentHelp(
      "Of noise, perturbations, random weights and random controls. Default: \(FaithfulnessProtocol().seed).",
      valueName: "seed"))
  var seed: String?

  func validate() throws {
    do throws(AskError) { _ = try ask([]) } catch { throw ValidationError(error.description) }
  }

  func ask(_ methods: [MethodChoice]) throws(AskError) -> FaithfulnessAsk {
    typealias Field = FaithfulnessAsk.Field
    let given: [(Field, String?)] = [
      (.metrics, metrics), (.steps, steps), (.roadPercentages, roadPercentages), (.score, score), (.seed, seed),
    ]
    return try FaithfulnessAsk(
      methods,
      AskFields(
        given.compactMap { field, value in value.map { (field.rawValue, $0) } }, spelling: .commandLine))
  }
}
