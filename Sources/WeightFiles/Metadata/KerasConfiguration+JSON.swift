import JSON

extension KerasConfiguration {
  private static let maximumLayers = 1 << 14
  /// Longer lists belong to no setting that anyone asks for.
  private static let maximumNumbers = 64
  /// EfficientNetB7's configuration has some 60,000 values.
  private static let maximumValues = 1 << 22

  /// Reads `config.json` of a `.keras` archive, or the attribute `model_config` of a model in HDF5; nil if it is
  /// neither.
  init?(json text: String) {
    guard let model = try? JSONValue(Array(text.utf8), maximumValues: Self.maximumValues),
      let config = model.member("config"), let layers = Self.layers(of: config)
    else { return nil }
    self.init(name: config.member("name")?.text ?? "", layers: [])
    append(layers, path: [])
  }

  /// The layers of a model's configuration; of Keras 1's Sequential, the configuration itself is the list.
  private static func layers(of config: JSONValue) -> [JSONValue]? { config.member("layers")?.list ?? config.list }

  /// The parser bounds the depth.
  private mutating func append(_ nodes: [JSONValue], path: [String]) {
    for node in nodes {
      guard layers.count < Self.maximumLayers, let config = node.member("config"),
        let className = node.member("class_name")?.text
      else { continue }
      var layer = Layer(
        className: className, name: config.member("name")?.text ?? node.member("name")?.text ?? "", path: path,
        numbers: [:], texts: [:])
      if case .object(let settings) = config {
        for setting in settings {
          if let text = setting.value.text ?? setting.value.objectName { layer.texts[setting.name] = text }
          if let numbers = setting.value.numbers, (1...Self.maximumNumbers).contains(numbers.count) {
            layer.numbers[setting.name] = numbers
          }
        }
      }
      layers.append(layer)
      if let inner = Self.layers(of: config) { append(inner, path: path + [layer.name]) }
    }
  }
}

extension JSONValue {
  fileprivate func member(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  fileprivate var text: String? { if case .string(let string) = self { string.text } else { nil } }

  /// What Keras calls an object that is a setting: an activation that is a layer or a function of somebody's own.
  fileprivate var objectName: String? { member("class_name").flatMap { member("config")?.text ?? $0.text } }

  fileprivate var list: [JSONValue]? { if case .list(let elements) = self { elements } else { nil } }

  /// A number, or the numbers of a list, however nested, without what is left open: the batch of a shape.
  fileprivate var numbers: [Double]? {
    switch self {
    case .number(let text): return Double(text).map { [$0] }
    case .list(let elements):
      let parts = elements.map(\.numbers)
      return parts.contains { $0 == nil } ? nil : parts.flatMap { $0 ?? [] }
    case .null: return []
    default: return nil
    }
  }
}
