import Foundation

/// Why a text is no CSV, as the end of a sentence.
package struct CSVFault: Error, Hashable, Sendable {
  package let reason: String

  package init(reason: String) { self.reason = reason }
}

/// The rows of a CSV text, the heading among them; empty lines are passed over. Fields may be quoted; a quotation mark
/// inside is doubled (RFC 4180). Blanks around a field are not of it, and a line break in a quoted one is a blank.
///
/// - Throws: where a quotation mark is not closed, or nothing stands below the heading.
package func csvRecords(_ text: String) throws(CSVFault) -> [[String]] {
  var records: [[String]] = []
  var record: [String] = []
  var field = ""
  var isQuoted = false
  var previousWasQuote = false
  func endField() {
    record.append(field.trimmingCharacters(in: .whitespacesAndNewlines))
    field = ""
  }
  func endRecord() {
    endField()
    if record != [""] { records.append(record) }
    record = []
  }
  for character in text {
    switch character {
    case "\"":
      // A quotation mark right after the closing one is a character of the field.
      if previousWasQuote && !isQuoted { field.append(character) }
      isQuoted.toggle()
    case ",": if isQuoted { field.append(character) } else { endField() }
    case _ where character.isNewline: if isQuoted { field.append(" ") } else { endRecord() }
    default: field.append(character)
    }
    previousWasQuote = character == "\""
  }
  if isQuoted { throw CSVFault(reason: "a quotation mark is not closed") }
  endRecord()
  if records.count < 2 { throw CSVFault(reason: "it has no rows below its heading") }
  return records
}
