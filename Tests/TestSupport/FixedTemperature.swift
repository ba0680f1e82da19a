package import Models

extension TemperatureFit {
  /// A temperature that a test decides.
  package static func fixed(_ temperature: Double) -> TemperatureFit {
    var logits = LabelledLogits(classCount: 2)
    logits.add([1, 0] as [Float], of: 0)
    var fit = TemperatureFit(to: logits, folders: ["/nowhere"], fingerprint: "f1", version: "test")
    fit.temperature = temperature
    fit.isAtBound = false
    return fit
  }
}
