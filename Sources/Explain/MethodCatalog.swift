/// Every method, with what can be set of it: for the command, HTTP and the page.
package enum MethodCatalog {
  /// A method and how it is made.
  package struct Entry: Sendable {
    package let name: String
    package let title: String
    package let family: Family
    /// What it answers, in one sentence.
    package let summary: String
    package let parameters: [ParameterSpecification]
    fileprivate let make: @Sendable (ParameterValues) -> any AttributionMethod

    init(
      _ name: String, _ title: String, _ family: Family, _ summary: String,
      _ parameters: [ParameterSpecification] = [],
      make: @escaping @Sendable (ParameterValues) -> any AttributionMethod
    ) {
      self.name = name
      self.title = title
      self.family = family
      self.summary = summary
      self.parameters = parameters
      self.make = make
    }
  }

  package enum Family: String, Hashable, Sendable, CaseIterable {
    /// A layer's activations, weighed.
    case activation
    /// The target's gradient by the input.
    case gradient
    /// The network is asked about changed inputs and never looked into.
    case blackBox = "black-box"
  }

  /// The method that is used where none is named.
  package static let defaultName = "grad-cam"

  package static let entries: [Entry] = activationMethods + gradientMethods + blackBoxMethods

  private static let activationMethods = [
    cam(.gradCAM, "Grad-CAM", "Where the features are that raise the class, each weighed by its mean effect."),
    cam(.gradCAMPlusPlus, "Grad-CAM++", "As Grad-CAM, with weights that count several small objects like one large."),
    cam(
      .hiResCAM, "HiResCAM", "Where the features are that raise the class, each weighed by its effect in that place."),
    cam(.xGradCAM, "XGrad-CAM", "As Grad-CAM, with weights that keep the total of HiResCAM."),
    cam(.layerCAM, "LayerCAM", "As HiResCAM, without what speaks against the class; for early layers."),
    cam(.eigenCAM, "Eigen-CAM", "What stands out most in the layer; the same for every class."),
    cam(.eigenGradCAM, "Eigen-Grad-CAM", "Where the features' effects on the class vary most."),
    Entry(
      "score-cam", "Score-CAM", .activation, "Weighs each feature by the score of the image seen through it.",
      [
        ParameterSpecification(
          "upsampling", .choice(Upsampling.allCases.map(\.rawValue)), standard: .text(Upsampling.halfPixel.rawValue),
          "How a feature is stretched over the image; 'corners' is pytorch-grad-cam's.")
      ]
    ) { ScoreCAM(upsampling: $0.choice("upsampling")) },
    Entry("ablation-cam", "Ablation-CAM", .activation, "Weighs each feature by what the class loses without it.") { _ in
      AblationCAM()
    },
  ]

  private static func cam(_ rule: CAMRule, _ title: String, _ summary: String) -> Entry {
    Entry(rule.name, title, .activation, summary) { _ in ClassActivationMap(rule) }
  }

  private static let gradientMethods = [
    Entry(
      "saliency", "Saliency", .gradient, "Which pixels the class would answer to, were they changed a little.",
      [channels(.maximumMagnitude)]
    ) { Saliency(reduction: $0.choice("channels")) },
    Entry(
      "input-x-gradient", "Input × gradient", .gradient,
      "What each pixel adds to the class, if the network is taken for linear.", [channels(.sum)]
    ) { InputTimesGradient(reduction: $0.choice("channels")) },
    Entry(
      "smoothgrad", "SmoothGrad", .gradient, "Saliency, averaged over noisy copies of the image.",
      [
        ParameterSpecification("samples", .integer(1...1000), standard: .integer(50), "Noisy copies."),
        ParameterSpecification(
          "noise", .number(0...1), standard: .number(0.15), "The noise's deviation, as a share of the input's range."),
        seed, channels(.maximumMagnitude),
      ]
    ) {
      SmoothGrad(
        samples: $0.integer("samples"), noise: $0.number("noise"), seed: UInt64($0.integer("seed")),
        reduction: $0.choice("channels"))
    },
    Entry(
      "integrated-gradients", "Integrated gradients", .gradient,
      "What each pixel adds to the class on the way from a baseline to the image; the parts sum to the whole.",
      [
        ParameterSpecification("steps", .integer(1...1000), standard: .integer(50), "Points on the way."),
        ParameterSpecification(
          "baseline", .choice(Baseline.Kind.allCases.map(\.rawValue)), standard: .text("zero"),
          "The image without content that the way begins at."),
        ParameterSpecification(
          "sigma", .number(0.5...100), standard: .number(20), "For baseline=blur: the deviation in pixels."),
        seed, channels(.sum),
      ]
    ) {
      let baseline: Baseline =
        switch $0.choice("baseline") as Baseline.Kind {
        case .zero: .zero
        case .mean: .mean
        case .blur: .blur(sigma: $0.number("sigma"))
        case .noise: .noise(seed: UInt64($0.integer("seed")))
        }
      return IntegratedGradients(
        steps: $0.integer("steps"), baseline: baseline, reduction: $0.choice("channels"))
    },
    Entry(
      "guided-backprop", "Guided backpropagation", .gradient,
      "Edges that excite the network; depends little on the class.", [channels(.maximumMagnitude)]
    ) { GuidedBackpropagation(reduction: $0.choice("channels")) },
    Entry(
      "guided-grad-cam", "Guided Grad-CAM", .gradient, "Guided backpropagation where Grad-CAM is positive.",
      [channels(.maximumMagnitude)]
    ) { GuidedGradCAM(reduction: $0.choice("channels")) },
  ]

  private static let blackBoxMethods = [
    Entry(
      "occlusion", "Occlusion", .blackBox, "How much the class loses where a window is covered.",
      [
        ParameterSpecification("window", .integer(1...1024), standard: .integer(15), "The window's side, in pixels."),
        ParameterSpecification("stride", .integer(1...1024), standard: .integer(8), "From one window to the next."),
        ParameterSpecification(
          "baseline", .number(-1000...1000), standard: .number(0), "What covers the window, as preprocessed value."),
        .score(standard: .logit),
      ]
    ) {
      Occlusion(
        window: $0.integer("window"), stride: $0.integer("stride"), baseline: Float($0.number("baseline")),
        score: $0.choice("score"))
    },
    Entry(
      "rise", "RISE", .blackBox, "Averages random masks by the score of the image seen through them.",
      [
        ParameterSpecification("masks", .integer(1...100_000), standard: .integer(2000), "How many masks."),
        ParameterSpecification("cells", .integer(1...64), standard: .integer(7), "Cells along a mask's side."),
        ParameterSpecification(
          "probability", .number(0.01...1), standard: .number(0.5), "How likely a cell is to be seen."),
        seed,
        .score(standard: .probability),
      ]
    ) {
      RISE(
        masks: $0.integer("masks"), cells: $0.integer("cells"), probability: $0.number("probability"),
        seed: UInt64($0.integer("seed")), score: $0.choice("score"))
    },
  ]

  private static let seed = ParameterSpecification(
    "seed", .integer(0...Int(Int32.max)), standard: .integer(0), "Of the random numbers.")

  private static func channels(_ standard: ChannelReduction) -> ParameterSpecification {
    ParameterSpecification(
      "channels", .choice(ChannelReduction.allCases.map(\.rawValue)), standard: .text(standard.rawValue),
      "How a pixel's channels become one value.")
  }

  /// The method of this name with these parameters; those that are not given have their defaults.
  ///
  /// - Parameter values: as users write them.
  package static func method(
    named name: String, _ values: [String: String] = [:]
  ) throws(AttributionError) -> any AttributionMethod {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw .badParameter("There is no method '\(name)'. There are \(entries.map(\.name).joined(separator: ", ")).")
    }
    for given in values.keys.sorted() where !entry.parameters.contains(where: { $0.name == given }) {
      throw .badParameter(
        entry.parameters.isEmpty
          ? "The method '\(name)' has no parameter '\(given)', and no other."
          : "The method '\(name)' has no parameter '\(given)'. "
            + "It has \(entry.parameters.map(\.name).joined(separator: ", ")).")
    }
    var parsed = ParameterValues()
    for specification in entry.parameters {
      parsed[specification.name] =
        try values[specification.name].map { text throws(AttributionError) in try specification.parse(text) }
        ?? specification.standard
    }
    return entry.make(parsed)
  }
}

/// What can be set of a method: name, kind with its range, what it is if nobody says, and what it does.
package struct ParameterSpecification: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case choice([String])
    case flag
  }

  package let name: String
  package let kind: Kind
  package let standard: MethodParameter.Value
  package let help: String

  init(_ name: String, _ kind: Kind, standard: MethodParameter.Value, _ help: String) {
    self.name = name
    self.kind = kind
    self.standard = standard
    self.help = help
  }

  /// Which number of the network's answer a black-box method watches.
  fileprivate static func score(standard: Score) -> ParameterSpecification {
    ParameterSpecification(
      "score", .choice(Score.allCases.map(\.rawValue)), standard: .text(standard.rawValue), "What is watched.")
  }

  /// The value that a text stands for; throws a sentence that says what would do.
  func parse(_ text: String) throws(AttributionError) -> MethodParameter.Value {
    switch kind {
    case .integer(let range):
      if let value = Int(text), range.contains(value) { return .integer(value) }
      throw .badParameter("'\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    case .number(let range):
      if let value = Double(text), range.contains(value) { return .number(value) }
      throw .badParameter("'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound).")
    case .choice(let choices):
      if choices.contains(text) { return .text(text) }
      throw .badParameter("'\(name)' must be one of \(choices.joined(separator: ", ")).")
    case .flag:
      if let value = Bool(text) { return .flag(value) }
      throw .badParameter("'\(name)' must be true or false.")
    }
  }
}

/// Checked values for each of a method's parameters.
struct ParameterValues: Sendable {
  private var values: [String: MethodParameter.Value] = [:]

  subscript(name: String) -> MethodParameter.Value? {
    get { values[name] }
    set { values[name] = newValue }
  }

  func integer(_ name: String) -> Int {
    guard case .integer(let value) = values[name] else { preconditionFailure("There is no whole number '\(name)'") }
    return value
  }

  func number(_ name: String) -> Double {
    guard case .number(let value) = values[name] else { preconditionFailure("There is no number '\(name)'") }
    return value
  }

  func choice<Choice: RawRepresentable<String>>(_ name: String) -> Choice {
    guard case .text(let text) = values[name], let value = Choice(rawValue: text) else {
      preconditionFailure("There is no choice '\(name)'")
    }
    return value
  }
}
