import Autodiff
import Explain
import Foundation
import Models
import TestSupport
import Testing
import WeightFiles

@testable import Networks

/// Every network, with weights that follow from a rule, against the reference implementations.
///
/// Two sets of references: our own, `Tests/Golden/make_network_goldens.py`; and the team's, `goldens/synthetic` of the
/// shared data, which were made independently of ours, cover six of the networks, and tell more (alpha, the
/// activations' mean and deviation).
@Suite(.serialized) struct SyntheticGoldenTests {
  struct Subject: Sendable, CustomTestStringConvertible {
    /// As the goldens call it.
    let name: String
    let architecture: String
    /// Of the input.
    var side = 224
    /// The pixels that a unit sees which single precision puts on the other side of its kink:
    /// docs/decisions/input-gradients.md.
    var switchedPatch: (rows: ClosedRange<Int>, columns: ClosedRange<Int>)?
    var testDescription: String { name }

    static let all = [
      Subject(name: "resnet50", architecture: "resnet50"),
      Subject(name: "mobilenet_v2", architecture: "mobilenet-v2"),
      Subject(name: "vgg16", architecture: "vgg16"),
      Subject(name: "densenet121", architecture: "densenet121"),
      Subject(name: "efficientnet_b0", architecture: "efficientnet-b0"),
      Subject(name: "squeezenet1_1", architecture: "squeezenet1.1", side: 227),
      Subject(name: "keras_resnet50", architecture: "keras-resnet50"),
      Subject(
        name: "keras_mobilenet_v2", architecture: "keras-mobilenet-v2", switchedPatch: (rows: 42...100, columns: 0...52)
      ),
      Subject(name: "keras_vgg16", architecture: "keras-vgg16"),
      Subject(name: "keras_squeezenet1_1", architecture: "keras-squeezenet1.1", side: 227),
    ]
  }

  /// One test a network: building VGG-16 takes longer than running it.
  @Test(arguments: Subject.all) func agreesWithTheReference(_ subject: Subject) throws {
    let architecture = try #require(Architecture.named(subject.architecture))
    let network = try architecture.build(WeightReader(SyntheticWeights(network: subject.name)))
    let run = try Run(subject, network)
    try expectAgreement(run)
    expectLayersReplay(run)
  }

  private func expectAgreement(_ run: Run) throws {
    var gradients: [Int: [Float]] = [:]
    for golden in try Self.goldens(of: run.subject) {
      try expectPredictionsAgree(run, golden)
      for target in golden.targets() {
        try expectMapsAgree(run, golden, target)
        let gradient = gradients[target] ?? run.inputGradient(of: target)
        gradients[target] = gradient
        try expectInputGradientAgrees(run, gradient, golden, target)
      }
    }
  }

  /// EfficientNet-Lite0 has its published weights in our goldens, and the rule's picture.
  @Test(.enabled(if: TestModels.has("efficientnet-lite0"), TestModels.note("efficientnet-lite0")))
  func agreesWithTheReferenceOfPublishedWeights() throws {
    let subject = Subject(name: "efficientnet_lite0", architecture: "efficientnet-lite0")
    let run = try Run(subject, TestModels.library.classifier("efficientnet-lite0").network)
    try expectAgreement(run)
    expectLayersReplay(run)
  }

  private static func goldens(of subject: Subject) throws -> [GoldenFile] {
    let own = URL(filePath: #filePath).appending(path: "../../../Golden/network-\(subject.name).safetensors")
    let shared = SharedData.path("goldens/synthetic/\(subject.name).safetensors")
    let paths =
      [own.standardizedFileURL.path(percentEncoded: false)]
      + (FileManager.default.fileExists(atPath: shared) ? [shared] : [])
    return try paths.map { GoldenFile(try openWeightFile($0)) }
  }

  private func expectPredictionsAgree(_ run: Run, _ golden: GoldenFile) throws {
    let logits = run.pass.logits
    let comparison = Comparison(logits, expected: try golden.floats("logits"))
    #expect(comparison.relativeL2 <= 1e-4, "logits: \(comparison)")
    let ranked = logits.indices.sorted { logits[$0] > logits[$1] }
    #expect(try golden.floats("top5_index").map { Int($0) } == Array(ranked.prefix(5)))

    if golden.has("layer/activation_mean") {
      let activation = run.pass.head(after: run.targetLayer).activation
      let (mean, deviation) = channelStatistics(activation)
      let means = Comparison(mean, expected: try golden.floats("layer/activation_mean"))
      #expect(means.relativeL2 <= 1e-4, "activation mean: \(means)")
      let deviations = Comparison(deviation, expected: try golden.floats("layer/activation_std"))
      #expect(deviations.relativeL2 <= 1e-4, "activation deviation: \(deviations)")
    }
  }

  private func expectMapsAgree(_ run: Run, _ golden: GoldenFile, _ target: Int) throws {
    let map = try run.pass.map(of: target, by: .gradCAM, at: run.targetLayer)
    let comparison = Comparison(
      map.values, expected: try golden.floats("class\(target)/gradcam_raw"), extents: [map.height, map.width])
    #expect(comparison.relativeL2 <= 1e-4, "Grad-CAM of class \(target): \(comparison)")
    try expectTheSumIsTheLogit(run, target)
    for (rule, name) in [(CAMRule.hiResCAM, "hirescam_raw"), (.layerCAM, "layercam_raw")]
    where golden.has("class\(target)/\(name)") {
      let values = try run.pass.map(of: target, by: rule, at: run.targetLayer).values
      let agreement = Comparison(values, expected: try golden.floats("class\(target)/\(name)"))
      #expect(agreement.relativeL2 <= 1e-4, "\(name) of class \(target): \(agreement)")
    }

    if golden.has("class\(target)/alpha") {
      let gradient = run.pass.gradient(of: Target(target), at: run.pass.head(after: run.targetLayer))
      let alpha = Comparison(
        channelStatistics(gradient).mean, expected: try golden.floats("class\(target)/alpha"))
      #expect(alpha.relativeL2 <= 1e-4, "alpha of class \(target): \(alpha)")
    }
  }

  /// Every network but VGG ends in a mean over space and at most one linear layer. SqueezeNet's linear layer is its
  /// last convolution.
  private func expectTheSumIsTheLogit(_ run: Run, _ target: Int) throws {
    guard let readout = run.classifier.network.meanReadout else {
      #expect(run.subject.name.contains("vgg"))
      return
    }
    for layer in readout.layers {
      let result = try run.pass.ask(ClassActivationMap(.gradCAM), Target(target), at: layer)
      let residual = try #require(result.number("logit_residual"))
      #expect(abs(residual) <= 1e-4 * max(1, abs(Double(run.pass.logits[target]))), "\(layer): \(residual)")
    }
    #expect(readout.layers.contains(run.targetLayer) || run.subject.name.contains("squeezenet"))
  }

  private func expectInputGradientAgrees(
    _ run: Run, _ gradient: [Float], _ golden: GoldenFile, _ target: Int
  ) throws {
    let (mean, norm) = meanAndNorm(gradient)
    let expected = try golden.floats("class\(target)/input_gradient_mean_l2").map(Double.init)
    #expect(
      abs(norm - expected[1]) <= 5e-3 * expected[1],
      "norm of class \(target)'s input gradient: \(norm), not \(expected[1])")
    // The mean is small beside the values it is taken of: compared on the scale of their root mean square.
    let scale = expected[1] / Double(gradient.count).squareRoot()
    #expect(
      abs(mean - expected[0]) <= 5e-3 * scale, "mean of class \(target)'s input gradient: \(mean), not \(expected[0])")

    let indices = try golden.floats("gradient_sample_index_nchw").map { Int($0) }
    let pixels = run.subject.side * run.subject.side
    let samples = indices.map { index in gradient[index % pixels * 3 + index / pixels] }
    let expectedSamples = try golden.floats("class\(target)/input_gradient_sample")
    let whole = Comparison(samples, expected: expectedSamples)
    guard let patch = run.subject.switchedPatch else {
      #expect(whole.relativeL2 <= 5e-3, "samples of class \(target)'s input gradient: \(whole)")
      return
    }
    #expect(whole.relativeL2 <= 2e-2, "samples of class \(target)'s input gradient: \(whole)")
    let outside = indices.indices.filter { sample in
      let (row, column) = (indices[sample] % pixels / run.subject.side, indices[sample] % run.subject.side)
      return !(patch.rows.contains(row) && patch.columns.contains(column))
    }
    let rest = Comparison(outside.map { samples[$0] }, expected: outside.map { expectedSamples[$0] })
    #expect(rest.relativeL2 <= 5e-3, "samples of class \(target)'s input gradient outside of the patch: \(rest)")
  }

  /// A layer that is not kept is run again from the kept one before it: bit for bit what it gave in the full run, with
  /// the same gradient, and without another pass from the image.
  private func expectLayersReplay(_ run: Run) {
    let network = run.classifier.network
    let kept = run.pass.activations.values.reduce(0) { $0 + $1.byteCount }
    #expect(kept <= 12 << 20, "\(kept) bytes of activations are kept")
    let passes = run.passes.count
    let heads = network.layers.filter { !network.keptLayers.contains($0) }.map { run.pass.head(after: $0) }
    #expect(run.passes.count == passes)

    let (activations, gradients) = run.layersOfOneRun(target: 504)
    for layer in network.keptLayers {
      #expect(
        run.pass.activations[layer]?.elements == activations[layer]?.elements, "the activation of \(layer) differs")
    }
    for head in heads {
      let layer = head.layer
      #expect(head.activation.shape.rank == 4)
      #expect(head.activation.elements == activations[layer]?.elements, "the activation of \(layer) differs")
      let gradient = run.pass.gradient(of: Target(504), at: head)
      #expect(gradient.elements == gradients[layer]?.elements, "the gradient at \(layer) differs")
    }
  }
}

/// A network that was run on the synthetic picture.
private struct Run {
  let subject: SyntheticGoldenTests.Subject
  let classifier: Classifier
  let passes = ForwardPassCounter()
  let pass: ForwardPass
  private let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)

  init(_ subject: SyntheticGoldenTests.Subject, _ network: Network) throws {
    self.subject = subject
    let architecture = try #require(Architecture.named(subject.architecture))
    let manifest = ModelManifest(
      name: subject.name, title: architecture.title, architecture: architecture.name,
      preprocessing: architecture.preprocessing, labels: nil, classCount: network.classCount, parameterCount: 0,
      targetLayer: network.targetLayer, weightsSHA256: "", sourceSHA256: "", publisher: nil, licence: nil,
      publishedTop1: nil)
    classifier = Classifier(manifest: manifest, network: network, labels: .imageNet, passes: passes)
    pass = try ForwardPass(
      of: SyntheticWeights.picture(side: subject.side, in: engine.pool), by: classifier, on: engine)
  }

  var targetLayer: String { classifier.network.targetLayer }

  /// d logit / d input, [side, side, 3].
  func inputGradient(of target: Int) -> [Float] {
    let tape = Tape(engine: engine)
    let input = tape.watch(SyntheticWeights.picture(side: subject.side, in: engine.pool))
    let logits = classifier.forward(input)
    return tape.cotangents(of: logits, seed: seed(target), at: [input])[0].elements
  }

  /// What every layer gives in one run from the image, and the logit's gradient there.
  func layersOfOneRun(target: Int) -> (activations: [String: Tensor], gradients: [String: Tensor]) {
    let tape = Tape(engine: engine)
    var layers: [(name: String, value: Variable)] = []
    let logits = classifier.forward(tape.watch(SyntheticWeights.picture(side: subject.side, in: engine.pool))) {
      layer, value in
      layers.append((layer, value))
      return value
    }
    let gradients = tape.cotangents(of: logits, seed: seed(target), at: layers.map(\.value))
    return (
      Dictionary(uniqueKeysWithValues: layers.map { ($0.name, $0.value.value) }),
      Dictionary(uniqueKeysWithValues: zip(layers.map(\.name), gradients))
    )
  }

  private func seed(_ target: Int) -> Tensor { .oneHot(target, count: pass.logits.count, in: engine.pool) }
}

/// Per channel over space, the deviation that of the population.
private func channelStatistics(_ x: Tensor) -> (mean: [Float], deviation: [Float]) {
  let (values, channels) = (x.elements, x.shape[3])
  let cells = Double(values.count / channels)
  var (sums, squares) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
  for (index, value) in values.enumerated() { sums[index % channels] += Double(value) }
  for (index, value) in values.enumerated() {
    let difference = Double(value) - sums[index % channels] / cells
    squares[index % channels] += difference * difference
  }
  return (sums.map { Float($0 / cells) }, squares.map { Float(($0 / cells).squareRoot()) })
}

private func meanAndNorm(_ values: [Float]) -> (mean: Double, norm: Double) {
  let sum = values.reduce(0) { $0 + Double($1) }
  let squares = values.reduce(0) { $0 + Double($1) * Double($1) }
  return (sum / Double(values.count), squares.squareRoot())
}
