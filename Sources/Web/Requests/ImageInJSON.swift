import JSON

/// The one reader of an image inside JSON, for every protocol.
///
/// Clients of model servers write it in many ways: Base64 by itself, as `{"b64": "…"}` (TensorFlow Serving), or under
/// the name that their model gave its input, `{"bytes": {"b64": "…"}}`, `{"data": "…"}`; and as a `data:` URL. The
/// Base64 may be broken into lines, URL-safe, and without padding.
enum ImageInJSON {
  /// Names of an input that an image is sent under.
  static let names = ["bytes", "b64", "data", "image_bytes", "bytes_inputs", "image", "content"]

  /// What an image may look like: for messages.
  static let forms =
    #"{"bytes": {"b64": "…"}}, {"b64": "…"}, {"data": "…"} or "…", the Base64 of a JPEG, PNG or WebP file"#

  /// The image's file, hostile until it is decoded.
  ///
  /// - Parameter place: where in the request the value stands, for messages: `instances[0]`.
  static func bytes(of value: JSONValue, at place: String) throws(ServiceError) -> [UInt8] {
    switch value {
    case .string(let string): return try bytes(of: string, at: place)
    case .object(let members):
      guard members.count == 1, let member = members.first, names.contains(member.name) else {
        throw fault("its keys must be equal to: bytes. An image is \(forms).", at: place)
      }
      let place = "\(place).\(member.name)"
      switch member.value {
      case .string(let string): return try bytes(of: string, at: place)
      case .object(let inner) where member.name != "b64" && inner.map(\.name) == ["b64"]:
        guard case .string(let string) = inner[0].value else { throw fault("'b64' must be a text.", at: place) }
        return try bytes(of: string, at: place + ".b64")
      default:
        throw fault("'\(member.name)' must be a text\(member.name == "b64" ? "" : #" or {"b64": "…"}"#).", at: place)
      }
    default: throw fault("an image is \(forms).", at: place)
    }
  }

  private static func bytes(of string: JSONString, at place: String) throws(ServiceError) -> [UInt8] {
    guard let text = string.bytes.flatMap(withoutURL), let bytes = Base64.bytes(of: text), !bytes.isEmpty else {
      throw fault("this is not the Base64 (RFC 4648) of an image file.", at: place)
    }
    return bytes
  }

  /// What follows `data:image/jpeg;base64,`, where a text begins so; nil for the URL of anything else.
  ///
  /// Source: RFC 2397.
  private static func withoutURL(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let text = text.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    // No Base64 has a colon.
    guard lowercase(text.prefix(5)) == "data:" else { return text }
    guard let comma = text.prefix(256).firstIndex(of: UInt8(ascii: ",")),
      lowercase(text[..<comma]).hasSuffix(";base64")
    else { return nil }
    return text[(comma + 1)...]
  }

  private static func lowercase(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).lowercased()
  }

  private static func fault(_ reason: String, at place: String) -> ServiceError {
    .badRequest("\(place): \(reason)", field: place)
  }
}
