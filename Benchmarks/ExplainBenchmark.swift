import ArgumentParser
import Explain

struct ExplainBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Measures explanations.",
    discussion: """
      A forward pass alone, the same with the Grad-CAM of its top class, the Grad-CAM of a further class of a kept pass, and the methods \
      that run the network many times. The ratio is that to the forward pass of the same row's network and threads, by medians.
      """)

  @Argument(help: "Names of networks.")
  var networks = ["efficientnet-lite0", "resnet50"]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Methods of the catalog, perhaps with parameters: integrated-gradients:steps=50.", valueName: "method"))
  var methods = ["integrated-gradients:steps=50", "score-cam", "occlusion:window=15,stride=8"]

  @Option(name: .customLong("repeat"), help: "Repetitions of a forward pass and of Grad-CAM.")
  var repetitions = 30

  @Option(help: "Repetitions of a method that runs the network many times.")
  var longRepeat = 2

  @OptionGroup var options: ModelOptions

  func run() throws {
    let models = Models(store: options.store)
    var table = Table(["network", "threads", "work", "min ms", "median ms", "images", "images/s", "x forward"])
    for network in networks {
      for threads in options.threads {
        let forward = try models.forward(network, threads: threads)
        let gradCAM = try models.gradCAM(network, threads: threads)
        // Turn by turn, so that a slow moment of the machine meets both.
        var (alone, explained): ([Double], [Double]) = ([], [])
        for _ in 0..<max(1, repetitions / 5) {
          alone += try Times(repeat: 5, forward.run).all
          explained += try Times(repeat: 5, gradCAM.run).all
        }
        let base = Times(alone).median
        func add(_ work: String, _ times: Times, images: Int) {
          table.add([
            .text(network), .integer(threads), .text(work), .number(times.minimum, digits: 3),
            .number(times.median, digits: 3),
            .integer(images), .number(Double(images) / times.median * 1e3, digits: 1),
            .number(times.median / base, digits: 3),
          ])
        }
        add("forward", Times(alone), images: 1)
        add("forward + grad-cam", Times(explained), images: 1)
        let further = try models.furtherClass(network, threads: threads)
        add("further class", try Times(repeat: 10 * repetitions, further.run), images: 0)
        for description in methods {
          let (method, values) = try Self.parse(description)
          let work = try models.method(method, values, of: network, threads: threads)
          add(description, try Times(repeat: longRepeat, warmingUp: false, work.run), images: work.images)
        }
      }
    }
    try table.print(json: options.json)
  }

  /// `name:key=value,key=value`
  private static func parse(_ text: String) throws -> (name: String, values: [String: String]) {
    let parts = text.split(separator: ":", maxSplits: 1)
    var values: [String: String] = [:]
    for pair in parts.dropFirst().first?.split(separator: ",") ?? [] {
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2 else { throw ValidationError("'\(pair)' is no parameter; write key=value.") }
      values[sides[0]] = sides[1]
    }
    return (String(parts.first ?? ""), values)
  }
}
