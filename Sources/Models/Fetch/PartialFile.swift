import Foundation
import WeightFiles

/// What has arrived of a file: `PATH.part`, and beside it what identifies the version that it is a part of.
///
/// Every byte is in the file system when `append` returns, so that the part survives the program's sudden end. It is
/// locked, so that two programs do not write to it together. Holds no state but an open file, hence Sendable.
final class PartialFile: Sendable {
  let path: String
  private let target: String
  private let descriptor: Int32
  private var validatorPath: String { path + ".version" }

  init(_ target: String) throws(DownloadError) {
    self.target = target
    path = target + ".part"
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw .cannotWrite(path, systemMessage(errno)) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { throw .busy(target) }
  }

  deinit { close(descriptor) }

  var count: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  var validator: String? {
    get { try? String(contentsOfFile: validatorPath, encoding: .utf8) }
    set {
      if let newValue {
        try? newValue.write(toFile: validatorPath, atomically: true, encoding: .utf8)
      } else {
        unlink(validatorPath)
      }
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(DownloadError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let written = write(descriptor, chunk.baseAddress, chunk.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw .cannotWrite(path, systemMessage(errno))
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Forgets what has arrived.
  func clear() {
    ftruncate(descriptor, 0)
    unlink(validatorPath)
  }

  /// Lets others have it.
  func unlock() { flock(descriptor, LOCK_UN) }

  /// Leaves no empty file behind.
  func discardIfEmpty() {
    if count == 0 { unlink(path) }
  }

  /// Gives the file its name.
  func finish() throws(DownloadError) {
    fsync(descriptor)
    if rename(path, target) != 0 { throw .cannotWrite(target, systemMessage(errno)) }
    unlink(validatorPath)
  }
}
