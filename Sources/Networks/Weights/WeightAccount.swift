package import Autodiff

/// What a network asked for and what it got.
package final class WeightAccount {
  package struct Entry {
    package let parameter: ParameterDescription
    /// nil where the source has none of this name.
    package let found: Shape?
  }

  /// The last layer's weight, which a network needs in order to know its number of classes.
  package let head: HeadWeight
  /// The number of classes of a network whose source has no such weight.
  let classes: Int
  /// In the order in which the network asked.
  package private(set) var entries: [Entry] = []
  /// Names of the source that the network did not ask for.
  package var unused: [String] = []

  package init(head: HeadWeight, classes: Int = Labels.imageNet.count) {
    self.head = head
    self.classes = classes
  }

  func add(_ parameter: ParameterDescription, found: Shape?) {
    entries.append(Entry(parameter: parameter, found: found))
  }
}
