extension AugmentationStep {
  /// What can be done to a picture. Levels lie between 0 and 1. `docs/augmentation.md` has every formula.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    // Geometry.
    case crop, scale, aspect, rotation, shear, perspective, translation, flip
    case verticalFlip = "vertical-flip"
    // Light and colour.
    case light, gamma, exposure, brightness, contrast
    case whiteBalance = "white-balance"
    case saturation, greyscale, hue
    // Neighbourhoods.
    case blur, focus, noise, cutout, compression
    // What lies behind the object.
    case background

    package struct Parameter: Hashable, Sendable {
      package let name: String
      /// What may be asked for.
      package let limits: ClosedRange<Double>
      /// Whether it is a factor, whose logarithm is drawn: twice and half are then equally likely.
      let isFactor: Bool

      init(_ name: String, _ limits: ClosedRange<Double>, isFactor: Bool = false) {
        self.name = name
        self.limits = limits
        self.isFactor = isFactor
      }
    }

    package var parameters: [Parameter] {
      switch self {
      case .crop: [Parameter("area", 0.01...1), Parameter("aspect", 0.1...10, isFactor: true)]
      case .scale: [Parameter("factor", 0.1...10, isFactor: true)]
      case .aspect: [Parameter("factor", 0.25...4, isFactor: true)]
      case .rotation: [Parameter("degrees", -180...180)]
      case .shear: [Parameter("slope", -1...1)]
      case .perspective: [Parameter("shift", -0.3...0.3)]
      case .translation: [Parameter("horizontal", -1...1), Parameter("vertical", -1...1)]
      case .flip, .verticalFlip, .greyscale: []
      case .light: [Parameter("strength", -3...3)]
      case .gamma: [Parameter("exponent", 0.1...10, isFactor: true)]
      case .exposure: [Parameter("factor", 0.05...20, isFactor: true)]
      case .brightness: [Parameter("shift", -1...1)]
      case .contrast: [Parameter("factor", 0.05...20, isFactor: true)]
      case .whiteBalance: [Parameter("factor", 0.1...10, isFactor: true)]
      case .saturation: [Parameter("factor", 0...4)]
      case .hue: [Parameter("degrees", -180...180)]
      case .blur: [Parameter("deviation", 0...8)]
      case .focus: [Parameter("level", -4...4)]
      case .noise: [Parameter("deviation", 0...0.5)]
      case .cutout: [Parameter("width", 0...1), Parameter("height", 0...1)]
      case .compression: [Parameter("quality", 1...100)]
      case .background:
        [
          Parameter("relighting", 0...1), Parameter("gamma", 0.1...10, isFactor: true),
          Parameter("exposure", 0.05...20, isFactor: true),
        ]
      }
    }
  }
}
