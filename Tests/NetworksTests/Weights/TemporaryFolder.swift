import Foundation

/// A folder for one test, removed when the last reference to it goes.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gaze-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path(percentEncoded: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file of these bytes and gives its path.
  func file(bytes: [UInt8], name: String = "file") throws -> String {
    try Data(bytes).write(to: URL(filePath: file(name)))
    return file(name)
  }
}

/// Lets this process map at most `extra` bytes more than now; beyond that, allocation fails and the process ends.
///
/// Does nothing under a sanitizer, which reserves terabytes of addresses.
func limitAddressSpace(extra: Int) {
  let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
  guard let pages = pages.flatMap({ Int($0) }), pages < 1 << 30 else { return }
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  limit.rlim_cur = rlim_t(pages * Int(getpagesize()) + extra)
  setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
}
