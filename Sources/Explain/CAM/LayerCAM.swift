extension CAMRule {
  /// LayerCAM: L[i, j] = sum over k of max(G[i, j, k], 0) A[i, j, k].
  ///
  /// Made for early layers, where one weight for a whole channel is too coarse. Drops the evidence against the class,
  /// so that for activations that are not negative no value is.
  ///
  /// Source: Jiang et al., "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", IEEE Transactions
  /// on Image Processing 30, 2021.
  ///
  /// Property: where no gradient is negative, the map is HiResCAM's.
  package static let layerCAM = CAMRule("layercam") { gradient in max(gradient, 0) }
}
