import ArgumentParser
import Foundation
import Models
import Networks
import TestSupport
import WeightFiles

/// What it costs to load a network from the store: time on a warm file cache, and resident memory beyond what the
/// process had.
struct LoadBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Measures loading networks from the store.",
    discussion: """
      The weights follow from a rule, so nothing has to be fetched. Memory is that of a fresh process that loads one network: after \
      loading, and at its peak.
      """)

  @Argument(help: "Networks of Tests/Golden/network-layouts.txt and their architectures.")
  var networks = ["mobilenet_v2", "resnet50", "densenet121", "vgg16"]

  @Option(help: "Loads that are timed.")
  var repetitions = 15

  @Option(help: .hidden)
  var measureMemoryOf: String?

  @Option(help: .hidden)
  var store: String?

  private static let architectures = [
    "densenet121": "densenet121", "efficientnet_b0": "efficientnet-b0", "mobilenet_v2": "mobilenet-v2",
    "resnet50": "resnet50", "squeezenet1_1": "squeezenet1.1", "vgg16": "vgg16",
  ]

  func run() throws {
    if let measureMemoryOf, let store {
      try printMemory(of: measureMemoryOf, in: ModelStore(path: store))
      return
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gaze-bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = ModelStore(path: folder)
    print("network         weights MB   load ms: median (min to max)   resident after, at peak (x weights)")
    for network in networks {
      guard let architecture = Self.architectures[network] else {
        throw ValidationError("Unknown network '\(network)'; known: \(Self.architectures.keys.sorted()).")
      }
      let manifest = try install(network, architecture, in: store)
      let bytes = manifest.parameterCount * MemoryLayout<Float>.size
      let times = try Times(repeat: repetitions) { _ = try store.load(manifest.name) }
      let memory = try memory(of: manifest.name, in: store)
      print(
        network.padding(toLength: 15, withPad: " ", startingAt: 0),
        String(
          format: "%10.1f   %8.1f (%.1f to %.1f)   %20.2f, %.2f", Double(bytes) / 1e6, times.median,
          times.minimum, times.maximum, Double(memory.after) / Double(bytes), Double(memory.peak) / Double(bytes)))
    }
  }

  /// Writes a checkpoint of the published layout and imports it.
  private func install(_ network: String, _ architecture: String, in store: ModelStore) throws -> ModelManifest {
    let checkpoint = store.path + "/\(network).safetensors"
    defer { try? FileManager.default.removeItem(atPath: checkpoint) }
    try writeSafetensors(
      SyntheticWeights(network: network).checkpoint.map {
        SafetensorsTensor(name: $0.name, shape: $0.shape, values: [Float](repeating: 0.5, count: $0.shape.reduce(1, *)))
      }, to: checkpoint)
    var order = CheckpointImport(checkpoint)
    order.network = architecture
    return try store.importCheckpoint(order).manifest
  }

  // MARK: Memory

  /// Bytes that loading adds to the resident memory of a fresh process: afterwards, and at most.
  private func memory(of name: String, in store: ModelStore) throws -> (after: Int, peak: Int) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["load", "--measure-memory-of", name, "--store", store.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let numbers = output.split(separator: " ").compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    guard numbers.count == 2 else { throw ValidationError("The process that measures memory answered '\(output)'.") }
    return (numbers[0], numbers[1])
  }

  private func printMemory(of name: String, in store: ModelStore) throws {
    let before = try Self.status("VmRSS")
    let classifier = try store.load(name)
    let (after, peak) = (try Self.status("VmRSS"), try Self.status("VmHWM"))
    withExtendedLifetime(classifier) {}
    print(after - before, peak - before)
  }

  /// A field of /proc/self/status, in bytes.
  private static func status(_ field: String) throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix(field + ":") }
    return (line?.split(separator: " ").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }.first ?? 0) * 1024
  }
}
