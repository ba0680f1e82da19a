/// A JSON text as a tree, for the configurations beside weights. Depth and size are bounded; of keys that occur twice,
/// the last counts, as in Python.
enum JSONNode {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([JSONNode])
  case object([String: JSONNode])

  private static let maximumDepth = 64
  private static let maximumBytes = 32 << 20

  /// nil if the text is malformed or beyond the bounds.
  init?(_ text: String) {
    guard text.utf8.count <= Self.maximumBytes else { return nil }
    let node: JSONNode? = Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      guard let node = try? JSONNode(&scanner, depth: 0), (try? scanner.end()) != nil else { return nil }
      return node
    }
    guard let node else { return nil }
    self = node
  }

  private init(_ scanner: inout JSONScanner, depth: Int) throws(WeightFileError) {
    var isFirst = true
    switch scanner.next {
    case UInt8(ascii: "{") where depth < Self.maximumDepth:
      var members: [String: JSONNode] = [:]
      while let key = try scanner.key(&isFirst) { members[key] = try JSONNode(&scanner, depth: depth + 1) }
      self = .object(members)
    case UInt8(ascii: "[") where depth < Self.maximumDepth:
      var elements: [JSONNode] = []
      while try scanner.element(&isFirst) { elements.append(try JSONNode(&scanner, depth: depth + 1)) }
      self = .list(elements)
    case UInt8(ascii: "\""): self = .text(try scanner.string())
    default:
      switch try scanner.word() {
      case "null": self = .null
      case "true": self = .bool(true)
      case "false": self = .bool(false)
      // Python writes these where JSON has no word.
      case "NaN": self = .number(.nan)
      case "Infinity": self = .number(.infinity)
      case "-Infinity": self = .number(-.infinity)
      case let word: self = .number(try scanner.number(word))
      }
    }
  }

  subscript(key: String) -> JSONNode? { if case .object(let members) = self { members[key] } else { nil } }

  var text: String? { if case .text(let text) = self { text } else { nil } }

  var list: [JSONNode]? { if case .list(let elements) = self { elements } else { nil } }

  /// A number, or the numbers of a list, however nested.
  var numbers: [Double]? {
    switch self {
    case .number(let number): return [number]
    case .list(let elements):
      let parts = elements.map(\.numbers)
      return parts.contains { $0 == nil } ? nil : parts.flatMap { $0 ?? [] }
    default: return nil
    }
  }
}
