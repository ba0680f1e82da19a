/// How a publisher names and lays out the parameters of one network, and what Gaze calls them.
///
/// Gaze's names are those that a network's code asks for and the store's files have: the ones of the checkpoint that
/// the network's file cites, torchvision's or Keras'. A convention is the only way from a file to them: a table of
/// whole parameters or modules, theirs to ours. What the table does not list keeps its name, so it is empty where
/// Gaze's names are the publisher's own. Stored models have these names, so they stay what they are: Keras' for its
/// ResNet, VGG and MobileNetV2, torchvision's for its SqueezeNet.
package struct NameConvention: Sendable {
  /// Who writes files like this: "timm".
  package let publisher: String
  package let layout: WeightLayout
  /// Their module (or whole parameter) to ours.
  package let modules: [String: String]
  /// The last components of parameters' names, with the separator, to ours; others stay.
  package let leaves: [String: String]
  /// Parameters of ours that are several of theirs, whose outputs follow one another; nil stands for a part that they
  /// do not have, of as many zeros as the first part has values.
  package let joined: [String: [String?]]
  /// Theirs to ours.
  private let wholes: [String: String]
  /// Their modules and parameters that do not lie on the path from image to logits, such as classifiers that only
  /// training uses or a text tower: they are left out, and the report says so.
  package let asides: [String]
  /// What a reader of the import's report must know: where the names do not settle how the network computes.
  package let note: String?

  init(
    _ publisher: String, _ layout: WeightLayout, modules: [String: String], leaves: [String: String] = [:],
    joined: [String: [String?]] = [:], asides: [String] = [], note: String? = nil
  ) {
    self.publisher = publisher
    self.layout = layout
    self.modules = modules
    self.leaves = leaves
    self.joined = joined
    let parts = joined.flatMap { whole, parts in parts.compactMap { $0.map { ($0, whole) } } }
    wholes = Dictionary(uniqueKeysWithValues: parts)
    self.asides = asides
    self.note = note
  }

  /// The module off the path to the logits that the parameter belongs to; nil for a parameter on it.
  package func aside(of name: String) -> String? {
    asides.first { name == $0 || name.hasPrefix($0 + String(layout.separator)) }
  }

  /// What Gaze calls the parameter that the publisher calls `name`, or the one that it is a part of.
  package func canonicalName(_ name: String) -> String {
    if let whole = wholes[name] { return whole }
    if let whole = modules[name] { return whole }
    guard let separator = name.lastIndex(of: layout.separator) else { return name }
    let (module, leaf) = (String(name[..<separator]), String(name[separator...]))
    return (modules[module] ?? module) + (leaves[leaf] ?? leaf)
  }

  /// What the publisher calls the parameter that Gaze calls `name`; of several names, the first in the alphabet.
  package func publisherName(_ name: String) -> String {
    func theirs(_ ours: String, in table: [String: String]) -> String? {
      table.filter { $0.value == ours }.map { $0.key }.min()
    }
    if let whole = theirs(name, in: modules) { return whole }
    guard let separator = name.lastIndex(where: isNameSeparator) else { return name }
    let (module, leaf) = (String(name[..<separator]), String(name[separator...]))
    return (theirs(module, in: modules) ?? module) + (theirs(leaf, in: leaves) ?? leaf)
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
