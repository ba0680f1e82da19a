/// What a checkpoint says about itself besides its tensors. Nothing here is believed unasked: the import decides what
/// each entry means.
package struct CheckpointMetadata: Hashable, Sendable {
  /// Texts beside the weights by the name of their file, such as `config.json` and `preprocessor_config.json`; of a
  /// folder or a `.keras` archive.
  package var texts: [String: String] = [:]
  /// The file's own header: safetensors' `__metadata__`, Keras' version and backend.
  package var header: [String: String] = [:]
  /// Plain values beside the tensors of a pickle, by their path: `args.model`, `hyper_parameters.arch`, `epoch`.
  /// Numbers and truth values are written as Python writes them; lists of them with commas and no brackets:
  /// "0.485,0.456,0.406".
  package var values: [String: String] = [:]
  /// The layers of a `.keras` archive or of a whole Keras model in HDF5.
  package var keras: KerasConfiguration?
  /// Of Keras' weights, the layers that have none, by names that their classes give: `dropout_1`.
  package var weightlessKerasLayers: [String] = []

  package init() {}

  package var isEmpty: Bool { texts.isEmpty && header.isEmpty && values.isEmpty && keras == nil }
}

/// The layers of a Keras model as its configuration lists them, models within the model in their place.
package struct KerasConfiguration: Hashable, Sendable {
  package struct Layer: Hashable, Sendable {
    /// "Rescaling", "Normalization", "Conv2D", "Functional", ...
    package var className: String
    package var name: String
    /// Names of the models that it lies in, the outermost first; the model itself is not among them.
    package var path: [String]
    /// Its numbers: `scale`, `offset`, `mean`, `variance`, `units`, `rate`, `epsilon`, `height`, `width`, ...; a single
    /// number is a list of one.
    package var numbers: [String: [Double]]
    /// Its texts: `activation`, `interpolation`, `padding`, ...
    package var texts: [String: String]

    package init(
      className: String, name: String, path: [String], numbers: [String: [Double]], texts: [String: String]
    ) {
      self.className = className
      self.name = name
      self.path = path
      self.numbers = numbers
      self.texts = texts
    }
  }

  /// The model's own name, which Keras Applications' models have from their function: "resnet50".
  package var name: String
  /// In the order of the configuration.
  package var layers: [Layer]

  package init(name: String, layers: [Layer]) {
    self.name = name
    self.layers = layers
  }
}
