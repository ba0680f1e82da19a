import Foundation
import Models
import Networks
import Testing

/// Models of the store for tests: they are fetched by `scripts/test`.
enum TestModels {
  static let library = ModelLibrary(store: .standard())

  /// Whether tests that need a model run. Where models are promised (`GAZE_REQUIRE_MODELS=1`, as in scripts/test) they
  /// always do, so that a missing model is a failure and not a skip.
  static func has(_ name: String) -> Bool {
    ProcessInfo.processInfo.environment["GAZE_REQUIRE_MODELS"] == "1" || library.store.contains(name)
  }

  static func note(_ name: String) -> Comment { "needs the model \(name): gaze models fetch \(name)" }
}
