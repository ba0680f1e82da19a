package import Foundation

/// The folder of a run: its configuration, what it was trained on, its history, and the checkpoint to go on from.
package struct RunFolder: Hashable, Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// Of a model's name: in `GAZE_RUNS`, or `gaze/runs` in the user's data directory (XDG Base Directory Specification
  /// 0.8).
  package static func standard(
    for name: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> RunFolder {
    if let path = environment["GAZE_RUNS"], !path.isEmpty { return RunFolder(path: path + "/" + name) }
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = environment["HOME"] ?? NSHomeDirectory()
    return RunFolder(path: (data ?? home + "/.local/share") + "/gaze/runs/" + name)
  }

  /// What is trained on; the configuration has a file of its own, so that another run can be given it.
  package struct Sources: Hashable, Sendable, Codable {
    /// Of the model.
    package var name: String
    package var data: [String]
    package var validation: [String]
    /// Share of the images that is held back; nil for none.
    package var validationShare: Double?

    package init(name: String, data: [String], validation: [String], validationShare: Double?) {
      self.name = name
      self.data = data
      self.validation = validation
      self.validationShare = validationShare
    }

    enum CodingKeys: String, CodingKey {
      case name, data, validation
      case validationShare = "validation_share"
    }
  }

  package var configurationPath: String { path + "/configuration.json" }
  package var sourcesPath: String { path + "/data.json" }
  package var historyPath: String { path + "/history.jsonl" }
  package var checkpointPath: String { path + "/checkpoint.safetensors" }
  /// Learning curves.
  package var accuracyPath: String { path + "/accuracy.png" }
  package var lossPath: String { path + "/loss.png" }

  package var holdsRun: Bool { FileManager.default.fileExists(atPath: checkpointPath) }

  package func configuration() throws(TrainingError) -> TrainingConfiguration {
    try TrainingConfiguration(file: configurationPath)
  }

  package func sources() throws(TrainingError) -> Sources {
    do {
      return try JSONDecoder().decode(Sources.self, from: Data(contentsOf: URL(fileURLWithPath: sourcesPath)))
    } catch {
      throw .noRun(path: path)
    }
  }

  /// Makes the folder, with what a run begins with. What an earlier run left there is removed.
  func begin(_ sources: Sources, _ configuration: TrainingConfiguration) throws(TrainingError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for file in [checkpointPath, historyPath, accuracyPath, lossPath]
      where FileManager.default.fileExists(atPath: file) {
        try FileManager.default.removeItem(atPath: file)
      }
      try Self.json(sources).write(to: URL(fileURLWithPath: sourcesPath), options: .atomic)
      try Self.json(configuration).write(to: URL(fileURLWithPath: configurationPath), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
    removeLeftovers()
  }

  /// Removes checkpoints that a killed program left half-written.
  func removeLeftovers() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where name.hasPrefix("checkpoint.safetensors.") && name.hasSuffix(".part") {
      try? FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  /// Writes the history as JSON lines, one an epoch.
  func write(_ history: [EpochRecord]) throws(TrainingError) {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let lines = try history.map { try encoder.encode($0) + Data("\n".utf8) }
      try lines.reduce(Data(), +).write(to: URL(fileURLWithPath: historyPath), options: .atomic)
    } catch {
      throw .cannotWrite(path: historyPath, reason: error.localizedDescription)
    }
  }

  static func json(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data("\n".utf8)
  }
}

extension TrainingConfiguration {
  /// Reads a file of this form.
  package init(file path: String) throws(TrainingError) {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .cannotRead(path: path, reason: "check the path and its permissions")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch let error as DecodingError {
      throw .configuration(path: path, reason: error.sentence)
    } catch let error as AugmentationError {
      throw .configuration(path: path, reason: error.description)
    } catch {
      throw .configuration(path: path, reason: error.localizedDescription)
    }
    if let fault { throw .configuration(path: path, reason: fault) }
  }

  /// As the file has it.
  package func encoded() -> Data {
    do { return try RunFolder.json(self) } catch { preconditionFailure("TrainingConfiguration: \(error)") }
  }
}

extension DecodingError {
  /// Where the file is not as it should be, and how.
  fileprivate var sentence: String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty
        ? "the file"
        : path.reduce("") { text, key in
          key.intValue.map { "\(text)[\($0)]" } ?? (text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)")
        }
    }
    return switch self {
    case .keyNotFound(let key, let context): "\(place(context.codingPath)) has no \(key.stringValue)."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(place(context.codingPath)) is of another kind than it should be."
    case .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is no JSON." : "\(place(context.codingPath)): \(context.debugDescription)."
    @unknown default: "\(self)"
    }
  }
}
