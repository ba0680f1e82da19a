import Explain

/// A header value and its parameters: `form-data; name="image"; filename="a \"b\".png"`.
///
/// Source: RFC 9110 section 5.6.6. The value and the parameters' names are lower-cased; of two parameters of one name
/// the first counts.
struct HeaderParameters: Sendable {
  let value: String
  private let parameters: [String: String]

  init(_ text: String) {
    var pieces = Self.split(text, at: ";")[...]
    value = pieces.popFirst().map { $0.trimmed().lowercased() } ?? ""
    var parameters: [String: String] = [:]
    for piece in pieces {
      guard let equals = piece.firstIndex(of: "=") else { continue }
      let name = piece[..<equals].trimmed().lowercased()
      if parameters[name] == nil {
        parameters[name] = Self.unquoted(piece[piece.index(after: equals)...].trimmed())
      }
    }
    self.parameters = parameters
  }

  subscript(name: String) -> String? { parameters[name] }

  /// Cuts at a character that is not within quotes.
  static func split(_ text: String, at separator: Unicode.Scalar) -> [Substring] {
    let scalars = text.unicodeScalars
    var pieces: [Substring] = []
    var start = scalars.startIndex
    var isQuoted = false
    var isEscaped = false
    for index in scalars.indices {
      let scalar = scalars[index]
      if isEscaped {
        isEscaped = false
      } else if isQuoted && scalar == "\\" {
        isEscaped = true
      } else if scalar == "\"" {
        isQuoted.toggle()
      } else if scalar == separator && !isQuoted {
        pieces.append(text[start..<index])
        start = scalars.index(after: index)
      }
    }
    return pieces + [text[start...]]
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text.dropFirst().dropLast().unicodeScalars {
      // Browsers write %22 and not \" into file names, and a lone backslash is one of Windows' paths: only quotes are
      // unescaped.
      if isEscaped {
        if scalar != "\"" && scalar != "\\" { result.append("\\") }
        result.append(scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        result.append(scalar)
      }
    }
    if isEscaped { result.append("\\") }
    return String(result)
  }
}
