/// A key of a JSON object whose names are data: a method's parameters, an augmentation's ranges.
package struct AnyKey: CodingKey, Hashable, Sendable {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(_ name: String) { stringValue = name }
  package init?(stringValue: String) { self.init(stringValue) }
  package init?(intValue: Int) { nil }
}
