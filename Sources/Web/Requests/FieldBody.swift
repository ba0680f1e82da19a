import Foundation

/// A small body that stands for a query: a JSON object, or a form.
enum FieldBody {
  /// - Returns: the fields; an empty body has none.
  static func fields(
    of bytes: [UInt8], contentType: String?
  ) throws(ServiceError) -> [(name: String, value: String)] {
    guard !bytes.isEmpty else { return [] }
    if MultipartForm.isAnnounced(by: contentType), let contentType {
      do {
        return try MultipartForm(bytes, contentType: contentType).texts
      } catch {
        throw ServiceError(error)
      }
    }
    if HeaderParameters(contentType ?? "").value == "application/x-www-form-urlencoded" {
      return try queryFields(String(decoding: bytes, as: UTF8.self))
    }
    guard !bytes.starts(with: [0x1F, 0x8B]) else { throw .contentEncoding("gzip") }
    guard let object = try? JSONDecoder().decode([String: Value].self, from: Data(bytes)) else {
      throw .badRequest(
        "The body must be a JSON object of texts, numbers, truth values and lists of them, such as "
          + #"{"method": ["grad-cam", "rise"], "steps": 28}, or a form."#)
    }
    return object.map { ($0.key, $0.value.text) }
  }

  /// A value as a query writes it; lists are comma-separated.
  private struct Value: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        text = String(flag)
      } else if let integer = try? container.decode(Int.self) {
        text = String(integer)
      } else if let number = try? container.decode(Double.self) {
        text = String(number)
      } else if let text = try? container.decode(String.self) {
        self.text = text
      } else {
        text = try container.decode([Value].self).map(\.text).joined(separator: ",")
      }
    }
  }
}
