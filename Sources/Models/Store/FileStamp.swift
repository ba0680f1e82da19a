import Glibc

/// What tells a file from another that takes its place, without opening it. A file is replaced by renaming, so even at
/// the same time it has another number.
struct FileStamp: Hashable, Sendable {
  private let device: UInt
  private let number: UInt
  private let byteCount: Int
  private let seconds: Int
  private let nanoseconds: Int

  init?(ofFile path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt(status.st_dev)
    number = UInt(status.st_ino)
    byteCount = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
