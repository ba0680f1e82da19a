import Explain
import JSON

extension JSONValue {
  /// Whether a body that may be a file or a JSON object is the latter: no image's file begins so.
  static func isObject(_ body: [UInt8]) -> Bool {
    body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
  }
}

/// A value of a JSON body and where in it the value stands: reads what a protocol expects there, and names the place
/// where something else is.
struct PlacedJSON: Sendable {
  let value: JSONValue
  /// `inputs[0].shape`; empty for the whole body.
  let place: String

  init(_ value: JSONValue, at place: String = "") {
    self.value = value
    self.place = place
  }

  func fault(_ reason: String) -> ServiceError {
    var error = ServiceError.badRequest(place.isEmpty ? "The body \(reason)" : "'\(place)' \(reason)")
    error.field = place.isEmpty ? nil : place
    return error
  }

  /// The members of an object, none of which may have another name.
  func members(_ known: [String]) throws(ServiceError) -> [String: PlacedJSON] {
    let members = try members()
    if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
      throw fault(
        "has a member '\(unknown.abbreviated())', which is not known. It may have \(known.joined(separator: ", ")).")
    }
    return members
  }

  func members() throws(ServiceError) -> [String: PlacedJSON] {
    guard case .object(let members) = value else { throw fault("must be a JSON object.") }
    var placed: [String: PlacedJSON] = [:]
    for member in members {
      // A member that is null says nothing.
      if case .null = member.value { continue }
      let name = member.name.abbreviated()
      placed[member.name] = PlacedJSON(member.value, at: place.isEmpty ? name : "\(place).\(name)")
    }
    return placed
  }

  func list() throws(ServiceError) -> [PlacedJSON] {
    guard case .list(let values) = value else { throw fault("must be a list.") }
    return values.enumerated().map { PlacedJSON($1, at: "\(place)[\($0)]") }
  }

  func text() throws(ServiceError) -> String {
    guard case .string(let string) = value, let text = string.text else { throw fault("must be a text.") }
    return text
  }

  func flag() throws(ServiceError) -> Bool {
    guard case .bool(let flag) = value else { throw fault("must be true or false.") }
    return flag
  }

  func integer() throws(ServiceError) -> Int {
    guard case .number(let text) = value, let number = Int(text) else {
      throw fault("must be a whole number.")
    }
    return number
  }

  /// The members of an object as the fields of a query.
  func fields() throws(ServiceError) -> [(name: String, value: String)] {
    guard let fields = value.fields else {
      throw fault("must be an object of texts, numbers, truth values and lists of them.")
    }
    return fields
  }
}
