/// The modules of one inverted residual, as a file of weights calls them.
struct InvertedResidualModules: Sendable {
  /// A convolution and the normalisation after it.
  typealias Pair = (convolution: String, normalization: String)

  /// What the block's result is called.
  var layer: String
  /// nil where the expansion is 1; of a fused block the k x k convolution, which is always there.
  var expand: Pair?
  /// nil in a fused block.
  var depthwise: Pair?
  /// The reducing and the restoring convolution of the squeeze-and-excitation; nil where there is none.
  var squeeze: (reduce: String, restore: String)?
  /// nil in a fused block without expansion.
  var project: Pair?

  /// Convolutions and normalisations in the order in which they run.
  var pairs: [Pair] { [expand, depthwise, project].compactMap { $0 } }

  /// Every module, in an order that does not depend on the names.
  var all: [String] {
    pairs.flatMap { [$0.convolution, $0.normalization] } + (squeeze.map { [$0.reduce, $0.restore] } ?? [])
  }
}
