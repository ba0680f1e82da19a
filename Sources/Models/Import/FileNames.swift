import WeightFiles

/// What training scripts add to a network's own names when they save it.
enum FileNames {
  /// What wrappers put before every name: DataParallel, Lightning, `torch.compile`, and classes that hold a network in
  /// a member. Of use for a file that fits no network, so that what is missing can be told; see `FileNaming`.
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

  /// Whether a tensor of this name says nothing about the network: the count of training batches or of averaged steps,
  /// what the profiler `thop` adds, what Swin's windows alone decide, the numbers of positions, and how many values
  /// Keras' `Normalization` was fitted to.
  static func isBookkeeping(_ name: String) -> Bool {
    [
      "num_batches_tracked", "n_averaged", "total_ops", "total_params", "relative_position_index",
      "relative_coords_table", "attn_mask", "position_ids",
    ].contains { name == $0 || name.hasSuffix("." + $0) } || name.hasSuffix("/count")
  }

  /// Whether a tensor of a Keras file is what a `Normalization` layer was fitted to.
  static func isInputStatistic(_ name: String) -> Bool { name.hasSuffix("/mean") || name.hasSuffix("/variance") }

  /// Whether a module of this name takes part in training alone: the loss and its class weights, counters of metrics,
  /// heads whose logits nobody reads afterwards.
  static func isForTraining(_ module: String) -> Bool {
    let words = module.lowercased().split { !$0.isLetter && !$0.isNumber }.map { String($0) }
    return words.contains { trainingWords.contains($0) }
      && words.allSatisfy { trainingWords.contains($0) || wordsBeside.contains($0) || Int($0) != nil }
  }

  private static let trainingWords: Set = [
    "criterion", "criteria", "loss", "losses", "metric", "metrics", "acc", "accuracy", "auc", "auroc", "f1", "f1score",
    "precision", "recall", "confusion", "confmat", "kappa", "mcc", "optimizer",
  ]
  /// With those, and not by themselves: `val_acc`, `loss_fn`.
  private static let wordsBeside: Set = [
    "train", "training", "val", "valid", "validation", "test", "fn", "func", "function", "top", "top1", "top5", "macro",
    "micro", "score", "matrix", "best", "ce", "bce", "focal",
  ]

  /// Some names that show whose tensors they are, for messages.
  static func sample(of entries: [TensorEntry]) -> [String] {
    let telling = entries.filter { !isBookkeeping($0.name) && !$0.name.contains("running_") }
    return telling.prefix(6).map(\.name)
  }

  /// Whether a wrapper of this name holds the average of another network's weights.
  static func isAverage(_ prefix: String) -> Bool {
    prefix.lowercased().split { !$0.isLetter }.contains {
      ["ema", "swa", "average", "averaged", "teacher"].contains($0)
    }
  }
}
