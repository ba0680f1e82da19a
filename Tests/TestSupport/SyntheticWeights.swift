package import Autodiff
import Foundation
package import Networks

/// Weights that follow from a rule, so that a reference implementation and this one hold the same network without a
/// weight file.
///
/// The i-th element (C order of the checkpoint's own layout) of the parameter `name` is u(name, i), scaled by what the
/// parameter is for; see `Tests/Golden/make_network_goldens.py`, which is the rule's other half.
package struct SyntheticWeights: WeightSource {
  /// The parameters' extents in the checkpoint's layout: PyTorch's [out, in, height, width] and [out, in], Keras'
  /// [height, width, in, out], [height, width, channels, 1] and [in, out].
  private let shapes: [String: [Int]]
  private let gains: [(ending: String, gain: Double)]

  /// The networks of `Tests/Golden/network-layouts.txt`.
  package init(network: String) throws {
    let path = URL(filePath: #filePath).appending(path: "../../Golden/network-layouts.txt").standardizedFileURL
    let isKeras = network.hasPrefix("keras_")
    var shapes: [String: [Int]] = [:]
    for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") {
      let fields = line.split(separator: " ").map(String.init)
      guard fields[0] == network else { continue }
      let extents = fields[2...].map { Int($0)! }
      let isParameter = ["weight", "bias", "kernel", "depthwise_kernel"].contains { fields[1].hasSuffix($0) }
      for name in isParameter ? [fields[1]] : Self.normalization(fields[1], isKeras) {
        shapes[name.replacing("/depthwise_kernel", with: "/kernel")] = extents
      }
    }
    self.shapes = shapes
    gains = Self.gains[network, default: []]
  }

  package init(shapes: [String: [Int]], gains: [(ending: String, gain: Double)] = []) {
    self.shapes = shapes
    self.gains = gains
  }

  package var names: [String] { Array(shapes.keys) }

  /// What a checkpoint file of this network holds, in the order of names.
  package var checkpoint: [(name: String, shape: [Int])] {
    shapes.sorted { $0.key < $1.key }.map { (name: $0.key, shape: $0.value) }
  }

  /// The rule has the name that Keras 2 gives a depthwise filter; Keras 3 and Gaze call it a kernel like any other.
  private static func nameInRule(_ name: String) -> String {
    name.hasSuffix("_depthwise/kernel") ? name.replacing("/kernel", with: "/depthwise_kernel") : name
  }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? {
    guard let shape = shapes[name] else { return nil }
    switch (role, name.contains("/")) {
    case (.convolution, false) where shape.count == 4: return [shape[2], shape[3], shape[1], shape[0]]
    case (.depthwise, false) where shape.count == 4 && shape[1] == 1: return [shape[2], shape[3], shape[0]]
    case (.depthwise, true) where shape.count == 4 && shape[3] == 1: return Shape(Array(shape[..<3]))
    case (.linear, true) where shape.count == 2: return [shape[1], shape[0]]
    default: return Shape(shape)
    }
  }

  package func values(of name: String, _ role: ParameterRole) -> [Float] {
    let shape = shapes[name]!
    let value = element(of: name)
    switch (role, name.contains("/")) {
    case (.convolution, false), (.depthwise, false):
      let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
      return Self.transposed(rows: outputs, columns: inputs, by: taps, value)
    case (.linear, true):
      return (0..<shape[1]).flatMap { output in (0..<shape[0]).map { value($0 * shape[1] + output) } }
    default:
      return (0..<shape.reduce(1, *)).map(value)
    }
  }

  /// The picture that goes with the rule: fine noise plus a coarse 7x7 pattern, [1, side, side, 3].
  package static func picture(side: Int = 224, in pool: BufferPool) -> Tensor {
    Tensor([1, side, side, 3], in: pool) { pixels in
      let (fine, coarse) = (fnv1a64("input"), fnv1a64("input.coarse"))
      for y in 0..<side {
        for x in 0..<side {
          for channel in 0..<3 {
            let cell = (channel * 7 + y * 7 / side) * 7 + x * 7 / side
            pixels[(y * side + x) * 3 + channel] = Float(
              0.7 * uniform(fine, (channel * side + y) * side + x) + 1.5 * uniform(coarse, cell))
          }
        }
      }
    }
  }

  /// The value of each element of a parameter, by its index in the checkpoint's layout; worked out in Double and
  /// rounded once.
  private func element(of name: String) -> (Int) -> Float {
    let shape = shapes[name]!
    let name = Self.nameInRule(name)
    let hash = fnv1a64(name)
    if shape.count == 1 {
      switch name.split(whereSeparator: { $0 == "." || $0 == "/" }).last {
      case "weight", "gamma": return { Float(1 + 0.1 * Self.uniform(hash, $0)) }
      case "running_var", "moving_variance": return { Float(1 + 0.5 * abs(Self.uniform(hash, $0))) }
      default: return { Float(0.1 * Self.uniform(hash, $0)) }
      }
    }
    let gain = gains.first(where: { name.hasSuffix($0.ending) })?.gain ?? 2
    let scale = (3 * gain / Double(fanIn(name, shape))).squareRoot()
    return { Float(scale * Self.uniform(hash, $0)) }
  }

  /// Over how many products a weight's convolution or linear layer sums.
  private func fanIn(_ name: String, _ shape: [Int]) -> Int {
    if name.hasSuffix("/depthwise_kernel") { return shape[0] * shape[1] }
    return (name.contains("/") ? shape.dropLast() : shape.dropFirst()).reduce(1, *)
  }

  /// O,I,H,W to H,W,I,O.
  private static func transposed(rows: Int, columns: Int, by taps: Int, _ value: (Int) -> Float) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(rows * columns * taps)
    for tap in 0..<taps {
      for column in 0..<columns {
        for row in 0..<rows { result.append(value((row * columns + column) * taps + tap)) }
      }
    }
    return result
  }

  private static func normalization(_ prefix: String, _ isKeras: Bool) -> [String] {
    isKeras
      ? ["gamma", "beta", "moving_mean", "moving_variance"].map { prefix + "/" + $0 }
      : ["weight", "bias", "running_mean", "running_var"].map { prefix + "." + $0 }
  }

  /// u(s, i) of the rule: in [-1, 1), exact in Float and Double.
  package static func uniform(_ hash: UInt64, _ index: Int) -> Double {
    var generator = SplitMix64(seed: hash &+ UInt64(index))
    return Double(generator.next() >> 40) * (2 / Double(1 << 24)) - 1
  }

  /// Gain of a weight whose name ends so, the first that fits; otherwise 2.
  private static let gains: [String: [(ending: String, gain: Double)]] = [
    "resnet50": [(".conv3.weight", 0.2), (".downsample.0.weight", 1.5), ("fc.weight", 3)],
    "mobilenet_v2": [("features.18.0.weight", 24), (".conv.2.weight", 1.25), ("classifier.1.weight", 2)],
    "vgg16": [("classifier.6.weight", 1)],
    "densenet121": [("classifier.weight", 6)],
    "efficientnet_b0": [
      (".fc1.weight", 2), (".fc2.weight", 2), (".block.2.0.weight", 4), (".block.3.0.weight", 4),
      ("features.8.0.weight", 10), (".0.weight", 2.5), ("classifier.1.weight", 12),
    ],
    "keras_resnet50": [("_3_conv/kernel", 0.2), ("_0_conv/kernel", 1.5), ("predictions/kernel", 3)],
    "keras_mobilenet_v2": [("Conv_1/kernel", 24), ("_project/kernel", 1.25), ("predictions/kernel", 2)],
    "keras_vgg16": [("predictions/kernel", 1)],
  ]
}
