import Foundation
import Mustache

/// A template of the page's folder, read again when it changes.
struct PageTemplate: Sendable {
  /// Its name in the folder of the page.
  static let file = "index.html"

  private let template: WatchedFile<MustacheTemplate>

  init(folder: String, file name: String = file) throws {
    let path = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: path) else { throw StartError.noPage(folder: folder) }
    template = WatchedFile(path) { bytes in
      MustacheContentTypes.register(ScalarHTML(), named: ScalarHTML.name)
      return try MustacheTemplate(
        string: "{{% CONTENT_TYPE:\(ScalarHTML.name)}}" + String(decoding: bytes, as: UTF8.self))
    }
  }

  func render(_ values: [String: Any]) throws -> String { try template.current().content.render(values) }
}

/// Mustache's own HTML escapes by `Character`, which lets some quotation marks pass.
private struct ScalarHTML: MustacheContentType {
  static let name = "SCALAR_HTML"

  func escapeText(_ text: String) -> String { text.escapedForHTML }
}
