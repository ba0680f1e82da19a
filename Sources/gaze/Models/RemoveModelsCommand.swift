import ArgumentParser
import Foundation
import Models

/// `gaze models remove`.
struct RemoveModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Takes models out of the store.",
    discussion: "Asks nothing. If one of the names is not in the store, nothing is removed.")

  @Argument(help: "The models' names, as 'gaze models list' shows them.")
  var names: [String]

  func run() async throws {
    try await reportingFailures {
      let store = ModelStore.standard()
      for name in names where !store.contains(name) { _ = try store.manifest(of: name) }
      for name in names {
        let title = (try? store.manifest(of: name).title) ?? "cannot be read"
        let bytes = try store.remove(name)
        print("Removed \(name) (\(title)): \(String(format: "%.1f", Double(bytes) / 1e6)) MB are free again.")
      }
    }
  }
}
