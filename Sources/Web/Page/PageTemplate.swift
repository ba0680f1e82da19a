import Foundation
import Mustache

/// A template of the page's folder, read again when it changes.
struct PageTemplate: Sendable {
  private let file: WatchedFile<MustacheTemplate>

  /// - Parameter name: of the file in the folder.
  init(folder: String, file name: String = "index.html") throws {
    let path = "\(folder)/\(name)"
    guard FileManager.default.fileExists(atPath: path) else { throw StartError.noPage(folder: folder) }
    file = WatchedFile(path) { bytes in
      MustacheContentTypes.register(ScalarHTML(), named: ScalarHTML.name)
      return try MustacheTemplate(
        string: "{{% CONTENT_TYPE:\(ScalarHTML.name)}}" + String(decoding: bytes, as: UTF8.self))
    }
  }

  func render(_ values: [String: Any]) throws -> String { try file.current().content.render(values) }
}

/// Mustache's own HTML escapes by `Character`, which lets some quotation marks pass.
private struct ScalarHTML: MustacheContentType {
  static let name = "SCALAR_HTML"

  func escapeText(_ text: String) -> String { text.escapedForHTML }
}
