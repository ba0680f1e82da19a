import ArgumentParser

/// Measurements, apart from the tests: timing proves nothing on a shared machine unless it is repeated and compared
/// within one run.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Benchmarks", abstract: "Measures what Gaze is made of.",
    discussion: "Run it optimised: swift run -c release Benchmarks networks",
    subcommands: [
      KernelsBenchmark.self, NetworksBenchmark.self, TrainingBenchmark.self, ExplainBenchmark.self, CodecBenchmark.self,
      AugmentationBenchmark.self, LoadBenchmark.self,
      WorkerCommand.self,
    ])
}
