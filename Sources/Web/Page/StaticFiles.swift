import Explain
import Foundation
import HTTPTypes
import Hummingbird

/// The files that the page links to, and the description of the interface: what the folder held at the start, each at
/// its own route, so that no path from a request ever reaches the file system.
struct StaticFiles: Sendable {
  private struct File: Sendable {
    /// Relative to the folder: `js/api.js`.
    let path: String
    let route: String
    let type: String
    let file: WatchedFile<[UInt8]>
  }

  private let files: [File]

  /// Pages that are no templates, and their addresses.
  private static let pages = ["docs.html": "docs"]

  /// Files of other kinds are not served.
  private static let types = [
    "css": "text/css; charset=utf-8", "ico": "image/x-icon", "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json", "png": "image/png", "svg": "image/svg+xml", "txt": "text/plain; charset=utf-8",
    "webmanifest": "application/manifest+json", "webp": "image/webp", "woff2": "font/woff2", "yaml": "application/yaml",
  ]

  init(folder: String) throws {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
    files = paths.compactMap { path in
      let page = Self.pages[path]
      let type = page == nil ? Self.types[URL(filePath: path).pathExtension] : "text/html; charset=utf-8"
      guard let type, Self.isPlain(path) else { return nil }
      return File(path: path, route: page ?? path, type: type, file: WatchedFile("\(folder)/\(path)") { $0 })
    }
  }

  /// As requests name them.
  var paths: [String] { files.map { "/" + $0.route } }

  var endpoints: RouteCollection<GazeRequestContext> {
    let routes = RouteCollection(context: GazeRequestContext.self)
    for file in files {
      routes.get(RouterPath(file.route)) { request, _ in try Self.answer(request, file) }
    }
    return routes
  }

  /// The browser keeps a file and asks each time whether it is still the same.
  private static func answer(_ request: Request, _ file: File) throws -> Response {
    let (stamp, bytes) = try file.file.current()
    let headers: HTTPFields = [.cacheControl: "no-cache", .eTag: stamp.entityTag]
    return request.notModified(headers) ?? .bytes(bytes, type: file.type, headers: headers)
  }

  /// Names that mean themselves in a route, and no hidden ones.
  private static func isPlain(_ path: String) -> Bool {
    let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")
    return path.allSatisfy(letters.contains) && !path.split(separator: "/").contains { $0.hasPrefix(".") }
  }
}
