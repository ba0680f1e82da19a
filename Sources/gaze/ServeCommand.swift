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
      Whoever reaches the address may use it: put it behind a proxy that asks for credentials before you listen on more than this machine.
      """)

  @Option(help: "The address to listen on; 0.0.0.0 for all. Default: 127.0.0.1, on Vertex AI 0.0.0.0.")
  var host: String?

  @Option(help: "The port to listen on; 0 for one that is free. Default: AIP_HTTP_PORT, else 8080.")
  var port: Int?

  @Option(help: "The model of requests that name none.")
  var model = CatalogEntry.defaultName

  @Option(help: ArgumentHelp("Threads that compute; default: one for each processor.", valueName: "count"))
  var threads: Int?

  @Option(help: ArgumentHelp("Megabytes for kept analyses.", valueName: "MB"))
  var cache = 256

  @Option(
    help: ArgumentHelp(
      "Megabytes for loaded models: beyond it the one unused for longest is unloaded.", valueName: "MB"))
  var modelMemory = 4096

  @Option(help: ArgumentHelp("Seconds that an unused analysis is kept.", valueName: "seconds"))
  var keep = 900

  @Option(
    help: ArgumentHelp(
      "A name that the service answers to beside this machine's own, without port; * for any name.", valueName: "name"))
  var allowedHost: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where pages of other sites come from that may use the service, such as https://example.org.",
      valueName: "origin"))
  var allowedOrigin: [String] = []

  @Option(
    help: ArgumentHelp(
      "Seconds that it goes on to accept after SIGTERM, while GET /readyz says 503.", valueName: "seconds"))
  var shutdownDelay = 0

  @Option(
    help: ArgumentHelp("Seconds that it then waits for what runs before it cancels that.", valueName: "seconds"))
  var shutdownTimeout = 20

  @OptionGroup(title: "Logs and traces")
  var observability: ObservabilityOptions

  @Option(
    help: ArgumentHelp(
      "What the load balancer calls this replica: the ids of its analyses begin with it, so that they lead back.",
      valueName: "name"))
  var replica: String?

  @Option(help: ArgumentHelp("The folder of the page; default: found beside the program.", valueName: "folder"))
  var `static`: String?

  func validate() throws {
    if let port, !(0...65535).contains(port) {
      throw ValidationError("--port must be between 0 and 65535, not \(port).")
    }
    guard threads.map({ (1...256).contains($0) }) ?? true else {
      throw ValidationError("--threads must be between 1 and 256.")
    }
    guard (1...1_000_000).contains(cache) else { throw ValidationError("--cache must be between 1 and 1000000 MB.") }
    guard (1...1_000_000).contains(modelMemory) else {
      throw ValidationError("--model-memory must be between 1 and 1000000 MB.")
    }
    guard (1...31_536_000).contains(keep) else {
      throw ValidationError("--keep must be between 1 second and a year (31536000).")
    }
    for name in allowedHost where name != "*" && !isHostName(name) {
      throw ValidationError(
        "--allowed-host takes a name or an address without scheme and port, such as gaze.example.org, or *; '\(name)' is none."
      )
    }
    for origin in allowedOrigin where Origin(origin) == nil {
      throw ValidationError(
        "--allowed-origin takes scheme, name and port of a page's address, such as https://example.org or http://localhost:3000; '\(origin)' is none."
      )
    }
    guard replica.map({ ReplicaName($0) != nil }) ?? true else {
      throw ValidationError(
        "--replica takes up to \(ReplicaName.maximumLength) lower-case letters, digits and hyphens, such as gaze-0.")
    }
    for (option, seconds) in [("--shutdown-delay", shutdownDelay), ("--shutdown-timeout", shutdownTimeout)] {
      guard (0...3600).contains(seconds) else {
        throw ValidationError("\(option) must be between 0 seconds and an hour (3600).")
      }
    }
  }

  func run() async throws {
    // First, since it ends threads that use a core (see `Engine`).
    let engine = Engine(threadCount: threads ?? Workers.onlineProcessors)
    // A reader of the log, or of an answer, that goes away is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    let logs = LogQueue(file: STDERR_FILENO, format: observability.logFormat)
    LoggingSystem.bootstrap { [level = observability.logLevel] in
      QueuedLogHandler(label: $0, queue: logs, level: level)
    }
    defer { logs.flush(within: 2) }
    try await reportingFailures {
      var configuration = ServiceConfiguration()
      do throws(VertexError) {
        if let container = try VertexContainer(environment: ProcessInfo.processInfo.environment) {
          configuration.take(container)
        }
      } catch {
        throw Failure(.usage, error.description)
      }
      if let host {
        configuration.host = host
        configuration.allowedHosts = []
      }
      if let port { configuration.port = port }
      configuration.limits.defaultModel = model
      configuration.limits.keptBytes = cache << 20
      configuration.limits.timeToLive = .seconds(keep)
      if !allowedHost.isEmpty { configuration.allowedHosts = allowedHost }
      configuration.allowedOrigins = Set(allowedOrigin.compactMap(Origin.init))
      configuration.shutdownDelay = .seconds(shutdownDelay)
      configuration.shutdownTimeout = .seconds(shutdownTimeout)
      configuration.observability = try observability.configuration(ProcessInfo.processInfo.environment)
      configuration.replica = replica.flatMap(ReplicaName.init)
      configuration.staticFolder = try staticFolder()
      let library = ModelLibrary(store: .standard(), byteLimit: modelMemory << 20)
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

  /// `--static`, or `Static` beside the program, in a folder above it, or in `../share/gaze`.
  private func staticFolder() throws -> String {
    func holdsPage(_ folder: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/index.html") }
    if let folder = self.static {
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
