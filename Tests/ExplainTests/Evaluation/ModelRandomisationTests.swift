import Autodiff
import Models
import Networks
import TestSupport
import Testing

@testable import Explain

@Suite struct ModelRandomisationTests {
  private func pass() throws -> (ForwardPass, ModelRandomiser) {
    let network = try RandomisableNetwork.build(WeightReader(RandomisableNetwork.weights))
    var random = SplitMix64(seed: 3)
    let input = Tensor([1, 20, 24, 3], random.units(20 * 24 * 3), in: BufferPool())
    let pass = try TinyModel(network: network, input: input).pass()
    return (pass, try RandomisableNetwork.randomiser(of: pass.classifier, seed: 5))
  }

  @Test func theUnitsGoFromTheLogitsToTheImage() throws {
    #expect(try pass().1.units == ["fc", "layer.0", "bn1", "conv1"])
    #expect(RandomisedWeights.unit(of: "layer1.0.downsample.0.weight") == "layer1.0")
    #expect(RandomisedWeights.unit(of: "features.3.conv.0.0.weight") == "features.3")
    #expect(RandomisedWeights.unit(of: "block_1_expand/kernel") == "block_1_expand")
  }

  @Test func theStepsAreEven() {
    #expect(ModelRandomisation.counts(units: 4, steps: 8) == [1, 2, 3, 4])
    #expect(ModelRandomisation.counts(units: 21, steps: 5) == [1, 6, 11, 16, 21])
    #expect(ModelRandomisation.counts(units: 20, steps: 1) == [1])
    #expect(ModelRandomisation.counts(units: 1, steps: 3) == [1])
  }

  /// A filter keeps its mean and deviation, a vector its values, and the vectors of a normalisation their order among
  /// each other.
  @Test func randomWeightsKeepTheirMoments() throws {
    let shapes = ["a.weight": [64, 32, 3, 3], "n.weight": [500], "n.running_var": [500], "b.weight": [7, 9]]
    let source = SyntheticWeights(shapes: shapes)
    let random = RandomisedWeights(source, units: ["a", "n"], seed: 1)
    #expect(try random.values(of: "b.weight", .linear) == source.values(of: "b.weight", .linear))

    let (before, after) = (source.values(of: "a.weight", .convolution), try random.values(of: "a.weight", .convolution))
    let (old, new) = (moments(before), moments(after))
    #expect(before != after)
    #expect(abs(old.mean - new.mean) < 5 * old.deviation / 136)
    #expect(abs(old.deviation / new.deviation - 1) < 0.03)

    let (scale, variance) = (source.values(of: "n.weight", .vector), source.values(of: "n.running_var", .vector))
    let (newScale, newVariance) = (
      try random.values(of: "n.weight", .vector), try random.values(of: "n.running_var", .vector)
    )
    #expect(newScale != scale && newScale.sorted() == scale.sorted())
    let pairs = Dictionary(zip(scale, variance), uniquingKeysWith: { first, _ in first })
    #expect(zip(newScale, newVariance).allSatisfy { pairs[$0] == $1 })

    #expect(try RandomisedWeights(source, units: ["a"], seed: 2).values(of: "a.weight", .convolution) != after)
    #expect(try RandomisedWeights(source, units: ["a"], seed: 1).values(of: "a.weight", .convolution) == after)
  }

  /// What a unit before the random ones gives stays as it was, bit for bit.
  @Test func onlyTheUnitsThatAreNamedChange() throws {
    let (pass, randomiser) = try pass()
    let headless = try ForwardPass(
      explaining: pass.input, by: randomiser.classifier(randomising: 1), on: pass.engine)
    #expect(headless.activations["second"]?.elements == pass.activations["second"]?.elements)
    #expect(headless.logits != pass.logits)
    let half = try ForwardPass(explaining: pass.input, by: randomiser.classifier(randomising: 2), on: pass.engine)
    #expect(half.activations["first"]?.elements == pass.activations["first"]?.elements)
    #expect(half.activations["second"]?.elements != pass.activations["second"]?.elements)
    let none = try ForwardPass(explaining: pass.input, by: randomiser.classifier(randomising: 0), on: pass.engine)
    #expect(none.logits == pass.logits)
  }

  /// Grad-CAM passes: its map changes with the head alone, and with everything random it is another one. A map of the
  /// image fails.
  @Test func gradCAMPassesAndAMapOfTheImageFails() throws {
    let (pass, randomiser) = try pass()
    func check(
      _ explain: (ForwardPass, PassProgress) throws(AttributionError) -> SaliencyMap
    ) throws -> ModelRandomisation {
      try pass.modelRandomisation(
        of: explain(pass, .none), by: randomiser, steps: 8, progress: .none, explain: explain)
    }
    let honest = try check { pass, progress throws(AttributionError) in
      try ClassActivationMap(.gradCAM).attribute(Question(pass: pass, target: Target(1)), progress).map
    }
    #expect(honest.units == 4)
    #expect(honest.steps.map(\.last) == ["fc", "layer.0", "bn1", "conv1"])
    #expect(honest.steps.allSatisfy { ($0.correlation ?? 1) < 0.95 })

    let deaf = try check { pass, _ throws(AttributionError) in
      SaliencyMap(width: 72, height: 20, values: pass.input.elements)
    }
    #expect(deaf.steps.allSatisfy { $0.correlation == 1 && $0.magnitudeCorrelation == 1 })
    #expect(deaf == ModelRandomisation.ofUnchangingMap(randomiser, steps: 8))
  }

  private func moments(_ values: [Float]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
    return (mean, variance.squareRoot())
  }
}
