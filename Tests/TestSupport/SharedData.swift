import Foundation
// Swift's static standard library, with which the benchmarks are built, comes without Testing.
#if canImport(Testing)
  package import Testing
#endif

/// The team's test data (`../shared` beside the checkout, or the folder that `GAZE_SHARED` names): photographs, hostile
/// files, goldens. It is not part of the project: tests that need it are skipped, with a message, where it is absent.
package enum SharedData {
  package static let root =
    ProcessInfo.processInfo.environment["GAZE_SHARED"]
    ?? URL(filePath: #filePath).appending(path: "../../../../shared").standardizedFileURL.path(percentEncoded: false)

  package static let isPresent = FileManager.default.fileExists(atPath: path("goldens/README.md"))
  #if canImport(Testing)
    package static let note: Comment = "needs the shared test data (\(root), or GAZE_SHARED)"
  #endif

  /// The path of a file below the folder.
  package static func path(_ relative: String) -> String { root + "/" + relative }

  package static func bytes(_ relative: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path(relative))))
  }
}
