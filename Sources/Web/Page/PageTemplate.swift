import Foundation
import Mustache

/// The page's template, `index.html`, read again when it changes.
struct PageTemplate: Sendable {
  private let file: WatchedFile<MustacheTemplate>

  init(folder: String) throws {
    let path = folder + "/index.html"
    guard FileManager.default.fileExists(atPath: path) else { throw StartError.noPage(folder: folder) }
    file = WatchedFile(path) { bytes in
      MustacheContentTypes.register(ScalarHTML(), named: ScalarHTML.name)
      return try MustacheTemplate(
        string: "{{% CONTENT_TYPE:\(ScalarHTML.name)}}" + String(decoding: bytes, as: UTF8.self))
    }
  }

  func render(_ content: PageContent) throws -> String { try file.current().content.render(content.values) }
}

/// Escapes by Unicode scalar.
///
/// Mustache's own HTML escapes by `Character`, and a quote with a combining accent is another character than a quote:
/// it would pass, and end an attribute in the browser.
private struct ScalarHTML: MustacheContentType {
  static let name = "SCALAR_HTML"

  func escapeText(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
