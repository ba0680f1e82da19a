/// What training scripts add to a network's own names when they save it.
enum FileNames {
  /// What wrappers put before every name: DataParallel, Lightning, `torch.compile`, and classes that hold a network in
  /// a member.
  private static let wrapperPrefixes = ["module.", "model.", "_orig_mod.", "net.", "network.", "backbone."]

  /// The prefix that all names have, if it is one of a wrapper's or several of them in any order.
  static func wrapperPrefix(of names: [String]) -> String {
    var prefix = ""
    while let next = wrapperPrefixes.first(where: { next in names.allSatisfy { $0.hasPrefix(prefix + next) } }),
      !names.isEmpty
    {
      prefix += next
    }
    return prefix
  }

  /// Whether a tensor of this name says nothing about the network: the count of training batches, what the profiler
  /// `thop` adds, what Swin's windows alone decide, the numbers of positions, and how many values Keras'
  /// `Normalization` was fitted to.
  static func isBookkeeping(_ name: String) -> Bool {
    [
      "num_batches_tracked", "total_ops", "total_params", "relative_position_index", "relative_coords_table",
      "attn_mask", "position_ids",
    ].contains { name == $0 || name.hasSuffix("." + $0) } || name.hasSuffix("/count")
  }
}
