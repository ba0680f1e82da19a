/// How a publisher names and lays out the parameters of one network, and what Gaze calls them.
///
/// Gaze's own ("canonical") names are those of the checkpoint that a network's file cites. A convention is a table: parameters or whole
/// modules of theirs to ours; what the table does not list keeps its name.
package struct NameConvention: Sendable {
  /// Who writes files like this: "timm".
  package let publisher: String
  /// The name of the `Architecture`.
  package let architecture: String
  package let layout: WeightLayout
  /// Their module (or whole parameter) to ours.
  package let modules: [String: String]
  /// Endings, with the separator, to ours; others stay.
  package let leaves: [String: String]
  /// What a reader of the import's report must know: where the names do not settle how the network computes.
  package let note: String?

  init(
    _ publisher: String, _ architecture: String, _ layout: WeightLayout = .pyTorch, modules: [String: String] = [:],
    leaves: [String: String] = [:], note: String? = nil
  ) {
    self.publisher = publisher
    self.architecture = architecture
    self.layout = layout
    self.modules = modules
    self.leaves = leaves
    self.note = note
  }

  /// What Gaze calls the parameter that the publisher calls `name`.
  package func canonicalName(_ name: String) -> String {
    if let whole = modules[name] { return whole }
    guard let separator = name.lastIndex(of: layout.separator) else { return name }
    let (module, leaf) = (String(name[..<separator]), String(name[separator...]))
    return (modules[module] ?? module) + (leaves[leaf] ?? leaf)
  }

  /// In the order in which they are tried: the canonical ones first.
  package static let all: [NameConvention] =
    efficientNetLite + efficientNet + mobileNetV2 + resNet + vgg + denseNet + squeezeNet + smallCNN

  /// Bookkeeping that says nothing about the network: the count of training batches, and what the profiler `thop` leaves behind.
  package static func isIgnorable(_ name: String) -> Bool {
    ["num_batches_tracked", "total_ops", "total_params"].contains { name == $0 || name.hasSuffix("." + $0) }
  }

  /// What wrappers put before every name: DataParallel, Lightning, `torch.compile`, and classes that hold a network in a member.
  private static let wrapperPrefixes = ["module.", "model.", "_orig_mod.", "net.", "network.", "backbone."]

  /// The prefix that all names have, if it is one of a wrapper's, several of them in any order.
  package static func wrapperPrefix(of names: [String]) -> String {
    var prefix = ""
    while let next = wrapperPrefixes.first(where: { next in names.allSatisfy { $0.hasPrefix(prefix + next) } }),
      !names.isEmpty
    {
      prefix += next
    }
    return prefix
  }
}

/// How the elements of a parameter lie in a publisher's files.
package enum WeightLayout: Hashable, Sendable {
  /// Convolutions O,I,H,W; depthwise ones C,1,H,W; fully connected layers out,in.
  case pyTorch
  /// Convolutions H,W,I,O; depthwise ones H,W,C,1; fully connected layers in,out.
  case keras

  package var separator: Character { self == .pyTorch ? "." : "/" }
}
