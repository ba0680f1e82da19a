import ArgumentParser
import Drawing
import Foundation
import Load
import Web

/// `gaze bench`: how much a server serves, how long its answers take, and what it does when more is asked of it.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures a running server, or one that it starts.",
    discussion: """
      A closed loop (--clients) has so many clients, each of which waits for its answer before it asks again. An open loop (--rate, --of-peak) sends \
      requests at their times whatever becomes of them, as many users do who do not know of each other; an answer's time counts from when its \
      request was meant to be sent, so that a server that stalls cannot hide it. Without any of them: 1, 2, 4 and 8 clients.

      What stands after -- are arguments of gaze serve for the server that is started: gaze bench -- --threads 1
      """)

  @Argument(
    help: ArgumentHelp("The server, such as http://127.0.0.1:8080; default: one is started.", valueName: "address"))
  var server: String?

  @Option(help: "What is asked, comma-separated: \(BenchRequest.list). Several take turns.")
  var request = BenchRequest.explain.rawValue

  @Option(
    help: ArgumentHelp(
      "A photograph to send, any number of times; default: a picture of Gaze's own.", valueName: "file"))
  var image: [String] = []

  @Option(help: "The model to ask; default: the server's.")
  var model: String?

  @Option(help: ArgumentHelp("Clients of closed loops, comma-separated, such as 1,2,4,8.", valueName: "counts"))
  var clients: String?

  @Option(help: ArgumentHelp("Requests a second of open loops, comma-separated, such as 10,20,40.", valueName: "rates"))
  var rate: String?

  @Option(
    help: ArgumentHelp(
      "Open loops at multiples of the most that the closed loops before them were answered, such as 0.5,1,2,10.",
      valueName: "multiples"))
  var ofPeak: String?

  @Option(help: "The times between requests of an open loop: poisson or even.")
  var spacing = Arrivals.Spacing.poisson

  @Option(help: ArgumentHelp("Seconds of each measurement.", valueName: "seconds"))
  var duration = 10.0

  @Option(help: ArgumentHelp("Seconds of the same load before it.", valueName: "seconds"))
  var warmup = 2.0

  @Option(help: ArgumentHelp("Seconds after which an answer is given up.", valueName: "seconds"))
  var timeout = 30.0

  @Option(help: ArgumentHelp("The most connections of an open loop.", valueName: "count"))
  var connections = 1024

  @Flag(help: "Clients of closed loops wait as long as a refusal tells them to.")
  var honourRetryAfter = false

  @Option(help: ArgumentHelp("A file with the bearer token that the server asks for.", valueName: "file"))
  var tokenFile: String?

  @Option(help: "Chooses the times of open loops.")
  var seed: UInt64 = 0

  @Option(name: .customLong("json"), help: ArgumentHelp("Write all figures as JSON.", valueName: "file"))
  var figures: String?

  @Option(help: ArgumentHelp("Draw good answers a second over the load, as .png, .svg or .pdf.", valueName: "file"))
  var plot: String?

  @Option(help: ArgumentHelp("Draw percentiles of the answers' times over the load.", valueName: "file"))
  var latencyPlot: String?

  @Argument(parsing: .postTerminator, help: .hidden)
  var serveArguments: [String] = []

  func validate() throws {
    _ = try kinds()
    for (option, seconds, range) in [
      ("--duration", duration, 0.1...86_400), ("--warmup", warmup, 0...3600), ("--timeout", timeout, 0.01...3600),
    ] where !range.contains(seconds) {
      throw ValidationError("\(option) must be between \(range.lowerBound) and \(range.upperBound) seconds.")
    }
    guard (1...60_000).contains(connections) else {
      throw ValidationError("--connections must be between 1 and 60000.")
    }
    let plan = try plan()
    if honourRetryAfter, plan.clients.isEmpty {
      throw ValidationError("--honour-retry-after is for closed loops; add --clients.")
    }
    if !plan.multiples.isEmpty, plan.clients.isEmpty {
      throw ValidationError("--of-peak needs closed loops before it, to know the peak; add --clients 8.")
    }
    if server != nil, !serveArguments.isEmpty {
      throw ValidationError("What stands after -- is for a server that is started; leave out the address or them.")
    }
    for path in [plot, latencyPlot].compactMap(\.self) { _ = try FigureFormat(of: path) }
  }

  private func kinds() throws -> [BenchRequest] {
    try request.split(separator: ",", omittingEmptySubsequences: false).map { name in
      guard let kind = BenchRequest(rawValue: String(name)) else {
        throw ValidationError("--request knows \(BenchRequest.list); '\(name)' is none of them.")
      }
      return kind
    }
  }

  /// The loads, in the order of their measurement.
  struct Plan: Hashable {
    var clients: [Int]
    var rates: [Double]
    var multiples: [Double]
  }

  func plan() throws -> Plan {
    func list<Value: LosslessStringConvertible & Comparable>(
      _ option: String, _ text: String?, _ range: ClosedRange<Value>
    ) throws -> [Value] {
      try text?.split(separator: ",", omittingEmptySubsequences: false).map { item in
        guard let value = Value(String(item)), range.contains(value) else {
          throw ValidationError(
            "\(option) takes numbers from \(range.lowerBound) to \(range.upperBound), comma-separated; '\(item)' is none."
          )
        }
        return value
      } ?? []
    }
    var plan = Plan(
      clients: try list("--clients", clients, 1...60_000), rates: try list("--rate", rate, 0.01...1e6),
      multiples: try list("--of-peak", ofPeak, 0.01...1000))
    if plan.clients.isEmpty, plan.rates.isEmpty { plan.clients = [1, 2, 4, 8] }
    return plan
  }

  func run() async throws {
    try await reportingFailures {
      if plot != nil || latencyPlot != nil { try requireDrawing() }
      let plan = try plan()
      let open = plan.rates.isEmpty && plan.multiples.isEmpty ? 0 : connections
      try reserveDescriptors(max(open, plan.clients.max() ?? 0))
      Interruption.watch()
      let started = try server == nil ? StartedServer(arguments: serveArguments) : nil
      defer { started?.end() }
      let target = try await BenchTarget(
        address: started?.address ?? loadAddress(server!), token: tokenFile.map(readToken), model: model)
      let kinds = try await prepared(target)
      var report = BenchReport(
        target, isStarted: started != nil, requests: kinds.map(\.name), timeout: timeout, seed: seed)
      print(report.heading)
      for load in plan.clients { try await measure(.closed(clients: load), kinds, target, &report) }
      for rate in plan.rates { try await measure(.open(rate: rate, spacing: spacing), kinds, target, &report) }
      let peak = report.steps.filter { $0.clients != nil }.map(\.total.goodPerSecond).max() ?? 0
      if !plan.multiples.isEmpty, !Interruption.isRequested, peak == 0 {
        throw Failure(
          .unavailable, "no request of the closed loops was answered, so there is no peak to take multiples of.")
      }
      for multiple in plan.multiples {
        try await measure(.open(rate: multiple * peak, spacing: spacing), kinds, target, &report)
      }
      if Interruption.isRequested { print("Stopped. What was measured until then is above.") }
      for note in report.notes { print(note) }
      if let figures { try writeFile(json(report), to: figures) }
      if let plot { try writeFigure(report.goodputPlot, to: plot) }
      if let latencyPlot { try writeFigure(report.latencyPlot, to: latencyPlot) }
    }
  }

  /// The requests, of all kinds; an analysis is made for those that ask for a kept one.
  private func prepared(_ target: BenchTarget) async throws -> [LoadKind] {
    let images = try image.isEmpty ? [BenchRequest.picture()] : image.map(readFile)
    var prepared: [LoadKind] = []
    for kind in try kinds() { prepared.append(try await kind.prepared(images, target)) }
    return prepared
  }

  private func measure(
    _ arrivals: Arrivals, _ kinds: [LoadKind], _ target: BenchTarget, _ report: inout BenchReport
  ) async throws {
    guard !Interruption.isRequested else { return }
    let step = LoadStep(
      arrivals, warmUp: .seconds(warmup), duration: .seconds(duration), timeout: .seconds(timeout),
      maximumConnections: connections, honoursRetryAfter: honourRetryAfter, seed: seed)
    let watch = Task { await ServerWatch(of: target.address).run(headers: target.headers) }
    let run = Task { await LoadGenerator(kinds, to: target.address, by: step).run() }
    let interruption = Task {
      while (try? await Task.sleep(for: .milliseconds(50))) != nil {
        if Interruption.isRequested { return run.cancel() }
      }
    }
    let result = await run.value
    interruption.cancel()
    watch.cancel()
    report.add(result, kinds: kinds.map(\.name), memory: await watch.value)
    print(report.lastRows)
  }
}

extension Arrivals.Spacing: ExpressibleByArgument {}

/// - Throws: a `Failure` of the usage.
private func loadAddress(_ text: String) throws -> LoadAddress {
  do { return try LoadAddress(text) } catch { throw Failure(.usage, error.description) }
}

/// The token in a file: its first line.
private func readToken(_ path: String) throws -> String {
  let line = String(decoding: try readFile(path), as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
  let token = line.trimmingCharacters(in: .whitespaces)
  guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
    throw Failure(.badData, "\(path) holds no bearer token: its first line must be one word of ASCII characters.")
  }
  return token
}

/// Raises the limit of open files as far as this process may.
private func reserveDescriptors(_ connections: Int) throws {
  DescriptorLimit.raise(to: .max)
  // The rest is for the watch, the started server's pipes, and the files that every process has.
  let reserve = 64
  guard connections + reserve <= DescriptorLimit.current else {
    throw Failure(.unavailable, LoadError.descriptors(needed: connections, limit: DescriptorLimit.current).description)
  }
}
