import Foundation
import Images
import Networks
import WeightFiles

/// What a checkpoint's metadata say of the model, each with where it stands. Only what is understood is taken.
struct PublishedConfiguration: Sendable {
  struct Statement<Value: Sendable>: Sendable {
    let value: Value
    /// "config.json", "the file's header", "args.model": part of a sentence.
    let source: String
  }

  /// The architecture's name as its publisher writes it: `resnet50`, `tf_efficientnet_b0`.
  private(set) var architecture: Statement<String>?
  private(set) var preprocessing: Statement<PreprocessingChange>?
  /// Names of the classes in their order.
  private(set) var labels: Statement<[String]>?
  /// What changes how the network computes and is no part of a registered network: "output_stride 16".
  private(set) var departures: [Statement<String>] = []
  /// What the outputs stand for.
  private(set) var output: Statement<OutputKind>?
  /// Of the network's input, where no preprocessing says it.
  private(set) var inputSize: ImageSize?
  /// Whether the preprocessing has in it what the network does to its input itself.
  private(set) var includesNetworksScaling = false

  /// Why what is said of the preprocessing cannot be done.
  private(set) var fault: PreprocessingFault?

  /// A longer text of metadata is passed over.
  private static let maximumBytes = 16 << 20

  init(_ metadata: CheckpointMetadata) {
    readHeader(metadata.header)
    readValues(metadata.values)
    departures += metadata.weightlessKerasLayers.filter { $0.hasPrefix("global_max_pooling2d") }.map {
      Statement(value: "the layer \($0)", source: "the file")
    }
    let documents = metadata.texts.merging(metadata.header.filter { $0.key.hasSuffix(".json") }) { file, _ in file }
    do throws(PreprocessingFault) {
      if let config = Self.object(documents["config.json"] ?? metadata.header["config"]) {
        try readConfiguration(config, source: "config.json")
      }
      if let processor = Self.object(documents["preprocessor_config.json"]) {
        let change = try TransformersPreprocessing(processor).change
        preprocessing = Statement(value: change, source: "preprocessor_config.json")
      }
      if let keras = metadata.keras { try readKeras(keras) }
    } catch {
      fault = error
    }
  }

  private static func object(_ text: String?) -> [String: RecordedValue]? {
    guard let text, text.utf8.count <= maximumBytes,
      case .object(let object)? = try? JSONDecoder().decode(RecordedValue.self, from: Data(text.utf8))
    else { return nil }
    return object
  }

  // MARK: Header and values

  private mutating func readHeader(_ header: [String: String]) {
    for key in ["architecture", "arch", "model_name", "timm_model"] {
      guard let name = header[key], !name.isEmpty else { continue }
      architecture = Statement(value: name, source: "the file's header (\(key))")
      return
    }
  }

  /// Arguments of the training scripts of torchvision (`args.model`, `args.val_crop_size`), timm (`args.model`,
  /// `args.crop_pct`) and PyTorch's examples (`arch`).
  private mutating func readValues(_ values: [String: String]) {
    func stated(_ keys: String...) -> (key: String, text: String)? {
      for key in keys {
        for path in ["args.\(key)", "hyper_parameters.\(key)", "config.\(key)", key] {
          if let text = values[path], !text.isEmpty, text != "None" { return (path, text) }
        }
      }
      return nil
    }
    if let (key, name) = stated("model", "arch", "architecture", "model_name"), Self.isName(name) {
      architecture = Statement(value: name, source: key)
    }
    var change = PreprocessingChange()
    if let side = (stated("val_crop_size") ?? stated("img_size", "image_size")).flatMap({ Self.whole($0.text) }) {
      change.size = ImageSize(width: side, height: side)
    }
    if let side = stated("val_resize_size").flatMap({ Self.whole($0.text) }) { change.resize = .shorterSide(side) }
    if let share = stated("crop_pct").flatMap({ Double($0.text) }) { change.cropPercentage = share }
    if let filter = stated("interpolation").flatMap({ ResizeFilter(rawValue: $0.text) }) { change.filter = filter }
    if let mean = stated("mean").flatMap({ Self.numbers($0.text) }) { change.mean = mean }
    if let deviation = stated("std").flatMap({ Self.numbers($0.text) }) { change.deviation = deviation }
    if !change.isEmpty { preprocessing = Statement(value: change, source: "the training's arguments") }
    for key in ["gp", "global_pool"] {
      if let (path, text) = stated(key) { checkPooling(text, source: path) }
    }
  }

  private static func isName(_ text: String) -> Bool {
    text.utf8.count <= 100 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && text.contains { $0.isLetter }
  }

  private static func whole(_ text: String) -> Int? { Double(text).flatMap { Int(exactly: $0) } }

  private static func numbers(_ text: String) -> [Double]? {
    let numbers = text.split(separator: ",").map { Double($0.filter { $0 != " " }) }
    return [1, 3].contains(numbers.count) && !numbers.contains(nil) ? numbers.compactMap(\.self) : nil
  }

  // MARK: config.json

  /// timm's `config.json` has `architecture` and `pretrained_cfg`; transformers' has `architectures` and `model_type`.
  private mutating func readConfiguration(
    _ config: [String: RecordedValue], source: String
  ) throws(PreprocessingFault) {
    if let names = Self.labels(config) { labels = Statement(value: names, source: source) }
    if let name = config["architecture"]?.text { architecture = Statement(value: name, source: source) }
    if case .object(let arguments)? = config["model_args"] {
      for (key, value) in arguments.sorted(by: { $0.key < $1.key }) where !Self.harmless.contains(key) {
        guard value != .null else { continue }
        departures.append(Statement(value: "\(key) \(value.shown)", source: "\(source) (model_args)"))
      }
    }
    if let type = config["model_type"]?.text, type.hasPrefix("clip") { readCLIP(config, source: source) }
    if let problem = config["problem_type"]?.text, let kind = Self.outputs[problem] {
      output = Statement(value: kind, source: "\(source) (problem_type)")
    }
    if let pooling = config["global_pool"]?.text { checkPooling(pooling, source: source) }
    if let type = config["model_type"]?.text, let activation = config["hidden_act"]?.text,
      let usual = Self.usualActivation[type], usual != activation
    {
      departures.append(Statement(value: "hidden_act \(activation)", source: source))
    }
    if case .object(let pretrained)? = config["pretrained_cfg"] {
      if architecture == nil, let name = pretrained["architecture"]?.text {
        architecture = Statement(value: name, source: "\(source) (pretrained_cfg)")
      }
      let change = try Self.timm(pretrained)
      if !change.isEmpty { preprocessing = Statement(value: change, source: "\(source) (pretrained_cfg)") }
    }
  }

  /// transformers' CLIP has no name of the tower but its numbers, with these defaults; which activation it has is no
  /// matter of tensors.
  private mutating func readCLIP(_ config: [String: RecordedValue], source: String) {
    var vision = config
    if case .object(let inner)? = config["vision_config"] { vision = inner }
    let activation = vision["hidden_act"]?.text ?? "quick_gelu"
    let prefixes = ["quick_gelu": "", "gelu": "gelu-"]
    guard let prefix = prefixes[activation] else {
      departures.append(Statement(value: "hidden_act \(activation)", source: source))
      return
    }
    let sizes = [768: "base", 1024: "large"]
    guard let size = sizes[vision["hidden_size"]?.whole ?? 768] else { return }
    architecture = Statement(
      value: "\(prefix)clip-vit-\(size)-patch\(vision["patch_size"]?.whole ?? 32)", source: source)
  }

  /// Arguments of timm's networks that do not change how they compute in use.
  private static let harmless: Set<String> = [
    "num_classes", "img_size", "drop_rate", "drop_path_rate", "drop_block_rate", "pretrained", "in_chans",
    "strict_img_size", "proj_drop_rate", "attn_drop_rate",
  ]

  /// transformers' kinds of problem.
  private static let outputs: [String: OutputKind] = [
    "single_label_classification": .softmax, "multi_label_classification": .sigmoid, "regression": .value,
  ]

  /// What transformers' configurations have unless they say otherwise.
  private static let usualActivation = [
    "resnet": "relu", "vit": "gelu", "deit": "gelu", "swin": "gelu", "swinv2": "gelu", "convnext": "gelu",
    "convnextv2": "gelu", "dinov2": "gelu", "regnet": "relu",
  ]

  private mutating func checkPooling(_ pooling: String, source: String) {
    if pooling.contains("max") { departures.append(Statement(value: "global_pool \(pooling)", source: source)) }
  }

  private static func timm(_ config: [String: RecordedValue]) throws(PreprocessingFault) -> PreprocessingChange {
    var change = PreprocessingChange()
    if case .array(let extents)? = config["input_size"], extents.count == 3, let height = extents[1].whole,
      let width = extents[2].whole
    {
      change.size = ImageSize(width: width, height: height)
    }
    if let name = config["interpolation"]?.text, let filter = ResizeFilter(rawValue: name) { change.filter = filter }
    change.mean = config["mean"]?.numbers
    change.deviation = config["std"]?.numbers
    if let share = config["crop_pct"]?.number {
      let mode = config["crop_mode"]?.text ?? "center"
      let size = change.size ?? ImageSize(width: 224, height: 224)
      if !change.setCrop(share, mode: mode, of: size) {
        throw .unsupported("config.json (pretrained_cfg)", "the crop_mode \(mode)")
      }
    }
    return change
  }

  /// `id2label`, or timm's `label_names`; names like `LABEL_0`, which transformers makes up, are none.
  private static func labels(_ config: [String: RecordedValue]) -> [String]? {
    if case .array(let names)? = config["label_names"] {
      let texts = names.compactMap(\.text)
      return texts.count == names.count && !texts.isEmpty ? texts : nil
    }
    guard case .object(let object)? = config["id2label"] else { return nil }
    var names = [String?](repeating: nil, count: object.count)
    for (key, value) in object {
      guard let index = Int(key), names.indices.contains(index), let name = value.text, !name.isEmpty else {
        return nil
      }
      names[index] = name
    }
    let texts = names.compactMap(\.self)
    let isMadeUp = texts.enumerated().allSatisfy { $1 == "LABEL_\($0)" }
    return texts.count == object.count && !texts.isEmpty && !isMadeUp ? texts : nil
  }

  // MARK: Keras

  /// Keras puts scaling into the model: v to factor v + shift = (v - mean) / deviation, v from 0 to 255. Before it a
  /// picture is resized as a whole to the input.
  private mutating func readKeras(_ keras: KerasConfiguration) throws(PreprocessingFault) {
    let reading = KerasReading(keras)
    inputSize = reading.inputSize
    departures += reading.departures.map { Statement(value: $0, source: "its configuration") }
    if let (name, layer) = reading.outputActivation, let kind = OutputKind(rawValue: name) {
      output = Statement(value: kind, source: "the layer \(layer)")
    }
    if let fault = reading.fault { throw fault }
    guard let (factor, shift, layers) = reading.scaling else { return }
    var change = PreprocessingChange()
    change.resize = .whole(nil)
    change.channelOrder = .rgb
    change.deviation = factor.map { 1 / (255 * $0) }
    change.mean = zip(shift, factor).map { -$0 / $1 / 255 }
    preprocessing = Statement(value: change, source: "the layers \(layers.joined(separator: ", "))")
    includesNetworksScaling = true
  }
}
