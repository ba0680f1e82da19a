extension CAMRule {
  /// Grad-CAM++: L[i, j] = sum over k of w_k A[i, j, k] with w_k = sum over i, j of a[i, j, k] max(G[i, j, k], 0),
  /// where a = G^2 / (2 G^2 + S_k G^3 + 1e-6) for G != 0, else 0, and S_k = sum over i, j of A[i, j, k].
  ///
  /// The paper's a has second and third derivatives, of exp(y); its equation 19 has powers of G in their place, which
  /// is exact where the network after the layer is piecewise linear. The 1e-6 is pytorch-grad-cam's. Where activations
  /// have both signs the denominator may pass near zero, and single cells then decide.
  ///
  /// Source: Chattopadhay et al., "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks", arXiv
  /// 1710.11063, equations 5 and 19.
  ///
  /// Property: no weight is negative for activations that are not; a channel whose gradient is nowhere positive counts
  /// for nothing.
  package static let gradCAMPlusPlus = CAMRule("grad-cam++") { activation, gradient in
    let sums = activation.channelSums { _, _, value in value }
    return gradient.channelSums { _, channel, g in
      guard g > 0 else { return 0 }
      return g * g * g / (2 * g * g + sums[channel] * g * g * g + 1e-6)
    }
  }
}
