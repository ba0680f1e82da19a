package import Networks
import WeightFiles

/// The head of a fine-tuned network as its tensors show it: fully connected layers and batch normalisations between the
/// network's features and the logits, in a chain whose numbers of inputs and outputs fit.
///
/// What has no weights is not in the file. Dropout does nothing. An activation does, so between two fully connected
/// layers it has to be said, unless a `Sequential`'s numbers leave no room for one or a Keras configuration names it.
struct HeadReading {
  /// One layer with weights.
  struct Step: Hashable {
    enum Kind: Hashable {
      case linear(inputs: Int, outputs: Int)
      case normalization(channels: Int)
    }

    let module: String
    let kind: Kind

    var inputs: Int {
      switch kind {
      case .linear(let inputs, _): inputs
      case .normalization(let channels): channels
      }
    }

    var outputs: Int {
      switch kind {
      case .linear(_, let outputs): outputs
      case .normalization(let channels): channels
      }
    }

    var isLinear: Bool { if case .linear = kind { true } else { false } }
  }

  /// Canonical names by the names of the file.
  let parameters: [String: String]
  /// The head in words: "linear 2048 to 512, relu, linear 512 to 5".
  let description: String

  /// A head of more layers than this is none that people write.
  private static let maximumSteps = 12

  /// - Parameters:
  ///   - entries: every tensor that is not the trunk's, in the order of the file.
  ///   - keras: the layers, where the file lists them.
  ///   - choice: what was said about the activation.
  ///   - features: how many numbers the head may read; nil: as many as the last layer.
  ///   - mayReadMaxima: whether the head may read maxima over space beside the means.
  /// - Returns: nil if the tensors are no such chain.
  /// - Throws: if they are, and the activation is not known.
  init?(
    _ entries: [TensorEntry], of head: HeadWeight, _ layout: WeightLayout, naming: FileNaming,
    keras: KerasConfiguration?, choice: HeadActivationChoice?, features: [Int]? = nil, mayReadMaxima: Bool = false
  ) throws(HeadFault) {
    guard head.role == .linear, let modules = Modules(entries, layout), modules.steps.count <= Self.maximumSteps,
      let steps = (features ?? [head.inputs]).lazy.compactMap({
        Self.chain(modules.steps, inputs: $0, isPooledTwice: mayReadMaxima && naming.isStructural)
      }).first
    else { return nil }
    // A normalisation would have to be put in the order of the flattened image.
    if features != nil, layout == .pyTorch, !steps[0].isLinear { return nil }
    let activations = try Self.activations(after: steps, layout, keras, choice)

    var (parameters, words) = ([String: String](), [String]())
    if steps[0].inputs == 2 * head.inputs { words.append("maxima and means over space") }
    for (index, (step, activation)) in zip(steps, activations).enumerated() {
      let isLast = index == steps.count - 1
      let kind: HiddenLayer.Kind =
        step.isLinear ? .linear : layout == .keras ? .kerasNormalization : .normalization
      let layer = HiddenLayer(index: index, kind: kind, activation: activation)
      for (leaf, source) in modules.tensors[step.module] ?? [:] {
        let isBias = leaf == "bias"
        parameters[source] =
          isLast
          ? (isBias ? head.bias : head.name)
          : "\(layer.module).\(leaf)"
      }
      words.append(step.isLinear ? "linear \(step.inputs) to \(step.outputs)" : "batch normalization \(step.outputs)")
      if activation != .none { words.append(activation.rawValue) }
    }
    self.parameters = parameters
    description = words.joined(separator: ", ")
  }

  // MARK: - Order

  /// The one order in which all steps form a chain from the features to a last linear layer; nil if there is none or
  /// more than one.
  private static func chain(_ steps: [Step], inputs: Int, isPooledTwice: Bool) -> [Step]? {
    var chains: [[Step]] = []
    func extend(_ chain: [Step], _ rest: [Step], _ width: Int) {
      if chains.count > 1 { return }
      if rest.isEmpty {
        if chain.last?.isLinear == true { chains.append(chain) }
        return
      }
      for (index, step) in rest.enumerated()
      where step.inputs == width && !rest.contains(where: { comes($0.module, before: step.module) }) {
        var others = rest
        others.remove(at: index)
        extend(chain + [step], others, step.outputs)
      }
    }
    extend([], steps, inputs)
    // fastai pools by maximum and by mean, and normalises that.
    if chains.isEmpty, isPooledTwice { extend([], steps, 2 * inputs) }
    guard chains.count == 1, let chain = chains.first else { return nil }
    return chain[0].inputs == inputs || !chain[0].isLinear ? chain : nil
  }

  /// Whether two modules' names differ in one number alone, and the first has the smaller one.
  private static func comes(_ first: String, before second: String) -> Bool {
    guard let (a, b) = differing(first, second) else { return false }
    return a < b
  }

  /// The numbers in which two names differ, if that is all: 0 and 3 of `fc.0` and `fc.3`, 1 and 2 of `fc1` and `fc2`.
  private static func differing(_ first: String, _ second: String) -> (Int, Int)? {
    let (a, b) = (split(first), split(second))
    guard a.stem == b.stem, let x = a.number, let y = b.number, x != y else { return nil }
    return (x, y)
  }

  private static func split(_ name: String) -> (stem: Substring, number: Int?) {
    let digits = name.reversed().prefix { ("0"..."9").contains($0) }.count
    return (name.dropLast(digits), Int(name.suffix(digits)))
  }

  // MARK: - Activations

  /// Of the batch normalisations in Keras' heads, by default.
  private static let kerasEpsilon = 1e-3

  /// What follows each step; `none` after the last.
  private static func activations(
    after steps: [Step], _ layout: WeightLayout, _ keras: KerasConfiguration?, _ choice: HeadActivationChoice?
  ) throws(HeadFault) -> [HeadActivation] {
    if let keras, let known = try activations(after: steps, keras) { return known }
    var result = [HeadActivation](repeating: .none, count: steps.count)
    let linear = steps.indices.filter { steps[$0].isLinear }
    for (from, to) in zip(linear, linear.dropFirst()) {
      // Between two steps there is room unless their numbers follow each other.
      let places = (from..<to).filter { place in
        let (a, b) = (steps[place].module, steps[place + 1].module)
        return !a.hasSuffix(".\(split(a).number ?? -1)") || differing(a, b).map { $1 != $0 + 1 } ?? true
      }
      guard let first = places.first, let last = places.last else { continue }
      guard let choice else { throw .activationUnknown(steps[from].module, steps[to].module) }
      if choice.activation == .none { continue }
      switch (first == last, choice.place) {
      case (true, _): result[first] = choice.activation
      case (false, .beforeNorm): result[from] = choice.activation
      case (false, .afterNorm): result[to - 1] = choice.activation
      case (false, nil): throw .placeUnknown(choice.activation, steps[from].module, steps[to].module)
      }
    }
    return result
  }

  /// Whether a layer `ReLU` is max(0, x).
  private static func isPlain(_ layer: KerasConfiguration.Layer) -> Bool {
    layer.numbers["max_value"] == nil
      && ["negative_slope", "threshold"].allSatisfy { layer.numbers[$0] ?? [0] == [0] }
  }

  /// What a Keras configuration says: each layer's own activation, or that of the activation layers behind it.
  private static func activations(
    after steps: [Step], _ keras: KerasConfiguration
  ) throws(HeadFault) -> [HeadActivation]? {
    var result: [HeadActivation] = []
    for (index, step) in steps.enumerated() {
      guard
        let place = keras.layers.firstIndex(where: {
          $0.name == step.module && !["Functional", "Sequential"].contains($0.className)
        })
      else { return nil }
      if !step.isLinear, let epsilon = keras.layers[place].numbers["epsilon"]?.first, epsilon != kerasEpsilon {
        throw .epsilonUnsupported(epsilon, step.module)
      }
      // The last layer's is the output's, which is not the head's business.
      if index == steps.count - 1 { return result + [.none] }
      var found: [String] = [keras.layers[place].texts["activation"] ?? "linear"]
      for layer in keras.layers[(place + 1)...] {
        if steps.contains(where: { $0.module == layer.name }) { break }
        switch layer.className {
        case "Activation": found.append(layer.texts["activation"] ?? "linear")
        case "ReLU": found.append(Self.isPlain(layer) ? "relu" : "ReLU with a limit or a slope")
        default: break
        }
      }
      found.removeAll { $0 == "linear" }
      guard found.count <= 1 else { throw .activationUnsupported(found.joined(separator: ", "), step.module) }
      let names = ["swish": "silu", "hard_swish": "hardswish", "hard_silu": "hardswish"]
      let name = found.first ?? "none"
      guard let activation = HeadActivation(rawValue: names[name] ?? name) else {
        throw .activationUnsupported(name, step.module)
      }
      result.append(activation)
    }
    return nil
  }
}

/// What keeps a head from being read.
package enum HeadFault: Error, Hashable, Sendable, CustomStringConvertible {
  case activationUnknown(String, String)
  case placeUnknown(HeadActivation, String, String)
  case activationUnsupported(String, String)
  case epsilonUnsupported(Double, String)

  package var description: String {
    switch self {
    case .activationUnknown(let first, let second):
      "The head has the fully connected layers \(first) and \(second), and a file of weights does not say what stands "
        + "between them. Say it with --head-activation: \(HeadActivationChoice.names)."
    case .placeUnknown(let activation, let first, let second):
      "The head has a batch normalization between \(first) and \(second), and the activation may come before it or after "
        + "it. Say which: --head-activation \(activation.rawValue)-before-norm (as fastai does) or "
        + "\(activation.rawValue)-after-norm."
    case .activationUnsupported(let name, let module):
      "The head's layer \(module) is followed by the activation '\(name)', which Gaze cannot compute in a head. It can "
        + "compute \(HeadActivationChoice.names)."
    case .epsilonUnsupported(let epsilon, let module):
      "The head's batch normalization \(module) has the epsilon \(epsilon); Gaze computes heads of Keras with 0.001, the "
        + "default."
    }
  }
}

/// Tensors by the module that they belong to, each recognised as a layer.
private struct Modules {
  private(set) var steps: [HeadReading.Step] = []
  /// Of each module, the file's names by PyTorch's leaves.
  private(set) var tensors: [String: [String: String]] = [:]

  /// nil if a module is neither a fully connected layer nor a batch normalisation.
  init?(_ entries: [TensorEntry], _ layout: WeightLayout) {
    var shapes: [String: [String: [Int]]] = [:]
    var order: [String] = []
    for entry in entries {
      guard let end = entry.name.lastIndex(of: layout.separator) else { return nil }
      let module = String(entry.name[..<end])
      let leaf = Self.leaf(String(entry.name[entry.name.index(after: end)...]), layout)
      if shapes[module] == nil { order.append(module) }
      shapes[module, default: [:]][leaf] = entry.shape
      tensors[module, default: [:]][leaf] = entry.name
    }
    if order.isEmpty { return nil }
    for module in order {
      guard let kind = Self.kind(shapes[module] ?? [:], layout) else { return nil }
      steps.append(HeadReading.Step(module: module, kind: kind))
    }
  }

  private static func leaf(_ name: String, _ layout: WeightLayout) -> String {
    guard layout == .keras else { return name }
    let names = [
      "kernel": "weight", "gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
      "moving_variance": "running_var",
    ]
    return names[name] ?? name
  }

  private static func kind(_ shapes: [String: [Int]], _ layout: WeightLayout) -> HeadReading.Step.Kind? {
    guard let weight = shapes["weight"] else { return nil }
    let others = shapes.filter { $0.key != "weight" }
    switch weight.count {
    case 2, 4:
      let taps = weight.count == 2 ? [] : layout == .keras ? weight.prefix(2) : weight.suffix(2)
      let ends = weight.count == 2 ? weight : Array(layout == .keras ? weight.suffix(2) : weight.prefix(2))
      let (outputs, inputs) = layout == .keras ? (ends[1], ends[0]) : (ends[0], ends[1])
      guard taps.allSatisfy({ $0 == 1 }), outputs > 0, inputs > 0, others.isEmpty || others == ["bias": [outputs]]
      else { return nil }
      return .linear(inputs: inputs, outputs: outputs)
    case 1:
      guard weight[0] > 0, others == ["bias": weight, "running_mean": weight, "running_var": weight] else { return nil }
      return .normalization(channels: weight[0])
    default: return nil
    }
  }
}
