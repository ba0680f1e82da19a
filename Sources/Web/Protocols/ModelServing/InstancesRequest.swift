import Explain
import HTTPTypes
import Images
import JSON

/// The body of a request about several images, as TensorFlow Serving, KServe V1 and Vertex AI write it, for a network
/// whose one input is an image.
///
/// Three forms. Rows: `{"instances": [{"bytes": {"b64": "…"}}, …]}`. Columns: `{"inputs": {"bytes": [{"b64": "…"},
/// …]}}`, or the list without the name, or one value alone. And lines, each an instance of its own, as tools for batch
/// prediction write them. `ImageInJSON` says what an instance may look like.
struct InstancesRequest: Sendable {
  /// How the answer is laid out.
  enum Form: Sendable {
    /// One object for each instance.
    case rows
    /// One list for each output.
    case columns
  }

  let form: Form
  /// The images' files.
  let images: [ImageSource]
  /// What `parameters` says beside the instances, as a query would.
  let parameters: QueryPairs

  /// The network's one input, its outputs, and the name under which both are known.
  static let (input, classes, probabilities, values) = ("bytes", "CLASSES", "PROBABILITIES", "VALUES")
  static let signature = "serving_default"

  /// - Parameters:
  ///   - body: hostile until it is read.
  ///   - lists: the members that may hold the instances, one of them; `inputs` holds columns.
  ///   - maximum: how many images one request may bring.
  init(_ body: [UInt8], in lists: [String], maximum: Int) throws(ServiceError) {
    guard !body.isEmpty else { throw Self.malformed("the body is empty") }
    guard !body.starts(with: [0x1F, 0x8B]) else { throw .contentEncoding("gzip") }
    let (values, place): ([JSONValue], String)
    switch try Self.content(of: body, maximum: maximum) {
    case .lines(let lines): (form, values, place, parameters) = (.rows, lines, "instances", [])
    case .envelope(let members):
      let envelope = try Envelope(members, in: lists)
      (form, values, place, parameters) = (envelope.form, envelope.values, envelope.name, envelope.parameters)
    }
    guard !values.isEmpty else { throw Self.malformed("there is no instance; send at least one image") }
    guard values.count <= maximum else { throw ServiceError.tooManyImages(maximum) }
    var images: [ImageSource] = []
    for (index, value) in values.enumerated() {
      images.append(.file(try ImageInJSON.bytes(of: value, at: "\(place)[\(index)]")))
    }
    self.images = images
  }

  private enum Content {
    case lines([JSONValue])
    case envelope([JSONValue.Member])
  }

  /// What the body is: an object around the instances, or the instances themselves, one in a line, if the first line is
  /// one.
  private static func content(of body: [UInt8], maximum: Int) throws(ServiceError) -> Content {
    let first = line(of: body[...])
    if let value = try? JSONValue(first.line) {
      if isInstance(value) { return .lines(try lines(of: body, maximum: maximum)) }
      if first.rest.allSatisfy(isBlank) { return .envelope(try members(of: value)) }
    }
    let value = try parsed(body[...], "the body")
    return isInstance(value) ? .lines([value]) : .envelope(try members(of: value))
  }

  private static func members(of value: JSONValue) throws(ServiceError) -> [JSONValue.Member] {
    guard case .object(let members) = value else { throw malformed("the body is not JSON of this form: no object") }
    return members
  }

  private static func isInstance(_ value: JSONValue) -> Bool {
    guard case .object(let members) = value else { return false }
    return members.contains { ImageInJSON.names.contains($0.name) }
  }

  private static func lines(of body: [UInt8], maximum: Int) throws(ServiceError) -> [JSONValue] {
    var values: [JSONValue] = []
    var rest = body[...]
    while !rest.isEmpty {
      let next = line(of: rest)
      rest = next.rest
      guard !next.line.isEmpty else { break }
      guard values.count < maximum else { throw ServiceError.tooManyImages(maximum) }
      values.append(try parsed(next.line, "line \(values.count + 1)"))
    }
    return values
  }

  /// The first line that is not blank, and what follows it.
  private static func line(of bytes: ArraySlice<UInt8>) -> (line: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
    let start = bytes.drop(while: isBlank)
    guard let end = start.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else { return (start, []) }
    return (start[..<end], start[end...])
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

  private static func parsed(_ json: ArraySlice<UInt8>, _ what: String) throws(ServiceError) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue(json)
    } catch {
      throw malformed("\(what) is not JSON of this form: \(error)")
    }
  }

  fileprivate static func malformed(_ reason: String) -> ServiceError {
    .badRequest(
      "Malformed request: \(reason). Send {\"instances\": [{\"bytes\": {\"b64\": \"…\"}}]}, with the Base64 of a JPEG, PNG or WebP file."
    )
  }
}

/// The object around the instances.
private struct Envelope {
  let form: InstancesRequest.Form
  let values: [JSONValue]
  /// The member that has the instances.
  let name: String
  let parameters: QueryPairs

  init(_ members: [JSONValue.Member], in lists: [String]) throws(ServiceError) {
    func value(_ name: String) -> JSONValue? {
      guard let value = members.first(where: { $0.name == name })?.value else { return nil }
      if case .null = value { return nil }
      return value
    }
    let found = lists.compactMap { name in value(name).map { (name: name, value: $0) } }
    let names = lists.map { "'\($0)'" }
    guard let only = found.first else {
      throw InstancesRequest.malformed(
        "Missing \(names.reversed().joined(separator: " or ")) key")
    }
    guard found.count == 1 else {
      throw InstancesRequest.malformed("Not both \(names.reversed().joined(separator: " and ")) keys may be there")
    }
    let known = lists + ["parameters", "signature_name"]
    if let unknown = members.first(where: { !known.contains($0.name) })?.name {
      throw ServiceError.badRequest(
        "There is no member '\(unknown.abbreviated())' here. There are \(known.joined(separator: ", ")).",
        field: unknown)
    }
    try Self.check(signature: value("signature_name"))
    name = only.name
    if only.name == "inputs" {
      form = .columns
      values = Self.column(only.value)
    } else {
      guard case .list(let list) = only.value else {
        throw InstancesRequest.malformed("the body is not JSON of this form: '\(only.name)' must be a list")
      }
      form = .rows
      values = list
    }
    guard let parameters = value("parameters") else {
      self.parameters = []
      return
    }
    guard let fields = parameters.fields else {
      throw ServiceError.badRequest(
        "'parameters' must be an object of texts, numbers, truth values and lists of them, such as "
          + #"{"class": "tabby", "method": "rise", "masks": 500}."#, field: "parameters")
    }
    self.parameters = fields
  }

  /// A list, a list under the input's name, or one value.
  private static func column(_ value: JSONValue) -> [JSONValue] {
    if case .object(let members) = value, members.count == 1, ImageInJSON.names.contains(members[0].name),
      case .list(let list) = members[0].value
    {
      return list
    }
    if case .list(let list) = value { return list }
    return [value]
  }

  private static func check(signature: JSONValue?) throws(ServiceError) {
    guard let signature else { return }
    guard case .string(let string) = signature, let name = string.text else {
      throw InstancesRequest.malformed("the body is not JSON of this form: 'signature_name' must be a text")
    }
    // An empty name is the default one.
    guard name.isEmpty || name == InstancesRequest.signature else {
      throw ServiceError.badRequest(
        "A model has no signature '\(name.abbreviated())' here. It has one, '\(InstancesRequest.signature)'; leave "
          + "'signature_name' out.", field: "signature_name")
    }
  }
}
