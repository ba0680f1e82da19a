import Foundation

/// What a benchmark prints: a table for people, or JSON for programs.
struct Table {
  enum Value: Encodable {
    case text(String)
    case integer(Int)
    /// With so many digits after the point in the table; in full in JSON.
    case number(Double, digits: Int = 2)

    fileprivate var shown: String {
      switch self {
      case .text(let text): text
      case .integer(let value): String(value)
      case .number(let value, let digits): String(format: "%.\(digits)f", value)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .integer(let value): try container.encode(value)
      case .number(let value, _): try container.encode(value)
      }
    }
  }

  private let columns: [String]
  private var rows: [[Value]] = []

  init(_ columns: [String]) { self.columns = columns }

  mutating func add(_ row: [Value]) {
    precondition(row.count == columns.count, "Table: \(row.count) values for \(columns.count) columns")
    rows.append(row)
  }

  func print(json: Bool) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let objects = rows.map { Dictionary(uniqueKeysWithValues: zip(columns, $0)) }
      Swift.print(String(decoding: try encoder.encode(objects), as: UTF8.self))
      return
    }
    let cells = [columns] + rows.map { $0.map(\.shown) }
    let widths = columns.indices.map { column in cells.map { $0[column].count }.max()! }
    for row in cells {
      let line = row.enumerated().map { column, text in
        // The first column holds names; numbers stand flush right.
        let padding = String(repeating: " ", count: widths[column] - text.count)
        return column == 0 ? text + padding : padding + text
      }
      Swift.print(line.joined(separator: "  "))
    }
  }
}
