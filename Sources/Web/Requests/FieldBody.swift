import JSON

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
    guard let fields = (try? JSONValue(bytes))?.fields else {
      throw .badRequest(
        "The body must be a JSON object of texts, numbers, truth values and lists of them, such as "
          + #"{"method": ["grad-cam", "rise"], "steps": 28}, or a form."#)
    }
    return fields
  }
}
