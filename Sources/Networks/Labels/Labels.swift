/// One class of a classifier.
package struct ClassLabel: Hashable, Sendable, Codable {
  package var index: Int
  /// The WordNet id, such as "n02123045"; nil for classes that have none.
  package var wnid: String?
  package var name: String

  package init(index: Int, wnid: String? = nil, name: String) {
    self.index = index
    self.wnid = wnid
    self.name = name
  }

  enum CodingKeys: String, CodingKey {
    case index, wnid
    case name = "label"
  }
}

/// The classes of a classifier, by index.
package struct Labels: Hashable, Sendable {
  package let classes: [ClassLabel]

  package init(_ classes: [ClassLabel]) {
    precondition(
      classes.indices.allSatisfy { classes[$0].index == $0 }, "Labels: classes must be in the order of their indices")
    self.classes = classes
  }

  /// Names that say no more than the index, for a model that came without labels.
  package static func unnamed(count: Int) -> Labels {
    Labels((0..<count).map { ClassLabel(index: $0, name: "class \($0)") })
  }

  /// A longer text is like no label, and is not compared with a thousand of them.
  private static let longestSimilarText = 256

  /// ImageNet-1k.
  package static let imageNet = Labels(
    imageNetClasses.split(separator: "\n").enumerated().map { index, line in
      let parts = line.split(separator: " ", maxSplits: 1)
      return ClassLabel(index: index, wnid: String(parts[0]), name: String(parts[1]))
    })

  package var count: Int { classes.count }
  package subscript(index: Int) -> ClassLabel { classes[index] }

  /// Up to `count` labels like what was asked for, for a hint in a message: first those that have it as a word of their
  /// own ("cat" in "tiger cat"), then those that begin with it, contain it, or share one of its words.
  package func similar(to text: String, count: Int = 3) -> [ClassLabel] {
    let wanted = Array(text.lowercased().utf8)
    guard (2...Self.longestSimilarText).contains(wanted.count) else { return [] }
    let words = Set(wanted.split(separator: blank).filter { $0.count >= 3 })
    let ranked = classes.compactMap { label -> (rank: Int, label: ClassLabel)? in
      let name = Array(label.name.lowercased().utf8)
      if holds([blank] + name + [blank], [blank] + wanted + [blank]) { return (0, label) }
      if name.starts(with: wanted) { return (1, label) }
      if holds(name, wanted) { return (2, label) }
      return words.contains { holds(name, $0) } ? (3, label) : nil
    }
    return ranked.sorted { ($0.rank, $0.label.index) < ($1.rank, $1.label.index) }.prefix(count).map { $0.label }
  }
}

private let blank = UInt8(ascii: " ")

/// Whether a text has another within it: by bytes, since there are a thousand labels to look through.
private func holds(_ text: [UInt8], _ part: some Collection<UInt8>) -> Bool {
  text.count >= part.count && (0...text.count - part.count).contains { text[$0...].starts(with: part) }
}
