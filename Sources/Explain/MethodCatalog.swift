package import Networks

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
    private let make: @Sendable (ParameterValues) -> any AttributionMethod

    /// - Parameter method: as it is where nothing is set.
    init(
      _ method: any AttributionMethod, _ title: String, _ family: Family, _ summary: String,
      _ parameters: [ParameterSpecification] = [],
      make: @escaping @Sendable (ParameterValues) -> any AttributionMethod
    ) {
      name = method.name
      self.title = title
      self.family = family
      self.summary = summary
      self.parameters = parameters
      self.make = make
    }

    /// The method with these parameters; those that are not given have their defaults.
    ///
    /// - Parameter values: as users write them.
    package func method(_ values: [String: String] = [:]) throws(AttributionError) -> any AttributionMethod {
      for given in values.keys.sorted() where !parameters.contains(where: { $0.name == given }) {
        throw .badParameter(
          parameters.isEmpty
            ? "The method '\(name)' has no parameter '\(given)', and no other."
            : "The method '\(name)' has no parameter '\(given)'. "
              + "It has \(parameters.map { $0.name }.joined(separator: ", ")).")
      }
      var parsed = ParameterValues()
      for specification in parameters {
        parsed[specification.name] =
          try values[specification.name].map { text throws(AttributionError) in try specification.parse(text) }
          ?? specification.defaultValue
      }
      return make(parsed)
    }

    /// The name of the first parameter for which `method` refuses these values.
    func fault(in values: [String: String]) -> String? {
      values.keys.sorted().first { name in
        guard let specification = parameters.first(where: { $0.name == name }) else { return true }
        do throws(AttributionError) { _ = try specification.parse(values[name]!) } catch { return true }
        return false
      }
    }
  }

  package enum Family: String, Hashable, Sendable, CaseIterable {
    /// A layer's activations, weighed.
    case activation
    /// The target's gradient by the input.
    case gradient
    /// What a transformer's tokens take from each other; of no use to other networks.
    case attention
    /// The network is asked about changed inputs and never looked into.
    case blackBox = "black-box"
  }

  /// The method that is used where none is named.
  package static let defaultName = "grad-cam"

  package static let entries: [Entry] = activationMethods + gradientMethods + attentionMethods + blackBoxMethods

  /// The methods that this network can be asked for: those that show attention only where it has some.
  package static func entries(for network: Network) -> [Entry] {
    entries.filter { $0.family != .attention || !network.attentions.isEmpty }
  }

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
      ScoreCAM.defaults, "Score-CAM", .activation, "Weighs each feature by the score of the image seen through it.",
      [
        ParameterSpecification(
          "upsampling", default: ScoreCAM.defaults.upsampling,
          "How a feature is stretched over the image; 'corners' is pytorch-grad-cam's.")
      ]
    ) { ScoreCAM(upsampling: $0.choice("upsampling")) },
    Entry(AblationCAM(), "Ablation-CAM", .activation, "Weighs each feature by what the class loses without it.") { _ in
      AblationCAM()
    },
  ]

  private static func cam(_ rule: CAMRule, _ title: String, _ summary: String) -> Entry {
    let method = ClassActivationMap(rule)
    return Entry(method, title, .activation, summary) { _ in method }
  }

  private static let gradientMethods = [
    Entry(
      Saliency.defaults, "Saliency", .gradient, "Which pixels the class would answer to, were they changed a little.",
      [channels(Saliency.defaults.reduction)]
    ) { Saliency(reduction: $0.choice("channels")) },
    Entry(
      InputTimesGradient.defaults, "Input × gradient", .gradient,
      "What each pixel adds to the class, if the network is taken for linear.",
      [channels(InputTimesGradient.defaults.reduction)]
    ) { InputTimesGradient(reduction: $0.choice("channels")) },
    Entry(
      SmoothGrad.defaults, "SmoothGrad", .gradient, "Saliency, averaged over noisy copies of the image.",
      [
        ParameterSpecification(
          "samples", .integer(1...1000), default: .integer(SmoothGrad.defaults.samples), "Noisy copies."),
        ParameterSpecification(
          "noise", .number(0...1), default: .number(SmoothGrad.defaults.noise),
          "The noise's deviation, as a share of the input's range."),
        seed(SmoothGrad.defaults.seed), channels(SmoothGrad.defaults.reduction),
      ]
    ) {
      SmoothGrad(
        samples: $0.integer("samples"), noise: $0.number("noise"), seed: UInt64($0.integer("seed")),
        reduction: $0.choice("channels"))
    },
    Entry(
      IntegratedGradients.defaults, "Integrated gradients", .gradient,
      "What each pixel adds to the class on the way from a baseline to the image; the parts sum to the whole.",
      [
        ParameterSpecification(
          "steps", .integer(1...1000), default: .integer(IntegratedGradients.defaults.steps), "Points on the way."),
        ParameterSpecification(
          "baseline", default: IntegratedGradients.defaults.baseline.kind,
          "The image without content that the way begins at."),
        ParameterSpecification(
          "sigma", .number(0.5...100), default: .number(Baseline.defaultSigma),
          "For baseline=blur: the deviation in pixels."),
        seed(Baseline.defaultSeed), channels(IntegratedGradients.defaults.reduction),
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
      GuidedBackpropagation.defaults, "Guided backpropagation", .gradient,
      "Edges that excite the network; depends little on the class.",
      [channels(GuidedBackpropagation.defaults.reduction)]
    ) { GuidedBackpropagation(reduction: $0.choice("channels")) },
    Entry(
      GuidedGradCAM.defaults, "Guided Grad-CAM", .gradient, "Guided backpropagation where Grad-CAM is positive.",
      [channels(GuidedGradCAM.defaults.reduction)]
    ) { GuidedGradCAM(reduction: $0.choice("channels")) },
  ]

  private static let attentionMethods = [
    Entry(
      AttentionMap.defaults, "Attention", .attention, "Where a head of a transformer looks; the same for every class.",
      [
        ParameterSpecification(
          "block", .integer(-1...63), default: .integer(AttentionMap.defaults.block), "From 0; -1 is the last."),
        ParameterSpecification(
          "head", .integer(-1...63), default: .integer(AttentionMap.defaults.head), "From 0; -1 is the mean of all."),
      ]
    ) { AttentionMap(block: $0.integer("block"), head: $0.integer("head")) },
    Entry(
      AttentionRollout.defaults, "Attention rollout", .attention,
      "What the class token takes from each patch through all blocks; the same for every class.",
      [
        ParameterSpecification(
          "heads", default: AttentionRollout.defaults.heads, "How the weights of several heads become one."),
        ParameterSpecification(
          "discard", .number(0...0.99), default: .number(AttentionRollout.defaults.discard),
          "The share of the smallest weights that is set to 0."),
      ]
    ) { AttentionRollout(heads: $0.choice("heads"), discard: $0.number("discard")) },
    Entry(
      GradientRollout(), "Gradient-weighted rollout", .attention,
      "As rollout, each weight counted as far as the class gains by it."
    ) { _ in GradientRollout() },
    Entry(
      LeGrad(), "LeGrad", .attention, "Where the class would gain if more were taken from there, over all blocks."
    ) { _ in LeGrad() },
  ]

  private static let blackBoxMethods = [
    Entry(
      Occlusion.defaults, "Occlusion", .blackBox, "How much the class loses where a window is covered.",
      [
        ParameterSpecification(
          "window", .integer(1...1024), default: .integer(Occlusion.defaults.window), "The window's side, in pixels."),
        ParameterSpecification(
          "stride", .integer(1...1024), default: .integer(Occlusion.defaults.stride), "From one window to the next."),
        ParameterSpecification(
          "baseline", .number(-1000...1000), default: .number(Double(Occlusion.defaults.baseline)),
          "What covers the window, as preprocessed value."),
        score(Occlusion.defaults.score),
      ]
    ) {
      Occlusion(
        window: $0.integer("window"), stride: $0.integer("stride"), baseline: Float($0.number("baseline")),
        score: $0.choice("score"))
    },
    Entry(
      RISE.defaults, "RISE", .blackBox, "Averages random masks by the score of the image seen through them.",
      [
        ParameterSpecification(
          "masks", .integer(1...100_000), default: .integer(RISE.defaults.masks), "How many masks."),
        ParameterSpecification(
          "cells", .integer(1...64), default: .integer(RISE.defaults.cells), "Cells along a mask's side."),
        ParameterSpecification(
          "probability", .number(0.01...1), default: .number(RISE.defaults.probability),
          "How likely a cell is to be seen."),
        seed(RISE.defaults.seed),
        score(RISE.defaults.score),
      ]
    ) {
      RISE(
        masks: $0.integer("masks"), cells: $0.integer("cells"), probability: $0.number("probability"),
        seed: UInt64($0.integer("seed")), score: $0.choice("score"))
    },
  ]

  private static func seed(_ seed: UInt64) -> ParameterSpecification {
    ParameterSpecification(
      "seed", .integer(0...Int(Int32.max)), default: .integer(Int(seed)), "Of the random numbers.")
  }

  private static func channels(_ reduction: ChannelReduction) -> ParameterSpecification {
    ParameterSpecification("channels", default: reduction, "How a pixel's channels become one value.")
  }

  /// Which number of the network's answer a black-box method watches.
  private static func score(_ score: Score) -> ParameterSpecification {
    ParameterSpecification("score", default: score, "What is watched.")
  }

  /// The method of this name with these parameters: see `Entry.method`.
  package static func method(
    named name: String, _ values: [String: String] = [:]
  ) throws(AttributionError) -> any AttributionMethod {
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw .badParameter("There is no method '\(name)'. There are \(entries.map { $0.name }.joined(separator: ", ")).")
    }
    return try entry.method(values)
  }
}
