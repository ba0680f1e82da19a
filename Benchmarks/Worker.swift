import ArgumentParser
import Autodiff
import Foundation
import Models
import Networks

/// Measures on demand, so that another program can alternate between Gaze and something else within one run.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Measures what lines on standard input ask for, and answers each with a line of JSON.",
    discussion: """
      forward NETWORK threads=2 repeat=10        {"ms": [...]}
      grad-cam NETWORK threads=2 repeat=10       {"ms": [...]}: a forward pass and the map of its top class
      further-class NETWORK threads=2 repeat=10  {"ms": [...]}: one more class of a kept pass
      method NETWORK name=NAME repeat=1 key=value...  {"ms": [...], "images": 50}
      streams NETWORK count=2 repeat=10          {"per_second": 1.0}: so many single threads, each on its own
      logits NETWORK input=FILE threads=1        {"logits": [...]}: FILE holds the input as float32, [H, W, 3]
      train NETWORK side=64 batch=32 threads=2 repeat=10  {"ms": [...], "loss": 1.0, "parameters": 1}: steps of training; keeps-statistics=1 to fine-tune
      peak threads=2                             {"gflops": 1.0}: fused multiply-adds on registers
      Each but a method is run once more before, which is not timed. What cannot be done is answered {"error": "..."}. The end of the input ends it.
      """)

  @Option(help: ArgumentHelp("The model store; default: the user's.", valueName: "folder"))
  var store: String?

  func run() throws {
    let worker = Worker(models: Models(store: store), steps: TrainingSteps())
    while let line = readLine() {
      let answer: Worker.Answer
      do { answer = try worker.answer(line) } catch { answer = Worker.Answer(error: "\(error)") }
      FileHandle.standardOutput.write(try JSONEncoder().encode(answer) + Data("\n".utf8))
    }
  }
}

private struct Worker {
  let models: Models
  let steps: TrainingSteps

  struct Answer: Encodable {
    var ms: [Double]?
    var images: Int?
    var perSecond: Double?
    var logits: [Float]?
    var gflops: Double?
    var loss: Float?
    var parameters: Int?
    var error: String?

    enum CodingKeys: String, CodingKey {
      case ms, images, logits, gflops, loss, parameters, error
      case perSecond = "per_second"
    }
  }

  func answer(_ line: String) throws -> Answer {
    var order = try Order(line)
    switch order.command {
    case "forward":
      return try timed(models.forward(order.network(), threads: order.take("threads", 2)), &order)
    case "grad-cam":
      return try timed(models.gradCAM(order.network(), threads: order.take("threads", 2)), &order)
    case "further-class":
      return try timed(models.furtherClass(order.network(), threads: order.take("threads", 2)), &order)
    case "method":
      let (threads, count) = (try order.take("threads", 2), try order.take("repeat", 1))
      let name = try order.takeText("name")
      let work = try models.method(name, order.values, of: order.network(), threads: threads)
      return Answer(ms: try Times(repeat: count, warmingUp: false, work.run).all, images: work.images)
    case "streams":
      return Answer(
        perSecond: try streams(order.network(), count: order.take("count", 2), repeat: order.take("repeat", 10)))
    case "logits":
      return Answer(
        logits: try logits(order.network(), input: order.takeText("input"), threads: order.take("threads", 1)))
    case "train":
      let network = try order.network()
      let shape = TrainingShape(
        network: network, side: try order.take("side", 64), batch: try order.take("batch", 32),
        keepsStatistics: order.flag("keeps-statistics"))
      let step = try steps.step(shape, store: models.store, threads: order.take("threads", 2))
      let times = try Times(repeat: order.take("repeat", 10), step.run)
      return Answer(ms: times.all, loss: step.lastLoss, parameters: step.parameterCount)
    case "peak":
      return Answer(gflops: Peak.measure(threads: try order.take("threads", 1)))
    default:
      throw BenchmarkError("There is no order '\(order.command)'.")
    }
  }

  private func timed(_ work: Work, _ order: inout Order) throws -> Answer {
    Answer(ms: try Times(repeat: order.take("repeat", 10), work.run).all)
  }

  /// Passes per second of `count` threads that each run the whole network by itself.
  private func streams(_ network: String, count: Int, repeat repetitions: Int) throws -> Double {
    let works = try (0..<count).map { _ in SendableWork(try models.forward(network, on: Engine(threadCount: 1))) }
    for work in works { try work.work.run() }
    let taken = milliseconds {
      DispatchQueue.concurrentPerform(iterations: count) { index in
        for _ in 0..<repetitions { try! works[index].work.run() }
      }
    }
    return Double(count * repetitions) / taken * 1e3
  }

  /// Each is run by one thread at a time.
  private struct SendableWork: @unchecked Sendable {
    let work: Work
    init(_ work: Work) { self.work = work }
  }

  private func logits(_ network: String, input path: String, threads: Int) throws -> [Float] {
    let (classifier, engine) = (try models.classifier(network), models.engine(threads: threads))
    let shape = classifier.preprocessing.inputShape
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard data.count == shape.count * MemoryLayout<Float>.size else {
      throw BenchmarkError("\(path) holds \(data.count) bytes; an input \(shape) takes \(shape.count * 4).")
    }
    let values = data.withUnsafeBytes { bytes in
      (0..<shape.count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return classifier.forward(Tape(engine: engine).constant(Tensor(shape, values, in: engine.pool))).value.elements
  }
}

/// The step that was measured last: it goes on where it was, with its memory warm.
private final class TrainingSteps {
  private var last: (key: String, step: TrainingStep)?

  func step(_ shape: TrainingShape, store: ModelStore, threads: Int) throws -> TrainingStep {
    let key = "\(shape), \(threads)"
    if let last, last.key == key { return last.step }
    last = nil
    let step = try TrainingStep(shape, store: store, threads: threads)
    last = (key, step)
    return step
  }
}

/// A line of words: a command, perhaps a network, and key=value pairs.
private struct Order {
  let command: String
  private let subject: String?
  private(set) var values: [String: String] = [:]

  init(_ line: String) throws {
    var words = line.split(separator: " ").map(String.init)
    guard !words.isEmpty else { throw BenchmarkError("An empty line asks for nothing.") }
    command = words.removeFirst()
    subject = words.first.flatMap { $0.contains("=") ? nil : $0 }
    for word in words.dropFirst(subject == nil ? 0 : 1) {
      let sides = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2 else { throw BenchmarkError("'\(word)' is not key=value.") }
      values[sides[0]] = sides[1]
    }
  }

  func network() throws -> String {
    guard let subject else { throw BenchmarkError("'\(command)' needs the name of a network.") }
    return subject
  }

  mutating func takeText(_ key: String) throws -> String {
    guard let text = values.removeValue(forKey: key) else { throw BenchmarkError("'\(command)' needs \(key)=.") }
    return text
  }

  /// Whether `key` is given, with whatever value.
  mutating func flag(_ key: String) -> Bool { values.removeValue(forKey: key) != nil }

  mutating func take(_ key: String, _ standard: Int) throws -> Int {
    guard let text = values.removeValue(forKey: key) else { return standard }
    guard let value = Int(text), value > 0 else {
      throw BenchmarkError("\(key) must be a number above 0, not '\(text)'.")
    }
    return value
  }
}
