import Networks

/// A name of an architecture as publishers write it, read as one of Gaze's.
enum ArchitectureName {
  /// What a name stands for.
  enum Meaning {
    /// Networks of Gaze that have it: torchvision's and Keras' networks of one name are several.
    case registered([Architecture])
    /// A network that Gaze has not, with the tensors of one that it has.
    case known(String)
    /// Any other.
    case unknown
  }

  /// Names whose letters and digits are not those of Gaze's name. TensorFlow's EfficientNet-Lite came first, so it has
  /// the plain name here.
  private static let aliases: [String: String] = {
    var aliases = ["mobilenetv2100": "mobilenetv2"]
    for member in 0...4 { aliases["tfefficientnetlite\(member)"] = "efficientnetlite\(member)" }
    return aliases
  }()

  /// Variants of timm's networks that have the names and shapes of another and compute otherwise: with blur or average
  /// pooling before strides, which has no parameters.
  private static let lookAlikes: [String: [String]] = [
    "resnet18": ["resnetblur18"],
    "resnet34d": ["resnetaa34d"],
    "resnet50": ["resnetaa50", "resnetblur50"],
    "resnet50d": ["resnetaa50d", "resnetblur50d"],
    "resnet101d": ["resnetaa101d", "resnetblur101d"],
    "efficientnet-b0": ["efficientnet_blur_b0"],
  ]

  /// Networks of other libraries with the same tensors, which Gaze has not.
  static func lookAlikes(of architecture: Architecture) -> [String] { lookAlikes[architecture.name] ?? [] }

  static func meaning(of name: String) -> Meaning {
    // timm's tag says which training the weights are of: `resnet50.a1_in1k`. Gaze's own names may have dots.
    let all = Architecture.all
    if let own = all.first(where: { $0.name == name }) { return .registered([own]) }
    let stem = String(name.split(separator: "/").last?.prefix { $0 != "." } ?? "")
    let isAlias = aliases[letters(of: stem)] != nil
    let registered = all.filter { isAlias ? key($0.name) == key(stem) : keys(of: $0).contains(key(stem)) }
    if !registered.isEmpty { return .registered(registered) }
    return lookAlikes.values.contains { $0.contains(stem) } ? .known(stem) : .unknown
  }

  /// Of networks that a name and the tensors fit, timm's own: where another's has the same tensors, it is timm that
  /// writes the name into a file.
  static func preferred(_ fitting: [ImportRecognition]) -> [ImportRecognition] {
    let timms = fitting.filter { $0.architecture.name.hasPrefix("timm-") }
    return timms.isEmpty ? fitting : timms
  }

  private static func letters(of name: String) -> String {
    name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  private static func key(_ name: String) -> String {
    let letters = letters(of: name)
    return aliases[letters] ?? letters
  }

  /// With and without the library that the name begins with.
  private static func keys(of architecture: Architecture) -> [String] {
    let own = key(architecture.name)
    return [own]
      + ["keras", "timm", "torchvision", "hf", "transformers"].filter { own.hasPrefix($0) }
      .map { key(String(own.dropFirst($0.count))) }
  }
}
