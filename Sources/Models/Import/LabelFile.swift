import Foundation
package import Networks

/// Reads the names of a model's classes from the forms in which people keep them.
///
/// - Text: a name a line, in the order of the classes; with a WordNet id before each name if all lines have one.
/// - JSON: a list of names; an object from index to name or to [WordNet id, name] (Keras' class index); from name to
///   index (torchvision's `class_to_idx`); or a configuration that has such an object under `id2label`.
/// - CSV with a heading: columns `index`, `name` (or `label`, `class`) and perhaps `synset` (or `wnid`).
package struct LabelFile: Hashable, Sendable {
  /// A larger file is refused.
  private static let maximumBytes = 16 << 20

  package let path: String
  package let labels: Labels

  package init(path: String) throws(LabelFileError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
      let handle = FileHandle(forReadingAtPath: path)
    else { throw .cannotRead(path) }
    defer { try? handle.close() }
    guard let data = try? handle.read(upToCount: Self.maximumBytes + 1) ?? Data() else { throw .cannotRead(path) }
    guard data.count <= Self.maximumBytes else { throw .form(path, "it has more than \(Self.maximumBytes >> 20) MB") }
    self.path = path
    do {
      labels = try Self.parse(data, fileName: path)
    } catch {
      throw .form(path, error.reason)
    }
  }

  /// Throws unless there are as many names as classes.
  package func labels(forClasses count: Int) throws(LabelFileError) -> Labels {
    guard labels.count == count else { throw .count(path, labels: labels.count, classes: count) }
    return labels
  }

  private struct Fault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func parse(_ data: Data, fileName: String) throws(Fault) -> Labels {
    guard var text = String(data: data, encoding: .utf8) else { throw Fault("it is no UTF-8 text") }
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    let names =
      switch text.first(where: { !$0.isWhitespace }) {
      case "[", "{": try json(data)
      case nil: throw Fault("it is empty")
      default: fileName.lowercased().hasSuffix(".csv") ? try csv(text) : try lines(text)
      }
    return try ordered(names)
  }

  private typealias Row = (index: Int, wnid: String?, name: String)

  private static func lines(_ text: String) throws(Fault) -> [Row] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(trimmed)
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw Fault("line \(empty + 1) is empty, so the order of the classes is in doubt")
    }
    let split = lines.map { line -> (String, String)? in
      let parts = line.split(maxSplits: 1, whereSeparator: { $0 == " " || $0 == "\t" || $0 == "," }).map(trimmed)
      return parts.count == 2 && isWNID(parts[0]) ? (parts[0], parts[1]) : nil
    }
    guard split.allSatisfy({ $0 != nil }) else { return lines.enumerated().map { ($0, nil, $1) } }
    return split.enumerated().map { ($0, $1!.0, $1!.1) }
  }

  private static func json(_ data: Data) throws(Fault) -> [Row] {
    guard var value = try? JSONSerialization.jsonObject(with: data) else { throw Fault("it is no valid JSON") }
    if let object = value as? [String: Any], let inner = object["id2label"] { value = inner }
    if let list = value as? [Any] {
      var rows: [Row] = []
      for (index, element) in list.enumerated() { rows.append(try row(index, element)) }
      return rows
    }
    guard let object = value as? [String: Any] else { throw Fault("it is neither a list nor an object") }
    if object.values.allSatisfy({ $0 is Int }) {
      return object.map { name, index in (index as? Int ?? -1, nil, trimmed(name)) }
    }
    var rows: [Row] = []
    for (key, element) in object {
      guard let index = Int(key) else { throw Fault("its key \"\(key)\" is no index") }
      rows.append(try row(index, element))
    }
    return rows
  }

  private static func row(_ index: Int, _ element: Any) throws(Fault) -> Row {
    if let name = element as? String { return (index, nil, trimmed(name)) }
    if let pair = element as? [String], pair.count == 2 { return (index, pair[0], trimmed(pair[1])) }
    throw Fault("class \(index) has no name; a text or [WordNet id, name] would do")
  }

  private static func csv(_ text: String) throws(Fault) -> [Row] {
    let rows: [[String]]
    do { rows = try csvRecords(text) } catch { throw Fault(error.reason) }
    let heading = rows[0].map { $0.lowercased() }
    func column(_ names: String...) -> Int? { heading.firstIndex { names.contains($0) } }
    guard let nameColumn = column("name", "label", "class", "class_name") else {
      throw Fault("its first line names no column 'name'; 'index,name' or 'index,synset,name' would do")
    }
    let indexColumn = column("index", "id", "class_id", "class_index")
    let wnidColumn = column("synset", "wnid", "wordnet_id")
    var result: [Row] = []
    for (number, fields) in rows.dropFirst().enumerated() {
      guard fields.count == heading.count else {
        throw Fault("row \(number + 1) has \(fields.count) fields and the heading \(heading.count)")
      }
      guard let index = indexColumn.map({ Int(fields[$0]) }) ?? number else {
        throw Fault("row \(number + 1) has no index")
      }
      result.append((index, wnidColumn.map { fields[$0] }, fields[nameColumn]))
    }
    return result
  }

  /// The classes in order; every index from 0 on exactly once.
  private static func ordered(_ rows: [Row]) throws(Fault) -> Labels {
    var classes = [ClassLabel?](repeating: nil, count: rows.count)
    for (index, wnid, name) in rows {
      guard classes.indices.contains(index) else {
        throw Fault("it names \(rows.count) classes but has the index \(index); indices begin at 0 and leave none out")
      }
      if classes[index] != nil { throw Fault("it has the index \(index) twice") }
      if name.isEmpty { throw Fault("class \(index) has an empty name") }
      classes[index] = ClassLabel(index: index, wnid: wnid.flatMap { isWNID($0) ? $0 : nil }, name: name)
    }
    return Labels(classes.compactMap(\.self))
  }

  /// "n" and eight digits.
  private static func isWNID(_ text: String) -> Bool {
    text.utf8.count == 9 && text.hasPrefix("n") && text.dropFirst().allSatisfy { ("0"..."9").contains($0) }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    text.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

/// What can be wrong with a file of labels.
package enum LabelFileError: Error, Hashable, CustomStringConvertible {
  case cannotRead(String)
  case form(String, String)
  case count(String, labels: Int, classes: Int)

  package var description: String {
    switch self {
    case .cannotRead(let path): "The labels \(path) cannot be read; check the path and its permissions."
    case .form(let path, let reason):
      "The labels \(path) cannot be used: \(reason). A text file with one name a line, a JSON list of names or a CSV "
        + "file with the columns index,name would do."
    case .count(let path, let labels, let classes):
      "The labels \(path) name \(labels) classes, but the network has \(classes)."
    }
  }
}
