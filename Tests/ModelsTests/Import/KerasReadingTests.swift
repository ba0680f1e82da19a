import Images
import Testing
import WeightFiles

@testable import Models
@testable import Networks

/// What the layers around a Keras network say.
@Suite("Keras' layers")
struct KerasReadingTests {
  private func layer(
    _ className: String, _ name: String = "", numbers: [String: [Double]] = [:], activation: String? = nil
  ) -> KerasConfiguration.Layer {
    KerasConfiguration.Layer(
      className: className, name: name.isEmpty ? className : name, path: [], numbers: numbers,
      texts: activation.map { ["activation": $0] } ?? [:])
  }

  private func reading(
    before: [KerasConfiguration.Layer] = [], after: [KerasConfiguration.Layer] = []
  ) -> KerasReading {
    let input = layer("InputLayer", numbers: ["batch_shape": [96, 128, 3]])
    return KerasReading(
      KerasConfiguration(
        name: "m", layers: [input] + before + [layer("Conv2D"), layer("Add"), layer("Conv2D")] + after))
  }

  @Test("scaling is composed in order")
  func scaling() throws {
    let found = reading(before: [
      layer("RandomFlip"), layer("Rescaling", "a", numbers: ["scale": [0.5], "offset": [1]]),
      layer("Normalization", "b", numbers: ["mean": [2, 3, 4], "variance": [4, 4, 16]]),
    ])
    let scaling = try #require(found.scaling)
    #expect(scaling.factor == [0.25, 0.25, 0.125] && scaling.shift == [-0.5, -1, -0.75])
    #expect(scaling.layers == ["a", "b"] && found.fault == nil && found.departures.isEmpty)
    #expect(found.inputSize == ImageSize(width: 128, height: 96))
  }

  @Test("what is no scaling before the network is a fault", arguments: ["Lambda", "TrueDivide", "Resizing"])
  func fault(_ className: String) {
    #expect(reading(before: [layer(className, "x")]).fault?.description.contains("layer x") == true)
  }

  @Test(
    "what makes another computation is a departure",
    arguments: ["LeakyReLU", "GlobalMaxPooling2D", "Multiply", "MaxPooling2D", "AveragePooling2D", "Lambda"])
  func departure(_ className: String) {
    let found = reading(after: [
      layer("GlobalAveragePooling2D"), layer(className, "x"), layer("Dropout"), layer("Dense", activation: "softmax"),
    ])
    #expect(found.departures.contains("the layer x (\(className))"))
  }

  @Test("the usual ends are none")
  func usual() {
    let found = reading(after: [
      layer("BatchNormalization"), layer("ReLU"), layer("GlobalAveragePooling2D"), layer("Dense", activation: "relu"),
      layer("Dropout"), layer("Dense", "last", activation: "sigmoid"),
    ])
    #expect(found.departures.isEmpty)
    #expect(found.outputActivation?.name == "sigmoid" && found.outputActivation?.layer == "last")
    #expect(reading(after: [layer("Dense", activation: "tanh")]).departures.count == 1)
  }

  @Test(
    "an average of all that the network gives is a mean, of a part of it is not", arguments: [(3, 4, 0), (2, 2, 1)])
  func average(_ height: Double, _ width: Double, _ departures: Int) {
    let pool = layer("AveragePooling2D", numbers: ["pool_size": [height, width]])
    #expect(reading(after: [pool, layer("Flatten"), layer("Dense")]).departures.count == departures)
  }

  @Test("what the network scales itself is left out of what the model does to pixels")
  func leftOut() {
    var change = PreprocessingChange()
    (change.mean, change.deviation) = ([0.4, 0.4, 0.4], [0.2, 0.2, 0.2])
    change.leaveOut(Network.InputScaling(mean: [102, 102, 102], deviation: [51, 51, 51]))
    #expect(change.mean == [0, 0, 0] && change.deviation == [1.0 / 255, 1.0 / 255, 1.0 / 255])
    // Scaled to 0...1 first, where the network divides by 255 again.
    (change.mean, change.deviation) = ([0, 0, 0], [255, 255, 255])
    change.leaveOut(Network.InputScaling(mean: [0, 0, 0], deviation: [255, 255, 255]))
    #expect(change.deviation == [1, 1, 1] && change.mean == [0, 0, 0])
  }
}
