import ArgumentParser
import Autodiff
import Foundation

/// What every benchmark of models can be told.
struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The model store; default: the user's.", valueName: "folder"))
  var store: String?

  @Option(parsing: .upToNextOption, help: "Threads, one row for each number.")
  var threads = [1, 2]

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    guard threads.allSatisfy({ (1...256).contains($0) }) else {
      throw ValidationError("--threads must be between 1 and 256.")
    }
  }
}

struct NetworksBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "networks", abstract: "Measures whole forward passes.",
    discussion: """
      Batch 1, from the preprocessed input to the logits. Networks that the store does not have get weights that follow from a rule; of \
      EfficientNet-Lite there is none, so fetch those first: gaze models fetch efficientnet-lite0 efficientnet-lite2. GFLOP/s count the \
      multiplications and additions of the textbook's convolution, whatever the kernel does, and the share is that of the measured peak.
      """)

  @Argument(help: "Names of networks; default: all that are compared with other engines.")
  var networks = Models.compared

  @Option(name: .customLong("repeat"), help: "Passes that are timed.")
  var repetitions = 30

  @OptionGroup var options: ModelOptions

  func run() throws {
    let models = Models(store: options.store)
    var table = Table(["network", "threads", "min ms", "median ms", "max ms", "GFLOP/s", "% of peak"])
    let peaks = Dictionary(uniqueKeysWithValues: Set(options.threads).map { ($0, Peak.measure(threads: $0)) })
    for network in networks {
      for threads in options.threads {
        let times = try Times(repeat: repetitions, models.forward(network, threads: threads).run)
        let speed = 2 * Double(KernelShape.multiplications(of: network) ?? 0) / times.minimum / 1e6
        table.add([
          .text(network), .integer(threads), .number(times.minimum), .number(times.median), .number(times.maximum),
          .number(speed, digits: 1), .number(100 * speed / peaks[threads]!, digits: 0),
        ])
      }
    }
    try table.print(json: options.json)
  }
}
