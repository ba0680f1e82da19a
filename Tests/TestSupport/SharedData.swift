import Foundation
package import Testing

/// The folder of data shared between projects, which is no part of this repository: `shared` beside the checkout, or
/// what the environment variable `GAZE_SHARED` names. Tests that need it are skipped where it is absent.
package enum SharedData {
  package static let path =
    ProcessInfo.processInfo.environment["GAZE_SHARED"]
    ?? URL(filePath: #filePath).appending(path: "../../../../shared").standardizedFileURL.path(percentEncoded: false)

  package static var isPresent: Bool { FileManager.default.fileExists(atPath: path + "/weights-fixtures/manifest.csv") }

  package static var note: Comment { "The shared data are absent from \(path)." }

  /// The path of a file below the folder.
  package static func path(_ relative: String) -> String { path + "/" + relative }
}
