import Autodiff
import Foundation
import Glibc

/// A file's content, read when it is first asked for, and again when the file has changed.
final class WatchedFile<Content: Sendable>: Sendable {
  /// What tells one state of a file from another.
  struct Stamp: Hashable, Sendable {
    fileprivate let seconds: Int
    fileprivate let nanoseconds: Int
    let size: Int

    /// An entity tag for HTTP, as nginx makes it.
    var entityTag: String {
      "\"\(String(seconds, radix: 16))-\(String(nanoseconds, radix: 16))-\(String(size, radix: 16))\""
    }
  }

  private let path: String
  private let read: @Sendable ([UInt8]) throws -> Content
  private let state = Guarded<(stamp: Stamp, content: Content)?>(nil)

  /// Reads nothing: the service starts sooner than its page is parsed.
  ///
  /// - Parameter read: makes the content of the file's bytes.
  init(_ path: String, read: @escaping @Sendable ([UInt8]) throws -> Content) {
    self.path = path
    self.read = read
  }

  func current() throws -> (stamp: Stamp, content: Content) {
    try state.withLock { state in
      if let state, try Self.stamp(of: path) == state.stamp { return state }
      let loaded = try Self.load(path, read)
      state = loaded
      return loaded
    }
  }

  private static func load(
    _ path: String, _ read: ([UInt8]) throws -> Content
  ) throws -> (stamp: Stamp, content: Content) {
    let stamp = try stamp(of: path)
    return (stamp, try read([UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))))
  }

  private static func stamp(of path: String) throws -> Stamp {
    var status = stat()
    guard stat(path, &status) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return Stamp(
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec, size: Int(status.st_size))
  }
}
