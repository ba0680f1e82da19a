import ArgumentParser
import Autodiff
import Networks
import TestSupport

/// A convolution or linear layer of a network, batch 1.
struct KernelShape {
  enum Kind: String {
    case dense, depthwise, linear
  }

  let kind: Kind
  /// Where in the network the first of them stands.
  let place: String
  let height: Int
  let width: Int
  let inputs: Int
  let kernel: Int
  let stride: Int
  let padding: Padding
  let outputs: Int
  /// How many layers of this shape the network has.
  let count: Int

  init(_ line: Substring) {
    let words = line.split(separator: " ").map(String.init)
    let extents = words[2].split(separator: "x").map { Int($0)! }
    kind = Kind(rawValue: words[0])!
    place = words[1]
    (height, width, inputs) = (extents[0], extents[1], extents[2])
    kernel = Int(words[3])!
    stride = Int(words[4])!
    padding = words[5] == "same" ? .same : .symmetric(Int(words[5])!)
    outputs = Int(words[6])!
    count = Int(words[7].dropFirst())!
  }

  static func all(of network: String) -> [KernelShape]? {
    lines[network]?.split(separator: "\n").map(KernelShape.init)
  }

  /// Multiplications of a whole forward pass of a network.
  static func multiplications(of network: String) -> Int? {
    all(of: network)?.reduce(0) { $0 + $1.count * $1.multiplications }
  }

  private func places(_ length: Int) -> Int {
    switch padding {
    case .symmetric(let padding): (length + 2 * padding - kernel) / stride + 1
    default: (length + stride - 1) / stride
    }
  }

  var outputPixels: Int { places(height) * places(width) }
  private var weights: Int { kernel * kernel * inputs * (kind == .depthwise ? 1 : outputs) }
  var multiplications: Int { outputPixels * weights }
  /// Bytes that must move at least: input, weights and output, once each.
  var bytes: Int { 4 * (height * width * inputs + weights + outputPixels * outputs) }

  var description: String {
    kind == .linear
      ? "\(inputs) -> \(outputs)" : "\(height)x\(width)x\(inputs) \(kernel)x\(kernel)/\(stride) -> \(outputs)"
  }

  /// The layer as networks build it, with weights of noise of He's size: the weights are prepared when it is made, as
  /// when a model loads.
  func work(on engine: Engine) throws -> Work {
    var generator = SplitMix64(seed: 3)
    let x = Tensor([1, height, width, inputs], generator.units(height * width * inputs), in: engine.pool)
    let reader = WeightReader(LayerWeights(self))
    switch kind {
    case .dense:
      let layer = try ConvolutionLayer(
        reader, "weight", bias: "bias", kernel: kernel, inputs: inputs, outputs: outputs, stride: stride,
        padding: padding, activation: .relu, side: height == width && stride == 1 ? height : nil)
      return Work { _ = layer(Tape(engine: engine).constant(x)) }
    case .depthwise:
      let layer = try DepthwiseConvolutionLayer(
        reader, "weight", normalization: NormalizationParameters("bn", epsilon: 0), kernel: kernel, channels: inputs,
        stride: stride, padding: padding, activation: .relu)
      return Work { _ = layer(Tape(engine: engine).constant(x)) }
    case .linear:
      let layer = try FullyConnectedLayer(reader, "weight", bias: "bias", inputs: inputs, outputs: outputs)
      return Work { _ = layer(Tape(engine: engine).constant(x.reshaped([1, inputs]))) }
    }
  }
}

/// Weights of one layer: uniform noise of variance 2 / fan-in (He et al., arXiv 1502.01852, equation 10), the identity
/// as normalisation.
private struct LayerWeights: WeightSource {
  private let shapes: [String: Shape]
  private let scale: Float

  init(_ shape: KernelShape) {
    let vector: Shape = [shape.outputs]
    let weight: Shape =
      switch shape.kind {
      case .dense: [shape.kernel, shape.kernel, shape.inputs, shape.outputs]
      case .depthwise: [shape.kernel, shape.kernel, shape.inputs]
      case .linear: [shape.outputs, shape.inputs]
      }
    shapes = [
      "weight": weight, "bias": vector, "bn.weight": vector, "bn.bias": vector, "bn.running_mean": vector,
      "bn.running_var": vector,
    ]
    scale = (6 / Float(shape.kernel * shape.kernel * (shape.kind == .depthwise ? 1 : shape.inputs))).squareRoot()
  }

  var names: [String] { Array(shapes.keys) }

  func shape(of name: String, _ role: ParameterRole) -> Shape? { shapes[name] }

  func values(of name: String, _ role: ParameterRole) -> [Float] {
    let count = shapes[name]!.count
    switch name {
    case "weight":
      var generator = SplitMix64(seed: 4)
      return generator.units(count).map { scale * $0 }
    case "bn.weight", "bn.running_var": return [Float](repeating: 1, count: count)
    default: return [Float](repeating: 0, count: count)
    }
  }
}

struct KernelsBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Measures the networks' layers one by one.",
    discussion: """
      Every distinct shape of a network's convolutions and linear layers, with bias and activation, batch 1. GFLOP/s count the \
      multiplications and additions of the textbook's convolution, whatever the kernel does; the share is that of the measured peak. MB \
      are what must move at least: input, weights and output, once each. The last row is the sum over all layers of the network.
      """)

  @Argument(help: "Names of networks.")
  var networks = Models.compared

  @Option(help: "Only layers of this kind: dense, depthwise, linear.")
  var kind: String?

  @Option(name: .customLong("repeat"), help: "Passes that are timed.")
  var repetitions = 20

  @Option(parsing: .upToNextOption, help: "Threads, one row for each number.")
  var threads = [1, 2]

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    guard threads.allSatisfy({ (1...256).contains($0) }) else {
      throw ValidationError("--threads must be between 1 and 256.")
    }
    guard kind == nil || KernelShape.Kind(rawValue: kind!) != nil else {
      throw ValidationError("--kind must be dense, depthwise or linear.")
    }
  }

  func run() throws {
    var table = Table([
      "network", "place", "kind", "shape", "count", "threads", "min ms", "median ms", "GFLOP/s", "% of peak", "MB",
      "GB/s",
    ])
    for threads in threads {
      let peak = Peak.measure(threads: threads)
      let engine = Engine(threadCount: threads)
      for network in networks {
        guard let shapes = KernelShape.all(of: network) else {
          throw ValidationError("Unknown network '\(network)'; known: \(KernelShape.lines.keys.sorted()).")
        }
        var total = Cost()
        for shape in shapes where kind == nil || shape.kind.rawValue == kind {
          let times = try Times(repeat: repetitions, shape.work(on: engine).run)
          let cost = Cost(
            minimum: times.minimum, median: times.median, multiplications: shape.multiplications, bytes: shape.bytes)
          table.add(
            [
              .text(network), .text(shape.place), .text(shape.kind.rawValue), .text(shape.description),
              .integer(shape.count),
            ]
              + [.integer(threads)] + cost.values(peak: peak))
          total.add(cost, times: shape.count)
        }
        table.add(
          [.text(network), .text("all"), .text(kind ?? ""), .text(""), .integer(total.layers), .integer(threads)]
            + total.values(peak: peak))
      }
    }
    try table.print(json: json)
  }
}

/// What a layer, or several, take.
private struct Cost {
  /// Milliseconds.
  var minimum = 0.0
  var median = 0.0
  var multiplications = 0
  var bytes = 0
  var layers = 0

  mutating func add(_ cost: Cost, times count: Int) {
    minimum += cost.minimum * Double(count)
    median += cost.median * Double(count)
    multiplications += cost.multiplications * count
    bytes += cost.bytes * count
    layers += count
  }

  /// Times, GFLOP/s and their share of the peak, megabytes and GB/s.
  func values(peak: Double) -> [Table.Value] {
    let speed = 2 * Double(multiplications) / minimum / 1e6
    return [
      .number(minimum, digits: 3), .number(median, digits: 3), .number(speed, digits: 1),
      .number(100 * speed / peak, digits: 0), .number(Double(bytes) / 1e6),
      .number(Double(bytes) / minimum / 1e6, digits: 1),
    ]
  }
}
