import Foundation
import Glibc

/// What tells one state of a file from another.
struct FileStamp: Hashable, Sendable {
  private let seconds: Int
  private let nanoseconds: Int
  /// A file that another is moved over, or to which a link leads now, may be of the same time and size.
  private let number: UInt
  let size: Int
  /// Who may read it, as `chmod` counts.
  let mode: UInt32

  init(of path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    (number, size, mode) = (UInt(status.st_ino), Int(status.st_size), UInt32(status.st_mode))
  }

  /// An entity tag for HTTP, as nginx makes it.
  var entityTag: String {
    "\"\(String(seconds, radix: 16))-\(String(nanoseconds, radix: 16))-\(String(size, radix: 16))\""
  }
}
