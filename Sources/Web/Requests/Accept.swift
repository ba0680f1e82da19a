import HTTPTypes

/// What a client's Accept says.
///
/// Source: RFC 9110 section 12.5.1. Ranges that cannot be read are passed over; no header at all accepts everything.
struct Accept: Sendable {
  private struct Range {
    let type: Substring
    let subtype: Substring
    let quality: Double

    /// How closely the range names a type: 2 by its full name, 1 `type/*`, 0 `*/*`; nil if it does not.
    func specificity(for type: String) -> Int? {
      let parts = type.split(separator: "/")
      if self.type == "*" { return 0 }
      guard self.type == parts[0] else { return nil }
      if subtype == "*" { return 1 }
      return subtype == parts[1] ? 2 : nil
    }
  }

  private let ranges: [Range]

  init(_ headers: HTTPFields) {
    let fields = headers[values: .accept]
    ranges =
      fields.isEmpty
      ? [Range(type: "*", subtype: "*", quality: 1)]
      : fields.flatMap { HeaderParameters.split($0, at: ",") }.compactMap(Self.range)
  }

  /// The type that the client wants most; nil if none will do. Of equals the one that it names itself, in its own order
  /// (`application/json, text/plain, */*` is what axios sends), before those that only a wildcard takes in, in ours.
  ///
  /// - Parameter offers: lower-case media types without parameters.
  func best(of offers: [String]) -> String? {
    let rated = offers.map { (type: $0, quality: quality(of: $0)) }.filter { $0.quality > 0 }
    guard let highest = rated.map(\.quality).max() else { return nil }
    let wanted = rated.filter { $0.quality == highest }.map(\.type)
    let named = ranges.lazy.compactMap { range in wanted.first { range.specificity(for: $0) == 2 } }
    return named.first ?? wanted.first
  }

  /// Whether the client names this very type, not only by a wildcard.
  func names(_ type: String) -> Bool {
    ranges.contains { $0.specificity(for: type) == 2 && $0.quality > 0 }
  }

  /// The quality that the closest range gives a type.
  private func quality(of type: String) -> Double {
    let matches = ranges.compactMap { range in range.specificity(for: type).map { ($0, range.quality) } }
    guard let closest = matches.map(\.0).max() else { return 0 }
    return matches.filter { $0.0 == closest }.map(\.1).max() ?? 0
  }

  private static func range(_ text: Substring) -> Range? {
    let range = HeaderParameters(String(text))
    let parts = range.value.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), parts[0] != "*" || parts[1] == "*" else { return nil }
    guard let quality = range["q"].map(Double.init) ?? 1, (0...1).contains(quality) else { return nil }
    return Range(type: parts[0], subtype: parts[1], quality: quality)
  }
}
