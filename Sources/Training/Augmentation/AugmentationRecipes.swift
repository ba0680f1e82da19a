extension Augmentation {
  /// For photographs of things that may be anywhere in the picture, at any angle that a hand gives a camera, before any
  /// background and in any light. The ranges are customary values, chosen by what a day's change of light and place
  /// does to photographs.
  package static let photographs = photographs(noise: 0...0.06, cutout: 0.5)

  /// The same for a network that was trained before: with less noise, and fewer pictures of which a part is cut out.
  package static let fineTuning = photographs(noise: 0...0.03, cutout: 0.3)

  private static func photographs(noise: ClosedRange<Double>, cutout: Double) -> Augmentation {
    Augmentation([
      step(.translation, ["horizontal": -0.15...0.15, "vertical": -0.15...0.15]),
      step(.scale, ["factor": 0.65...1.5]),
      step(.aspect, ["factor": 0.86...1.16]),
      step(.flip, probability: 0.5),
      step(.shear, ["slope": -0.1...0.1]),
      step(.rotation, ["degrees": -20...20]),
      step(.background, probability: 0.5, ["relighting": 0.7...0.7, "gamma": 0.67...1.49, "exposure": 0.55...1.49]),
      step(.light, ["strength": -0.3...0.3]),
      step(.gamma, ["exponent": 0.61...1.65]),
      step(.exposure, ["factor": 0.61...1.65]),
      step(.whiteBalance, ["factor": 0.74...1.35]),
      step(.saturation, ["factor": 0.4...1.6]),
      step(.greyscale, probability: 0.15),
      step(.contrast, ["factor": 0.67...1.49]),
      step(.brightness, ["shift": -0.2...0.2]),
      step(.focus, probability: 0.45, ["level": -2...1]),
      step(.noise, probability: 0.4, ["deviation": noise]),
      step(.cutout, probability: cutout, ["width": 0.125...0.375, "height": 0.125...0.375]),
    ])
  }

  private static func step(
    _ kind: AugmentationStep.Kind, probability: Double = 1, _ ranges: [String: ClosedRange<Double>] = [:]
  ) -> AugmentationStep {
    do {
      return try AugmentationStep(kind, probability: probability, ranges)
    } catch {
      preconditionFailure(error.description)
    }
  }
}
