import ArgumentParser
import Autodiff
import Explain
import Foundation
import Logging
import Models
import Networks
import Serving
import Web

/// `gaze serve`: the page and the HTTP interface.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serves the page and the HTTP interface.",
    discussion: """
      Serves every model of the store until Ctrl-C or SIGTERM, then finishes what runs and ends; asked a second time, it cancels what runs. \
      Whoever reaches the address may use it: put it behind a proxy that asks for credentials before you listen on more than this machine. \
      A setting is a flag (--keep 15min), a variable (GAZE_KEEP) or a key of a file ({"keep": "15min"}), in this order; --help-hidden has them all, docs/operations.md explains them.
      """)

  @OptionGroup(title: "Settings") var options: SettingOptions

  @Option(
    help: ArgumentHelp(
      "A JSON file of settings, each by its flag's name; GAZE_CONFIG may name it, too.", valueName: "file"))
  var config: String?

  @Flag(help: "Prints the settings as they are, as a file for --config, and ends; which were given, to standard error.")
  var printConfig = false

  func validate() throws {
    do throws(SettingError) {
      _ = try EffectiveSettings([.flags(options.given)])
    } catch {
      throw ValidationError(error.description)
    }
  }

  func run() async throws {
    let effective = try effectiveSettings()
    if printConfig {
      FileHandle.standardError.write(Data(effective.account.utf8))
      FileHandle.standardOutput.write(Data(effective.json.utf8))
      return
    }
    let settings = effective.settings
    // First, since it ends threads that use a core (see `Engine`).
    let engine = Engine(threadCount: settings.threads ?? Workers.onlineProcessors)
    // A reader of the log, or of an answer, that goes away is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    let logs = LogQueue(file: STDERR_FILENO, format: settings.service.observability.logFormat)
    LoggingSystem.bootstrap { [level = settings.service.observability.logLevel] in
      QueuedLogHandler(label: $0, queue: logs, level: level)
    }
    defer { logs.flush(within: 2) }
    try await reportingFailures {
      var configuration = settings.service
      configuration.limits.computeSlots = settings.slots ?? Workers.onlineProcessors
      configuration.staticFolder = try folder(ofPage: settings.staticFolder)
      let model = configuration.limits.defaultModel
      let library = ModelLibrary(store: .standard(), byteLimit: settings.modelBytes)
      let models = library.list()
      guard let first = models.first(where: { $0.name == model }) ?? models.first else {
        throw Failure(
          .unavailable,
          "the model store \(library.store.path) is empty. Fetch the default model first: gaze models fetch \(CatalogEntry.defaultName)"
        )
      }
      // Loaded before the first request, so that nobody waits for it, and beside all else that a start takes.
      let loading = Task.detached { _ = try library.classifier(first.name) }
      // The addresses that stand for all of a machine's are none to go to.
      let shownHost = ["0.0.0.0": "127.0.0.1", "::": "::1"][configuration.host] ?? configuration.host
      do {
        try await withThrowingTaskGroup(of: Void.self) { [configuration] group in
          group.addTask {
            try await serve(
              configuration, models: library, engine: engine, logger: Logger(label: "gaze"), logs: logs
            ) { port in
              guard (try? await loading.value) != nil else { return }
              // Written past the buffer: whoever started us through a pipe waits for this line.
              let address = "http://\(writtenAuthority(host: shownHost, port: port))"
              FileHandle.standardOutput.write(Data("Gaze \(gazeVersion) is ready: \(address)\n".utf8))
            }
          }
          // A model that cannot be loaded ends the service.
          group.addTask { try await loading.value }
          for try await _ in group {}
        }
      } catch let error as StartError {
        throw Failure(.unavailable, error.description)
      }
    }
  }

  /// What flags, environment and file say together.
  private func effectiveSettings() throws -> EffectiveSettings {
    do throws(SettingError) {
      return try .read(flags: options.given, environment: ProcessInfo.processInfo.environment, file: config)
    } catch {
      throw ValidationError(error.description)
    }
  }

  /// The folder that is named, or `Static` beside the program, in a folder above it, or in `../share/gaze`.
  private func folder(ofPage named: String?) throws -> String {
    func holdsPage(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/index.html") }
    if let folder = named {
      guard holdsPage(folder) else {
        throw Failure(.noInput, "\(folder) holds no index.html, so it is not Gaze's page.")
      }
      return folder
    }
    var folder = URL(fileURLWithPath: Bundle.main.executablePath ?? CommandLine.arguments[0])
      .resolvingSymlinksInPath().deletingLastPathComponent()
    while true {
      for candidate in ["Static", "share/gaze/Static"].map({ folder.appendingPathComponent($0).path })
      where holdsPage(candidate) {
        return candidate
      }
      let parent = folder.deletingLastPathComponent()
      if parent.path == folder.path { break }
      folder = parent
    }
    throw Failure(
      .noInput, "the page (a folder Static with index.html) is not beside the program; name it with --static.")
  }
}
