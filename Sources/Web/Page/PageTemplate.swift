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

/// Mustache's own HTML escapes by `Character`, which lets some quotation marks pass.
private struct ScalarHTML: MustacheContentType {
  static let name = "SCALAR_HTML"

  func escapeText(_ text: String) -> String { text.escapedForHTML }
}
