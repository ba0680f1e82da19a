extension CAMRule {
  /// HiResCAM: L[i, j] = sum over k of G[i, j, k] A[i, j, k].
  ///
  /// Unlike Grad-CAM it does not average the gradient over space first, so a place that the network uses is not
  /// credited to another.
  ///
  /// Source: Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
  /// networks", arXiv 2011.08891.
  ///
  /// Property: where only a mean over space and one linear layer follow, G is the same at each cell and the map is
  /// Grad-CAM's. Where the network after the layer is linear, the map's sum plus the bias is the logit.
  package static let hiResCAM = CAMRule("hirescam", keepsSum: true) { gradient in gradient }
}
