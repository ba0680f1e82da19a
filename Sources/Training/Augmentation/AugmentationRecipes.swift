extension Augmentation {
  /// For photographs of things that may be anywhere in the picture, at any angle that a hand gives a camera, before any background and in any light:
  /// what `gaze train` takes where nobody says otherwise.
  ///
  /// Found by training on one recording of each thing and validating on another, of another day (`docs/training.md`).
  package static let photographs = Augmentation([
    step(.background, probability: 0.5, ["gamma": 0.6...1.65, "exposure": 0.5...2]),
    step(.translation, ["horizontal": -0.15...0.15, "vertical": -0.15...0.15]),
    step(.scale, ["factor": 0.65...1.5]),
    step(.aspect, ["factor": 0.86...1.16]),
    step(.flip, probability: 0.5),
    step(.shear, ["slope": -0.1...0.1]),
    step(.rotation, ["degrees": -20...20]),
    step(.light, ["strength": -0.3...0.3]),
    step(.gamma, ["exponent": 0.55...1.82]),
    step(.exposure, ["factor": 0.61...1.65]),
    step(.whiteBalance, ["factor": 0.74...1.35]),
    step(.saturation, ["factor": 0.4...1.6]),
    step(.greyscale, probability: 0.15),
    step(.contrast, ["factor": 0.67...1.5]),
    step(.brightness, ["shift": -0.25...0.25]),
    step(.blur, probability: 0.3, ["deviation": 0.5...1.2]),
    step(.noise, probability: 0.5, ["deviation": 0...0.06]),
    step(.cutout, probability: 0.5, ["width": 0.125...0.375, "height": 0.125...0.375]),
  ])

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
