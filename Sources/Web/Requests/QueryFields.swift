import Explain
import Foundation
import HummingbirdCore

/// The fields of a query: what a request asks for.
///
/// - Parameters:
///   - uri: with the query, percent-encoded; `+` is a blank, as forms write it.
///   - form: text fields of a form; the query goes before them.
func askFields(_ uri: URI, form: [(name: String, value: String)] = []) throws(ServiceError) -> AskFields {
  do {
    return try AskFields(try queryFields(uri.query ?? ""), lenient: form)
  } catch {
    throw ServiceError(error)
  }
}

extension AskFields {
  /// Throws for a field that means something elsewhere, but nothing to this request.
  ///
  /// - Parameter remedies: of each such field what does it here.
  func refuse(_ remedies: KeyValuePairs<AskField, String>) throws(AskError) {
    for (field, remedy) in remedies where names.contains(field.rawValue) {
      throw AskError(named: field.rawValue, "'\(field.rawValue)' means nothing here. \(remedy)")
    }
  }
}

/// The names and values of a query or of an URL-encoded form.
func queryFields(_ query: String) throws(ServiceError) -> [(name: String, value: String)] {
  var fields: [(name: String, value: String)] = []
  for pair in query.split(separator: "&") {
    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
    guard let name = decoded[0], let value = decoded.count == 2 ? decoded[1] : "" else {
      throw .badRequest("The query cannot be read: its percent-encoding is not UTF-8.")
    }
    fields.append((name, value))
  }
  return fields
}
