extension KerasConfiguration {
  private static let maximumLayers = 1 << 14
  /// Longer lists belong to no setting that anyone asks for.
  private static let maximumNumbers = 64

  /// Reads `config.json` of a `.keras` archive, or the attribute `model_config` of a model in HDF5; nil if it is neither.
  init?(json text: String) {
    guard let model = JSONNode(text), let config = model["config"], let layers = Self.layers(of: config) else {
      return nil
    }
    self.init(name: config["name"]?.text ?? "", layers: [])
    append(layers, path: [])
  }

  /// The layers of a model's configuration; of Keras 1's Sequential, the configuration itself is the list.
  private static func layers(of config: JSONNode) -> [JSONNode]? { config["layers"]?.list ?? config.list }

  private mutating func append(_ nodes: [JSONNode], path: [String]) {
    for node in nodes {
      guard layers.count < Self.maximumLayers, let config = node["config"], let className = node["class_name"]?.text
      else { continue }
      var layer = Layer(
        className: className, name: config["name"]?.text ?? node["name"]?.text ?? "", path: path, numbers: [:],
        texts: [:])
      if case .object(let settings) = config {
        for (key, value) in settings {
          if let text = value.text { layer.texts[key] = text }
          if let numbers = value.numbers, (1...Self.maximumNumbers).contains(numbers.count) {
            layer.numbers[key] = numbers
          }
        }
      }
      layers.append(layer)
      // JSONNode bounds the depth.
      if let inner = Self.layers(of: config) { append(inner, path: path + [layer.name]) }
    }
  }
}
