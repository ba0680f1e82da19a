package import Autodiff
import Networks

/// What a model does with two pictures that it has never seen: is every number finite, does every layer tell the
/// pictures apart, are the logits those of a trained network? It finds weights that are damaged, untrained or in the
/// wrong layout; it says nothing about accuracy.
package struct ModelCheck: Sendable {
  package struct Layer: Hashable, Sendable {
    package let name: String
    package let shape: Shape
    package var statistics: Statistics
    /// Channels that have the same value in all places of both pictures.
    package var constantChannels: Int
  }

  package struct Statistics: Hashable, Sendable {
    package let least: Float
    package let greatest: Float
    package let mean: Double
    /// Values that are infinite or not a number; the numbers above are of the others.
    package let notFiniteCount: Int

    init(_ values: some Collection<Float>) {
      var (least, greatest, sum, finite) = (Float.infinity, -Float.infinity, 0.0, 0)
      for value in values where value.isFinite {
        least = min(least, value)
        greatest = max(greatest, value)
        sum += Double(value)
        finite += 1
      }
      self.least = finite > 0 ? least : .nan
      self.greatest = finite > 0 ? greatest : .nan
      mean = sum / Double(finite)
      notFiniteCount = values.count - finite
    }
  }

  package struct Picture: Hashable, Sendable {
    /// "grey" or "noise"
    package let name: String
    package let logits: Statistics
    package let topClass: Int
    /// The number that this class is told by, as the model is served.
    package let topNumber: Double
  }

  package enum Finding: Hashable, Sendable, CustomStringConvertible {
    case notFinite(layer: String, count: Int)
    case ignoresInput
    case flatLogits
    case deadLayer(String)
    case manyDeadChannels(layer: String, dead: Int, of: Int)
    case tooCertain(picture: String, probability: Double)
    case certainOfOneClass

    /// Whether the model is unusable; otherwise the finding is only a remark.
    package var isFatal: Bool {
      switch self {
      case .notFinite, .ignoresInput, .flatLogits, .deadLayer, .certainOfOneClass: true
      case .manyDeadChannels, .tooCertain: false
      }
    }

    package var description: String {
      switch self {
      case .notFinite(let layer, let count): "layer \(layer) gives \(count) values that are not finite"
      case .ignoresInput: "the logits of both pictures are the same, so the network does not see its input"
      case .flatLogits: "all logits are the same, as of a network without training"
      case .deadLayer(let layer): "layer \(layer) gives the same for both pictures in all places"
      case .manyDeadChannels(let layer, let dead, let count):
        "\(dead) of \(count) channels of layer \(layer) are constant"
      case .tooCertain(let picture, let probability):
        "\(probability) for one class of a picture of nothing but \(picture) is more certain than a trained network is"
      case .certainOfOneClass:
        "softmax makes 100 % of its one output whatever the image; import its file again with --output sigmoid or "
          + "--output value"
      }
    }
  }

  /// In forward order, without the logits; statistics over both pictures.
  package let layers: [Layer]
  package let pictures: [Picture]
  package let findings: [Finding]

  package var isUsable: Bool { !findings.contains(where: \.isFatal) }

  package var verdict: String {
    if !isUsable { return "not usable" }
    return findings.isEmpty ? "plausible" : "usable, with remarks"
  }

  /// Share of constant channels in a layer above which it gets a remark. The last layers of trained networks respond
  /// to few things, and to nothing in these pictures: 69 % of EfficientNet-Lite0's last channels are constant.
  private static let remarkableShare = 0.9
  private static let remarkableCertainty = 0.999

  package init(_ classifier: Classifier, on engine: Engine) {
    let shape = classifier.preprocessing.inputShape
    let grey = Tensor.zeros(shape, in: engine.pool)
    let noise = Tensor(shape, in: engine.pool) { values in
      // The same numbers every time.
      var random = SplitMix64(seed: 0)
      _ = values.initialize(from: (0..<shape.count).map { _ in random.unit() })
    }
    let runs = [grey, noise].map { Self.run(classifier, $0, on: engine) }
    layers = zip(runs[0].layers, runs[1].layers).map { Layer(name: $0.name, $0.value, $1.value) }
    pictures = zip(["grey", "noise"], runs).map { Picture(name: $0, logits: $1.logits, classifier) }
    findings = Self.findings(layers, pictures, logits: runs.map(\.logits), output: classifier.output)
  }

  private static func run(
    _ classifier: Classifier, _ input: Tensor, on engine: Engine
  ) -> (layers: [(name: String, value: Tensor)], logits: [Float]) {
    let tape = Tape(engine: engine)
    var layers: [(name: String, value: Tensor)] = []
    let logits = classifier.forward(tape.constant(input)) { name, value in
      layers.append((name, value.value))
      return value
    }
    return (layers.dropLast(), logits.value.elements)
  }

  private static func findings(
    _ layers: [Layer], _ pictures: [Picture], logits: [[Float]], output: OutputKind
  ) -> [Finding] {
    var findings: [Finding] = []
    // The first such layer is where it begins; those after it follow from it.
    if let layer = layers.first(where: { $0.statistics.notFiniteCount > 0 }) {
      findings.append(.notFinite(layer: layer.name, count: layer.statistics.notFiniteCount))
    } else if let picture = pictures.first(where: { $0.logits.notFiniteCount > 0 }) {
      findings.append(.notFinite(layer: "logits", count: picture.logits.notFiniteCount))
    }
    for layer in layers {
      let channels = layer.shape.extents.last ?? 0
      if layer.constantChannels == channels {
        findings.append(.deadLayer(layer.name))
      } else if Double(layer.constantChannels) > remarkableShare * Double(channels) {
        findings.append(.manyDeadChannels(layer: layer.name, dead: layer.constantChannels, of: channels))
      }
    }
    if logits[0] == logits[1] { findings.append(.ignoresInput) }
    if logits[0].count == 1 {
      if output == .softmax { findings.append(.certainOfOneClass) }
    } else if pictures.allSatisfy({ $0.logits.least == $0.logits.greatest }) {
      findings.append(.flatLogits)
    }
    guard output.isProbability, !findings.contains(.certainOfOneClass) else { return findings }
    for picture in pictures where picture.topNumber > remarkableCertainty {
      findings.append(.tooCertain(picture: picture.name, probability: picture.topNumber))
    }
    return findings
  }
}

extension ModelCheck.Layer {
  /// - Parameters: what the layer gave for the two pictures, [1, H, W, C].
  fileprivate init(name: String, _ first: Tensor, _ second: Tensor) {
    let channels = first.shape.extents.last ?? 1
    let values = first.elements + second.elements
    self.name = name
    shape = Shape(Array(first.shape.extents.dropFirst()))
    statistics = ModelCheck.Statistics(values)
    constantChannels = (0..<channels).count { channel in
      stride(from: channel, to: values.count, by: channels).allSatisfy { values[$0] == values[channel] }
    }
  }
}

extension ModelCheck.Picture {
  fileprivate init(name: String, logits: [Float], _ classifier: Classifier) {
    self.name = name
    self.logits = ModelCheck.Statistics(logits)
    topClass = logits.indexOfLargest!
    topNumber = classifier.number(of: topClass, in: logits)
  }
}
