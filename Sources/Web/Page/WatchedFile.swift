import Autodiff
import Foundation
import Models

/// A file's content, read when it is first asked for, and again when the file has changed.
final class WatchedFile<Content: Sendable>: Sendable {
  private let path: String
  private let read: @Sendable ([UInt8]) throws -> Content
  private let state = Guarded<(stamp: FileStamp, content: Content)?>(nil)

  /// Reads nothing: the service starts sooner than its page is parsed.
  ///
  /// - Parameter read: makes the content of the file's bytes.
  init(_ path: String, read: @escaping @Sendable ([UInt8]) throws -> Content) {
    self.path = path
    self.read = read
  }

  func current() throws -> (stamp: FileStamp, content: Content) {
    try state.withLock { state in
      if let state, FileStamp(ofFile: path) == state.stamp { return state }
      let loaded = try Self.load(path, read)
      state = loaded
      return loaded
    }
  }

  private static func load(
    _ path: String, _ read: ([UInt8]) throws -> Content
  ) throws -> (stamp: FileStamp, content: Content) {
    guard let stamp = FileStamp(ofFile: path) else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return (stamp, try read([UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))))
  }
}

extension FileStamp {
  /// An entity tag for HTTP, as nginx makes it.
  var entityTag: String {
    "\"\(String(seconds, radix: 16))-\(String(nanoseconds, radix: 16))-\(String(byteCount, radix: 16))\""
  }
}
