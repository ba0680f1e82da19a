import Glibc

/// What tells a file from another that takes its place, without opening it. A file is replaced by renaming, so even at
/// the same time it has another number.
package struct FileStamp: Hashable, Sendable {
  private let device: UInt
  private let number: UInt
  /// Who may read it, as `chmod` counts.
  package let mode: UInt32
  package let byteCount: Int
  /// Of its last change, since 1970.
  package let seconds: Int
  package let nanoseconds: Int

  /// - Returns: nil where there is no file, or none that can be looked at; `errno` says why.
  package init?(ofFile path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
    mode = UInt32(status.st_mode)
    byteCount = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
