extension CAMRule {
  /// XGrad-CAM: L[i, j] = sum over k of w_k A[i, j, k] with w_k = (sum over i, j of G[i, j, k] A[i, j, k]) / (S_k +
  /// 1e-7) and S_k = sum over i, j of A[i, j, k].
  ///
  /// The weights are those for which the map's sum comes nearest to the sum of G A ("conservation"), under
  /// "sensitivity". The 1e-7 is pytorch-grad-cam's.
  ///
  /// Source: Fu et al., "Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs", arXiv
  /// 2008.02312.
  ///
  /// Property: the map's sum is HiResCAM's, but for the 1e-7. Where only a mean over space and one linear layer follow,
  /// the map is Grad-CAM's.
  package static let xGradCAM = CAMRule("xgrad-cam", keepsSum: true) { activation, gradient in
    let sums = activation.channelSums { _, _, value in value }
    let products = gradient.channelSums { cell, channel, g in
      g * Double(activation.base[cell * activation.channels + channel])
    }
    return zip(products, sums).map { product, sum in product == 0 ? 0 : product / (sum + 1e-7) }
  }
}
