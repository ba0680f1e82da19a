package import Networks

/// Finding the class that a text names.
///
/// A text is read, in this order, as an exact label, as an exact WordNet id, as an index, and, if none of these names a
/// class, as a label or a WordNet id without regard to case. A text with several readings that mean different classes
/// is refused, with the way to write each: `index:5`, `label:5`, `wnid:n02123045`.
extension Labels {
  package func find(
    _ text: String, for field: AskField = .class, spelling: Spelling = .query
  ) throws(AskError) -> ClassLabel {
    guard !text.isEmpty else {
      throw AskError(
        field,
        "\(spelling.name(field)) is empty. Give \(remedy)\(field == .class ? ", or leave it out for the most likely class" : "")."
      )
    }
    var readings = exactReadings(of: text)
    if readings.isEmpty {
      let wanted = text.lowercased()
      readings = classes.filter { $0.name.lowercased() == wanted || $0.wnid?.lowercased() == wanted }
    }
    guard let first = readings.first else {
      throw AskError(
        .unknownClass, field, "This model has no class '\(text.abbreviated())'. Use \(remedy).\(hint(for: text))")
    }
    guard readings.count == 1 else {
      let ways = readings.prefix(Self.listedReadings).map { "'\($0.name)' (write \(writing(of: $0, for: text)))" }
      let more = readings.count > ways.count ? " and \(readings.count - ways.count) more" : ""
      throw AskError(
        .ambiguousClass, field,
        "'\(text.abbreviated())' can mean \(readings.count) classes: \(ways.joined(separator: ", "))\(more).")
    }
    return first
  }

  /// The classes that the text names exactly, each once.
  private func exactReadings(of text: String) -> [ClassLabel] {
    if let name = text.rest(after: "label:") { return classes.filter { $0.name == name || $0.name == text } }
    if let id = text.rest(after: "wnid:") { return classes.filter { $0.wnid == String(id) || $0.name == text } }
    if let number = text.rest(after: "index:") {
      return classes.filter { String($0.index) == number || $0.name == text }
    }
    let index = Int(text)
    return classes.filter { $0.name == text || $0.wnid == text || $0.index == index }
  }

  /// How to write this reading of the text so that it has no other.
  private func writing(of label: ClassLabel, for text: String) -> String {
    let isOnly = classes.count { $0.name == label.name } == 1
    return isOnly && label.name == text ? "label:\(text)" : "index:\(label.index)"
  }

  /// The shortest text that names the class of this index and no other: the index, unless it is another class's label.
  package func writing(ofIndex index: Int) -> String {
    exactReadings(of: String(index)).count == 1 ? String(index) : "index:\(index)"
  }

  private var remedy: String { "an index from 0 to \(count - 1), a WordNet id or a label" }

  private func hint(for text: String) -> String {
    let similar = similar(to: text).map { "'\($0.name)' (\($0.index))" }
    return similar.isEmpty ? "" : " Did you mean \(similar.joined(separator: ", "))?"
  }

  private static let listedReadings = 6
}

extension String {
  fileprivate func rest(after prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}
