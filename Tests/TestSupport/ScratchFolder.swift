package import Foundation

/// A folder of a test's own, removed with it.
package final class ScratchFolder: Sendable {
  package let path = FileManager.default.temporaryDirectory.appendingPathComponent("gaze-scratch-\(UUID().uuidString)")
    .path

  package init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func callAsFunction(_ relative: String) -> String { path + "/" + relative }

  /// Writes a file, with the folders that it is in.
  @discardableResult
  package func add(_ relative: String, _ bytes: [UInt8] = [0]) throws -> String {
    let url = URL(fileURLWithPath: self(relative))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Every file below a folder, with its content.
  package func files(in relative: String) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: self(relative)).filter {
      !isDirectory(self(relative) + "/" + $0)
    }
    return Dictionary(
      uniqueKeysWithValues: try names.map {
        ($0, try Data(contentsOf: URL(fileURLWithPath: self(relative) + "/" + $0)))
      })
  }

  private func isDirectory(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
