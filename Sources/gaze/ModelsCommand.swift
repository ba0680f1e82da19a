import ArgumentParser
import Foundation
import Networks

/// `gaze models`: what can be served, and how to add to it.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Lists, fetches and imports models.",
    discussion: """
      Models live in the model store: the folder $GAZE_MODELS if that is set, else gaze/models in your data
      directory ($XDG_DATA_HOME, usually ~/.local/share).
      """,
    subcommands: [List.self, Fetch.self, Import.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the models of the store and those that can be fetched.")

    func run() async throws {
      let store = ModelStore.standard()
      let (models, unreadable) = store.list()
      print("In the store (\(store.path)):")
      if models.isEmpty { print("  none yet") }
      for model in models {
        let millions = String(format: "%.1f", Double(model.parameterCount) / 1e6)
        print(
          "  \(model.name.padded(to: 22)) \(model.title), \(model.classCount) classes, \(millions) M parameters, "
            + "input \(model.preprocessing.inputSize)")
      }
      for (name, reason) in unreadable { print("  \(name.padded(to: 22)) cannot be used: \(reason)") }
      let stored = Set(models.map(\.name))
      let fetchable = CatalogEntry.all.filter { !stored.contains($0.name) }
      if !fetchable.isEmpty {
        print("Can be fetched (gaze models fetch NAME):")
        for entry in fetchable {
          let size = String(format: "%.0f", Double(entry.byteCount) / 1e6)
          let accuracy = entry.publishedTop1.map { ", published top-1 \($0) %" } ?? ""
          print("  \(entry.name.padded(to: 22)) \(entry.title), \(size) MB, \(entry.licence)\(accuracy)")
        }
      }
    }
  }

  struct Fetch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetches a published model into the store.",
      discussion: "Checks the file against its published SHA-256. A model that is already there is left alone.")

    @Argument(help: "The model's name, as 'gaze models list' shows it.")
    var name: String

    @Flag(help: "Fetch it again even if it is there.")
    var force = false

    func run() async throws {
      try await reportingFailures {
        guard let entry = CatalogEntry.named(name) else {
          throw Failure(
            .unavailable,
            "there is no published model '\(name)' in the catalog. It has \(CatalogEntry.all.map(\.name).joined(separator: ", "))."
          )
        }
        let store = ModelStore.standard()
        if store.contains(name), !force, (try? store.manifest(of: name)) != nil {
          print("\(name) is already in \(store.path)")
          return
        }
        try await fetch(entry, into: store)
      }
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Imports a checkpoint file into the store.",
      discussion: """
        Reads PyTorch state dicts without executing anything in them, checks every tensor's name and shape against the network, and
        stores the weights as safetensors.
        """)

    @Argument(help: ArgumentHelp("The checkpoint: a PyTorch state dict (.pth).", valueName: "file"))
    var file: String

    @Option(
      help: ArgumentHelp("The network that the weights belong to.", valueName: "network"),
      completion: .list(Architecture.all.map(\.name)))
    var network: String

    @Option(help: "The name that the model gets; the network's name if not given.")
    var name: String?

    func run() async throws {
      try await reportingFailures {
        guard let architecture = Architecture.named(network) else {
          throw ModelStoreError.unknownArchitecture(network)
        }
        let manifest = try ModelStore.standard().importCheckpoint(
          file, as: name ?? network, architecture: architecture)
        print(
          "Imported \(manifest.name): \(architecture.title), \(manifest.classCount) classes, "
            + "\(manifest.parameterCount) parameters, all matched.")
      }
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    padding(toLength: max(width, count), withPad: " ", startingAt: 0)
  }
}
