extension CAMRule {
  /// Grad-CAM: L[i, j] = sum over k of alpha_k A[i, j, k] with alpha_k = mean over i, j of dy/dA[i, j, k].
  ///
  /// A is the layer's activation, y the class's logit. Raw: the paper's ReLU is a step of picture-making.
  ///
  /// Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", arXiv 1610.02391,
  /// equations 1 and 2.
  ///
  /// Property: where only a mean over space and one linear layer follow, alpha is the class's weight divided by the number of cells, so
  /// the map's sum plus the class's bias is the logit.
  package static let gradCAM = CAMRule(name: "grad-cam") { activation, gradient in
    var alpha = [Double](repeating: 0, count: gradient.channels)
    for cell in 0..<gradient.cells {
      for (channel, value) in gradient.channels(of: cell).enumerated() { alpha[channel] += Double(value) }
    }
    let weights = alpha.map { Float($0 / Double(gradient.cells)) }
    return (0..<activation.cells).map { cell in
      var sum: Float = 0
      for (channel, value) in activation.channels(of: cell).enumerated() { sum += weights[channel] * value }
      return sum
    }
  }
}
