/// The weights of a Keras network in HDF5: the legacy layout of Keras 1 to 3 (`layer_names` and `weight_names`
/// attributes, in a whole model's file below `model_weights`), and Keras 3's `.weights.h5`.
///
/// Names are `<layer>/<leaf>` whatever the layout, with Keras 3's leaves `kernel`, `bias`, `gamma`, `beta`,
/// `moving_mean`, `moving_variance`; a separable convolution has `depthwise_kernel` and `pointwise_kernel`. The leaves
/// are told by number and rank of a layer's weights in the order that Keras gives them, because their names in the file
/// differ from version to version (`kernel:0`, `depthwise_kernel:0`, `conv1_W:0`) and `.weights.h5` has none.
///
/// A model within the model, as transfer learning makes it, is taken apart: its layers are listed as if they were the
/// outer model's own. Statistics of `Normalization` layers and states of random generators are no weights of a network;
/// the former go into the configuration.
///
/// The HDF5 structures are read in Swift, see `HDF5Reader`. Shuffled and deflated data may unpack to at most
/// `maximumInflation` times the file's size, all tensors together.
package struct KerasFile: WeightFile {
  /// Trained weights hardly compress; new ones are mostly zeros.
  package static let maximumInflation = 16

  package var format: String { "Keras HDF5" }
  package let entries: [TensorEntry]
  /// `keras_version` and `backend`, where the file says them.
  package let metadata: [String: String]
  package let checkpointMetadata: CheckpointMetadata

  private struct Tensor {
    let dataset: HDF5Dataset
    let layout: StridedLayout
  }

  private let file: MappedFile
  private let tensors: [String: Tensor]

  package init(_ path: String) throws(WeightFileError) { try self.init(MappedFile(path)) }

  /// - Parameter configuration: of the model, where it lies beside the file; `config.json` of a `.keras` archive.
  init(_ file: MappedFile, configuration: String? = nil) throws(WeightFileError) {
    var contents: KerasContents
    do throws(HDF5Fault) { contents = try KerasContents(file) } catch { throw .hdf5(error) }

    var entries: [TensorEntry] = []
    var tensors: [String: Tensor] = [:]
    var bytesLeft = file.count * Self.maximumInflation
    for (name, dataset) in contents.named() {
      let (layout, bytes) = try checking(name) { () throws(TensorFault) in
        let layout = try StridedLayout(contiguous: dataset.shape)
        let bytes = try dataset.type.byteCount(of: layout.count)
        if case .bytes(let range) = dataset.storage, range.count != bytes {
          throw .byteCount(expected: bytes, found: range.count)
        }
        return (layout, bytes)
      }
      if bytes > bytesLeft { throw .inflatesTooFar(bytes: file.count) }
      bytesLeft -= bytes
      let entry = TensorEntry(name: name, shape: dataset.shape, type: dataset.type)
      if tensors.updateValue(Tensor(dataset: dataset, layout: layout), forKey: name) != nil {
        throw .duplicateTensor(name)
      }
      entries.append(entry)
    }
    if entries.isEmpty { throw .noTensors }
    var about = CheckpointMetadata()
    about.header = contents.metadata
    about.weightlessKerasLayers = contents.weightless
    about.keras = (configuration ?? contents.configuration).flatMap { KerasConfiguration(json: $0) }
    if let configuration { about.texts["config.json"] = configuration }
    do throws(HDF5Fault) { try contents.complete(&about, file) } catch { throw .hdf5(error) }
    checkpointMetadata = about
    self.file = file
    self.entries = entries
    self.metadata = contents.metadata
    self.tensors = tensors
  }

  /// Throws also for compressed data that turn out to be malformed.
  package func floats(_ name: String) throws(WeightFileError) -> [Float] {
    guard let tensor = tensors[name] else { throw .noSuchTensor(name) }
    do throws(HDF5Fault) { return try tensor.dataset.floats(file, tensor.layout) } catch { throw .hdf5(error) }
  }
}

/// The layers of a file and their weights.
private struct KerasContents {
  struct Layer {
    let name: String
    /// In Keras' order, with the names that the file has for them.
    var weights: [(name: String, dataset: HDF5Dataset)]

    /// A `Normalization` layer: mean, variance, and the count of what it was adapted to.
    var isStatistics: Bool { weights.map(\.dataset.shape.count) == [1, 1, 0] }
  }

  private(set) var layers: [Layer] = []
  private(set) var metadata: [String: String] = [:]
  /// Names that Keras 3 gave to layers without weights, by their class: `global_max_pooling2d`.
  private(set) var weightless: [String] = []
  /// The model's configuration, where the file has it.
  private(set) var configuration: String?
  private static let maximumDepth = 8

  init(_ file: MappedFile) throws(HDF5Fault) {
    var reader = try HDF5Reader(file)
    let top = try reader.group(at: reader.root, path: "/")
    if let weights = top.headers["model_weights"] {
      try readLegacy(&reader, weights)
    } else if let layers = top.headers["layers"], try reader.strings("layer_names", of: reader.root) == nil {
      try readKeras3(&reader, layers)
    } else {
      try readLegacy(&reader, reader.root)
    }
    for key in ["keras_version", "backend"] {
      if let value = try reader.strings(key, of: reader.root)?.first { metadata[key] = value }
    }
    configuration = try reader.configuration("model_config", of: reader.root)
  }

  /// A group per layer, listed by the attribute `layer_names`; its datasets are listed by `weight_names`. Layer and
  /// weight names may contain “/”, which makes groups within groups.
  private mutating func readLegacy(_ reader: inout HDF5Reader, _ root: UInt64) throws(HDF5Fault) {
    for name in try Self.names("layer_names", &reader, root) {
      let header = try reader.find(name, below: root)
      var weights: [(String, HDF5Dataset)] = []
      for weight in try Self.names("weight_names", &reader, header) {
        let dataset = try reader.dataset(at: reader.find(weight, below: header), path: "\(name)/\(weight)")
        weights.append((weight, dataset))
      }
      layers += Self.takenApart(Layer(name: name, weights: weights))
    }
  }

  /// The layers of a group that stands for a model within the model: each weight's name begins with its layer's.
  private static func takenApart(_ group: Layer) -> [Layer] {
    var layers: [Layer] = []
    var places: [String: Int] = [:]
    for (name, dataset) in group.weights {
      let layer = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? group.name
      if let place = places[layer] {
        layers[place].weights.append((name, dataset))
      } else {
        places[layer] = layers.count
        layers.append(Layer(name: layer, weights: [(name, dataset)]))
      }
    }
    return layers.count > 1 ? layers : [group]
  }

  /// A list of names; Keras splits those of more than 64 KB into `…0`, `…1` and so on.
  private static func names(
    _ attribute: String, _ reader: inout HDF5Reader, _ header: UInt64
  ) throws(HDF5Fault) -> [String] {
    if let names = try reader.strings(attribute, of: header) { return names }
    var names: [String] = []
    var index = 0
    while let part = try reader.strings("\(attribute)\(index)", of: header) {
      names += part
      index += 1
    }
    if index == 0 { throw .missingAttribute(attribute) }
    return names
  }

  /// `layers/<automatic name>/vars/<number>`; the layer's own name is an attribute of `vars`. A model within the model
  /// has `layers` of its own.
  private mutating func readKeras3(
    _ reader: inout HDF5Reader, _ root: UInt64, path: String = "layers", depth: Int = 0
  ) throws(HDF5Fault) {
    let automatic = try reader.group(at: root, path: path)
    for automaticName in automatic.names {
      guard let header = automatic.headers[automaticName] else { continue }
      let path = "\(path)/\(automaticName)"
      let members = try reader.group(at: header, path: path)
      if let inner = members.headers["layers"], depth < Self.maximumDepth {
        try readKeras3(&reader, inner, path: "\(path)/layers", depth: depth + 1)
      }
      let vars = try reader.find("vars", below: header)
      let variables = try reader.group(at: vars, path: "\(path)/vars")
      if variables.names.isEmpty {
        weightless.append(automaticName)
        continue
      }
      guard let name = try reader.strings("name", of: vars)?.first else { throw .missingAttribute("name") }
      var weights: [(String, HDF5Dataset)] = []
      for index in variables.names.indices {
        guard let header = variables.headers["\(index)"] else { throw .missing(path: "\(path)/vars/\(index)") }
        weights.append(("\(index)", try reader.dataset(at: header, path: "\(path)/vars/\(index)")))
      }
      layers.append(Layer(name: name, weights: weights))
    }
  }

  /// Puts what the `Normalization` layers were adapted to into their configuration.
  func complete(_ about: inout CheckpointMetadata, _ file: MappedFile) throws(HDF5Fault) {
    for layer in layers where layer.isStatistics {
      for (key, weight) in zip(["mean", "variance"], layer.weights) {
        guard let layout = try? StridedLayout(contiguous: weight.dataset.shape),
          let bytes = try? weight.dataset.type.byteCount(of: layout.count), layout.count <= 64,
          case .bytes(let range) = weight.dataset.storage, range.count == bytes,
          let place = about.keras?.layers.firstIndex(where: { $0.name == layer.name })
        else { continue }
        about.keras?.layers[place].numbers[key] = try weight.dataset.floats(file, layout).map { Double($0) }
      }
    }
  }

  func named() -> [(name: String, dataset: HDF5Dataset)] {
    layers.flatMap { layer in
      let leaves = kerasLeaves(ranks: layer.weights.map(\.dataset.shape.count))
      return layer.weights.enumerated().map { index, weight in
        ("\(layer.name)/\(leaves?[index] ?? weight.name)", weight.dataset)
      }
    }
  }
}

/// What a layer's weights are by their ranks; nil for layers that image networks do not have (their weights keep the
/// names of the file).
private func kerasLeaves(ranks: [Int]) -> [String]? {
  switch ranks {
  case [4], [2]: ["kernel"]
  case [4, 1], [2, 1]: ["kernel", "bias"]
  case [4, 4]: ["depthwise_kernel", "pointwise_kernel"]
  case [4, 4, 1]: ["depthwise_kernel", "pointwise_kernel", "bias"]
  case [1]: ["gamma"]
  case [1, 1]: ["gamma", "beta"]
  case [1, 1, 1, 1]: ["gamma", "beta", "moving_mean", "moving_variance"]
  case [1, 1, 1]: ["beta", "moving_mean", "moving_variance"]
  // Keras' `Normalization`: the count of what it was fitted to has no axis.
  case [1, 1, 0]: ["mean", "variance", "count"]
  default: nil
  }
}
