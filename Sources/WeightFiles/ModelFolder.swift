import Glibc

/// A folder as transformers and timm write and publish it, read as one file: the weights, in one file or in numbered
/// pieces (`model-00001-of-00003.safetensors`), and the configurations beside them as metadata.
package struct ModelFolder: WeightFile {
  package var format: String { "folder" }
  package let entries: [TensorEntry]
  package let metadata: [String: String]
  package let checkpointMetadata: CheckpointMetadata
  package var leftAside: [String] { pieces.flatMap(\.leftAside) }
  package var isAverage: Bool { pieces.count == 1 && pieces[0].isAverage }
  package var average: (any WeightFile)? { pieces.count == 1 ? pieces[0].average : nil }

  /// The files that the weights were found in, for their digest.
  package let paths: [String]

  private let pieces: [any WeightFile]
  /// Index in `pieces`.
  private let places: [String: Int]

  /// Texts beside the weights that are read as they are.
  private static let texts = ["config.json", "preprocessor_config.json", "processor_config.json", "model_index.json"]
  private static let maximumTextBytes = 16 << 20
  private static let maximumMembers = 1 << 16

  package init(_ path: String) throws(WeightFileError) {
    let names = try Self.members(of: path)
    paths = try Self.weights(in: names, of: path).map { "\(path)/\($0)" }
    var pieces: [any WeightFile] = []
    var entries: [TensorEntry] = []
    var places: [String: Int] = [:]
    for (index, path) in paths.enumerated() {
      let piece = try openWeightFile(path)
      for entry in piece.entries {
        if places.updateValue(index, forKey: entry.name) != nil { throw .duplicateTensor(entry.name) }
        entries.append(entry)
      }
      pieces.append(piece)
    }
    var about = pieces[0].checkpointMetadata
    for name in Self.texts where names.contains(name) {
      let file = try MappedFile("\(path)/\(name)")
      if file.count <= Self.maximumTextBytes { about.texts[name] = file.text(0..<file.count) }
    }
    self.pieces = pieces
    self.entries = entries
    self.places = places
    metadata = pieces[0].metadata
    checkpointMetadata = about
  }

  package func floats(_ name: String) throws(WeightFileError) -> [Float] {
    guard let place = places[name] else { throw .noSuchTensor(name) }
    return try pieces[place].floats(name)
  }

  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, in order.
  private static func members(of path: String) throws(WeightFileError) -> [String] {
    guard let folder = opendir(path) else { throw .cannotOpen(path: path, code: errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while names.count < maximumMembers, let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// The names of the files that hold the weights.
  private static func weights(in names: [String], of path: String) throws(WeightFileError) -> [String] {
    for stem in ["model.safetensors", "open_clip_model.safetensors", "pytorch_model.bin"] {
      if names.contains(stem) { return [stem] }
      let pieces = try Self.pieces(of: stem, in: names, path)
      if !pieces.isEmpty { return pieces }
    }
    let endings = [".safetensors", ".keras", ".ckpt", ".pth", ".pt", ".bin", ".h5"]
    for ending in endings {
      let found = names.filter { $0.hasSuffix(ending) && $0 != "training_args.bin" && $0 != "tf_model.h5" }
      if found.count == 1 { return found }
      if found.count > 1 { throw .folder(path: path, .severalFiles(found)) }
    }
    throw .folder(path: path, names.contains("saved_model.pb") ? .tensorFlow : .noWeights)
  }

  /// `model-00001-of-00003.safetensors` and the others of `model.safetensors`, all that there should be.
  private static func pieces(of name: String, in names: [String], _ path: String) throws(WeightFileError) -> [String] {
    guard let point = name.lastIndex(of: ".") else { return [] }
    let (stem, ending) = (name[..<point] + "-", name[point...])
    let pieces = names.filter { $0.hasPrefix(stem) && $0.hasSuffix(ending) && $0.contains("-of-") }
    guard let first = pieces.first else { return [] }
    let count = first.dropLast(ending.count).split(separator: "-").last.flatMap { Int($0) } ?? 0
    if count != pieces.count { throw .folder(path: path, .missingPieces(found: pieces.count, expected: count)) }
    return pieces
  }
}

/// Why a folder was refused.
package enum FolderFault: Hashable, Sendable, CustomStringConvertible {
  case noWeights
  case tensorFlow
  case severalFiles([String])
  case missingPieces(found: Int, expected: Int)

  package var description: String {
    switch self {
    case .noWeights:
      "it holds no weights; name a file, or a folder with config.json and model.safetensors (or pytorch_model.bin)"
    case .tensorFlow:
      "it is a TensorFlow SavedModel, which is a program; load it in Keras and save it with model.save(\"model.keras\")"
    case .severalFiles(let names):
      "it holds several files of weights (\(names.prefix(4).map { quoted($0) }.joined(separator: ", "))); name the one "
        + "that is meant"
    case .missingPieces(let found, let expected): "it holds \(found) of the \(expected) files of the weights"
    }
  }
}
