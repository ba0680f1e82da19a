import HTTPTypes
import Tracing

/// Where in whose trace a request stands: the fields `traceparent` and `tracestate`.
///
/// Source: W3C Trace Context.
struct TraceContext: Hashable, Sendable {
  /// 32 hexadecimal digits, not all of them 0.
  let traceID: String
  /// Of the span that others hang below: 16 hexadecimal digits, not all of them 0.
  let spanID: String
  /// Whether whoever began the trace wants it to be recorded.
  let isSampled: Bool
  /// What tracing systems on the way have to say to each other, handed on as it is; empty where there is nothing.
  var state = ""

  init(traceID: String, spanID: String, isSampled: Bool, state: String = "") {
    self.traceID = traceID
    self.spanID = spanID
    self.isSampled = isSampled
    self.state = state
  }

  /// A new trace, or a new place in the trace of `parent`.
  ///
  /// - Parameter isSampled: asked about the trace's id, where there is no parent who has decided.
  init(below parent: TraceContext?, isSampled: (String) -> Bool) {
    let traceID = parent?.traceID ?? Self.randomDigits() + Self.randomDigits()
    self.init(
      traceID: traceID, spanID: Self.randomDigits(), isSampled: parent?.isSampled ?? isSampled(traceID),
      state: parent?.state ?? "")
  }

  /// 16 hexadecimal digits, not all of them 0.
  private static func randomDigits() -> String {
    let digits = String(UInt64.random(in: 1 ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

// MARK: Fields

extension TraceContext {
  static let parentField = "traceparent"
  static let stateField = "tracestate"

  /// The field's value: version, trace, span, flags.
  var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

  /// Nil unless `traceparent` is well-formed to the letter: whoever sends anything else is not in a trace. A
  /// `tracestate` that is not well-formed is dropped by itself.
  init?(traceparent: String, tracestate: String?) {
    let parts = traceparent.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, parts[0].isHexadecimal(2), parts[1].isHexadecimal(32), parts[2].isHexadecimal(16),
      parts[3].isHexadecimal(2), !parts[1].isZero, !parts[2].isZero, let flags = UInt8(String(parts[3])!, radix: 16)
    else { return nil }
    // Later versions may say more after a further hyphen; 255 is none.
    let version = String(parts[0])!
    guard version != "ff", version != "00" || parts.count == 4 else { return nil }
    self.init(
      traceID: String(parts[1])!, spanID: String(parts[2])!, isSampled: flags & 1 == 1,
      state: tracestate.flatMap(Self.wellFormed) ?? "")
  }

  /// The list as it is, without blanks between its members; nil if it is none, or longer than whoever hands it on must
  /// keep it.
  private static func wellFormed(_ tracestate: String) -> String? {
    guard tracestate.utf8.count <= 512 else { return nil }
    let members = tracestate.split(separator: ",").map { $0.trimming { $0 == " " || $0 == "\t" } }
      .filter { !$0.isEmpty }
    guard members.count <= 32, members.allSatisfy({ isMember($0) }) else { return nil }
    let keys = members.map { $0.prefix { $0 != "=" } }
    return Set(keys).count == keys.count ? members.joined(separator: ",") : nil
  }

  private static func isMember(_ text: Substring) -> Bool {
    let key = /[a-z0-9][a-z0-9_\-*\/]{0,240}(@[a-z0-9][a-z0-9_\-*\/]{0,13})?/
    let value = /[\x20-\x2B\x2D-\x3C\x3E-\x7E]{0,255}[\x21-\x2B\x2D-\x3C\x3E-\x7E]/
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0].wholeMatch(of: key) != nil && parts[1].wholeMatch(of: value) != nil
  }
}

extension Substring.UTF8View {
  /// Whether it is so many digits of hexadecimal numbers, in lower case.
  fileprivate func isHexadecimal(_ count: Int) -> Bool {
    self.count == count && allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  fileprivate var isZero: Bool { allSatisfy { $0 == UInt8(ascii: "0") } }
}

extension Substring {
  fileprivate func trimming(_ isBlank: (Character) -> Bool) -> Substring {
    guard let last = lastIndex(where: { !isBlank($0) }) else { return "" }
    return self[...last].drop(while: isBlank)
  }
}

/// Reads the fields of a request for a tracer.
struct FieldExtractor: Extractor {
  /// The value of a field that stands there once; a list may go on in further fields.
  func extract(key: String, from fields: HTTPFields) -> String? {
    guard let name = HTTPField.Name(key) else { return nil }
    let values = fields[values: name]
    return values.count == 1 || key == TraceContext.stateField && !values.isEmpty
      ? values.joined(separator: ",") : nil
  }
}

// MARK: In a task

extension ServiceContext {
  private enum Key: ServiceContextKey {
    typealias Value = TraceContext
    static var nameOverride: String? { "gaze-trace" }
  }

  var trace: TraceContext? {
    get { self[Key.self] }
    set { self[Key.self] = newValue }
  }
}
