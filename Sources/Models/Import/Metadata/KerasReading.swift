import Images
import WeightFiles

/// What the layers of a Keras model say about how pictures become its input, how its network departs from Keras
/// Applications' own, and what its outputs are. The network lies between the first convolution and the last.
struct KerasReading {
  /// From a pixel v to factor v + shift, for each channel: all that stands before the first convolution, be it the
  /// network's own or what was put before it. nil where no layer scales.
  private(set) var scaling: (factor: [Double], shift: [Double], layers: [String])?
  /// What stands there and is no scaling.
  private(set) var fault: PreprocessingFault?
  /// Of the model's input, where it has one.
  private(set) var inputSize: ImageSize?
  /// Layers that make another computation of the network: "the layer pool (GlobalMaxPooling2D)".
  private(set) var departures: [String] = []
  /// What is applied to the logits, and the layer that does it.
  private(set) var outputActivation: (name: String, layer: String)?

  private static let convolutions: Set = ["Conv2D", "DepthwiseConv2D", "SeparableConv2D"]
  private static let containers: Set = ["InputLayer", "Functional", "Sequential", "Model"]
  /// Nothing but in training; augmentation, whose names begin with `Random`, is not either.
  private static let idle: Set = [
    "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization",
    "Identity", "MixUp", "CutMix", "RandAugment", "AugMix",
  ]
  /// What networks and their heads have after the last convolution. What has weights and is not the network's is
  /// refused as unused.
  private static let ends: Set = [
    "BatchNormalization", "Activation", "ReLU", "Softmax", "Add", "Concatenate", "GlobalAveragePooling2D", "Flatten",
    "Reshape", "Dense", "LayerNormalization", "LayerScale", "StochasticDepth",
  ]
  /// VGG's, which is the network's own.
  private static let lastPooling = "block5_pool"
  /// By how many pixels the last layer of all of Keras' networks here has one.
  private static let reduction = 32.0

  init(_ keras: KerasConfiguration) {
    let layers = keras.layers
    let places = layers.indices.filter { Self.convolutions.contains(layers[$0].className) }
    let (first, last) = (places.first ?? layers.endIndex, places.last ?? layers.startIndex)
    if let extents = layers.first(where: { $0.className == "InputLayer" })?.extents, extents.count == 3,
      extents[2] == 3, let height = Int(exactly: extents[0]), let width = Int(exactly: extents[1])
    {
      inputSize = ImageSize(width: width, height: height)
    }
    do throws(PreprocessingFault) { try readScaling(layers[..<first]) } catch { fault = error }
    readEnd(layers[min(last + 1, layers.endIndex)...])
    for layer in layers where layer.className == "GlobalMaxPooling2D" { depart(layer) }
  }

  private static func isIdle(_ layer: KerasConfiguration.Layer) -> Bool {
    containers.contains(layer.className) || idle.contains(layer.className) || layer.className.hasPrefix("Random")
  }

  private mutating func depart(_ layer: KerasConfiguration.Layer) {
    departures.append("the layer \(layer.name) (\(layer.className))")
  }

  // MARK: Before the network

  /// `Rescaling` makes scale v + offset of v, `Normalization` (v - mean) / sqrt(variance).
  private mutating func readScaling(_ layers: ArraySlice<KerasConfiguration.Layer>) throws(PreprocessingFault) {
    var (factor, shift) = ([1.0, 1.0, 1.0], [0.0, 0.0, 0.0])
    var found: [String] = []
    for layer in layers {
      switch layer.className {
      case "Rescaling":
        guard let scale = layer.numbers["scale"].flatMap(Self.channels),
          let offset = Self.channels(layer.numbers["offset"] ?? [0])
        else { throw .unsupported("the layer \(layer.name)", "a scale of another number of channels") }
        for channel in 0..<3 {
          factor[channel] *= scale[channel]
          shift[channel] = shift[channel] * scale[channel] + offset[channel]
        }
        found.append(layer.name)
      case "Normalization":
        guard let mean = layer.numbers["mean"].flatMap(Self.channels),
          let variance = layer.numbers["variance"].flatMap(Self.channels)
        else { throw .unsupported("the layer \(layer.name)", "a normalization whose numbers are not in the file") }
        for channel in 0..<3 {
          // Keras' epsilon, below which a deviation does not fall.
          let deviation = max(variance[channel].squareRoot(), 1e-7)
          factor[channel] /= deviation
          shift[channel] = (shift[channel] - mean[channel]) / deviation
        }
        found.append(layer.name)
      case "ZeroPadding2D": continue
      default:
        if !Self.isIdle(layer) {
          throw .unsupported("the layer \(layer.name)", "the operation \(layer.className) before the network")
        }
      }
    }
    if !found.isEmpty { scaling = (factor, shift, found) }
  }

  private static func channels(_ numbers: [Double]) -> [Double]? {
    switch numbers.count {
    case 1: Array(repeating: numbers[0], count: 3)
    case 3: numbers
    default: nil
    }
  }

  // MARK: After the network

  private mutating func readEnd(_ layers: ArraySlice<KerasConfiguration.Layer>) {
    let pool = layers.firstIndex { $0.className == "GlobalAveragePooling2D" } ?? layers.endIndex
    let dense = layers.firstIndex { $0.className == "Dense" } ?? layers.endIndex
    for (place, layer) in zip(layers.indices, layers) {
      // Nothing stands between the mean and a head.
      let isBetween = place > pool && place < dense && ["Activation", "ReLU", "Softmax"].contains(layer.className)
      if isBetween {
        depart(layer)
        continue
      }
      if Self.ends.contains(layer.className) || Self.isIdle(layer) || poolsEverything(layer)
        || layer.name == Self.lastPooling
      {
        continue
      }
      depart(layer)
    }
    // The network alone, without a classifier, has no outputs.
    guard layers.contains(where: { ["Dense", "GlobalAveragePooling2D", "Flatten"].contains($0.className) }) else {
      return
    }
    if let last = layers.last(where: { ["Softmax", "Activation", "ReLU", "Dense"].contains($0.className) }) {
      let own = ["Softmax": "softmax", "ReLU": "relu"][last.className]
      outputActivation = (own ?? last.texts["activation"] ?? "linear", last.name)
    }
    if let (name, layer) = outputActivation, !["softmax", "sigmoid", "linear"].contains(name) {
      departures.append("the activation \(name) of the last layer, \(layer)")
    }
  }

  /// Whether an average is over all of what the network gives, as a global one is.
  private func poolsEverything(_ layer: KerasConfiguration.Layer) -> Bool {
    guard layer.className == "AveragePooling2D", let inputSize, let window = layer.numbers["pool_size"],
      window.count == 2
    else { return false }
    return window == [Double(inputSize.height) / Self.reduction, Double(inputSize.width) / Self.reduction]
  }
}

extension KerasConfiguration.Layer {
  /// Of an input, as far as they are fixed: without the batch.
  fileprivate var extents: [Double]? { numbers["batch_shape"] ?? numbers["batch_input_shape"] }
}
