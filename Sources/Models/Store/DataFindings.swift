/// What is known of labelled images and makes what is learnt or measured from them doubtful.
package struct DataFindings: Hashable, Sendable, Codable {
  /// Images to measure on that the model was trained on.
  package struct Twins: Hashable, Sendable, Codable {
    /// The same file.
    package var exact: Int
    /// Another file of nearly the same picture.
    package var near: Int
    /// Of so many images.
    package var images: Int

    package init(exact: Int, near: Int, images: Int) {
      self.exact = exact
      self.near = near
      self.images = images
    }
  }

  /// Two files of one picture in folders of two classes.
  package struct Pair: Hashable, Sendable, Codable {
    package var first: String
    package var second: String
    /// Whether the files are the same, and not only nearly the same picture.
    package var isExact: Bool

    package init(first: String, second: String, isExact: Bool) {
      self.first = first
      self.second = second
      self.isExact = isExact
    }

    enum CodingKeys: String, CodingKey {
      case first, second
      case isExact = "exact"
    }
  }

  /// Pictures with two labels, of which one at least is wrong.
  package struct TwoLabels: Hashable, Sendable, Codable {
    /// Contents that files of several classes have.
    package var exact: Int
    /// Images that look nearly the same as one of another class.
    package var near: Int
    /// The first of each kind, `mostPairs` in all.
    package var pairs: [Pair]

    package init(exact: Int, near: Int, pairs: [Pair]) {
      self.exact = exact
      self.near = near
      self.pairs = pairs
    }
  }

  package struct SmallClass: Hashable, Sendable, Codable {
    package var name: String
    /// `training`, `validation` or `evaluation`.
    package var set: String
    package var images: Int

    package init(name: String, set: String, images: Int) {
      self.name = name
      self.set = set
      self.images = images
    }
  }

  package static let mostPairs = 10
  /// A class of fewer images says nothing.
  package static let fewestImages = 5

  package var twins: Twins?
  package var twoLabels: TwoLabels?
  package var smallClasses: [SmallClass]?
  /// Names of classes of which there are several folders, that only Unicode spells differently.
  package var mergedFolders: [String]?

  /// nil where there is nothing to say.
  package init?(twins: Twins?, twoLabels: TwoLabels?, smallClasses: [SmallClass], mergedFolders: [String]) {
    self.twins = twins.flatMap { $0.exact + $0.near > 0 ? $0 : nil }
    self.twoLabels = twoLabels.flatMap { $0.exact + $0.near > 0 ? $0 : nil }
    self.smallClasses = smallClasses.isEmpty ? nil : smallClasses
    self.mergedFolders = mergedFolders.isEmpty ? nil : mergedFolders
    if self.twins == nil, self.twoLabels == nil, self.smallClasses == nil, self.mergedFolders == nil { return nil }
  }

  enum CodingKeys: String, CodingKey {
    case twins
    case twoLabels = "two_labels"
    case smallClasses = "small_classes"
    case mergedFolders = "merged_folders"
  }

  /// For people, a finding a line, what belongs to it indented below.
  ///
  /// - Parameter measured: what the images to measure on are called: `validation`, `evaluation`.
  package func lines(measured: String) -> [String] {
    var lines: [String] = []
    for name in mergedFolders ?? [] {
      lines.append("several folders are named \(name), spelled differently in Unicode only: they are one class")
    }
    if let twins {
      lines.append(
        "\(twins.exact + twins.near) of \(twins.images) \(measured) images are training images too (\(twins.exact) the "
          + "same file, \(twins.near) nearly the same picture): being right about them says nothing about new images")
    }
    if let twoLabels {
      if twoLabels.exact > 0 { lines.append("in two classes at once, so that one label is wrong: \(twoLabels.exact)") }
      if twoLabels.near > 0 {
        lines.append("nearly the same as an image of another class, so that a label may be wrong: \(twoLabels.near)")
      }
      lines += twoLabels.pairs.map { "  \($0.first) \($0.isExact ? "is" : "looks like") \($0.second)" }
    }
    for set in ["training", "validation", "evaluation"] {
      let small = (smallClasses ?? []).filter { $0.set == set }
      guard !small.isEmpty else { continue }
      let shown = small.prefix(Self.mostPairs).map { "\($0.name) \($0.images)" }.joined(separator: ", ")
      let more = small.count > Self.mostPairs ? " and \(small.count - Self.mostPairs) more" : ""
      lines.append(
        "fewer than \(Self.fewestImages) \(set) images, too few to "
          + (set == "training" ? "learn a class from: " : "say how well a class is told: ") + shown + more)
    }
    return lines
  }
}
