extension CAMRule {
  /// Grad-CAM: L[i, j] = sum over k of alpha_k A[i, j, k] with alpha_k = mean over i, j of G[i, j, k].
  ///
  /// Raw: the paper's ReLU is a step of picture-making.
  ///
  /// Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
  /// arXiv 1610.02391, equations 1 and 2.
  ///
  /// Property: where only a mean over space and one linear layer follow, alpha is the class's weight divided by the
  /// number of cells, so the map's sum plus the class's bias is the logit.
  package static let gradCAM = CAMRule("grad-cam", keepsSum: true) { _, gradient in
    gradient.channelTotals().map { $0 / Double(gradient.cells) }
  }
}
