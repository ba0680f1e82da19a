/// Name, C-order shape and element type of one stored tensor.
package struct TensorEntry: Hashable, Sendable {
  package var name: String
  /// As the format has it: PyTorch's convolutions are OIHW, Keras' HWIO. Empty for a scalar.
  package var shape: [Int]
  package var type: ScalarType

  package init(name: String, shape: [Int], type: ScalarType) {
    self.name = name
    self.shape = shape
    self.type = type
  }
}

/// A parsed weight file: named tensors whose bytes are read on demand.
///
/// Whatever `entries` lists has been checked: it lies within the file, and all of it read as `Float` takes at most
/// four times the file's size; of a Keras file, which may be compressed, twice `KerasFile.maximumInflation` times.
package protocol WeightFile: Sendable {
  /// What kind of file it is: "PyTorch".
  var format: String { get }

  /// In the order of the file. Names are unique.
  var entries: [TensorEntry] { get }

  /// Text about the file as a whole; empty for formats that have none.
  var metadata: [String: String] { get }

  /// All that the checkpoint says about itself besides its tensors.
  var checkpointMetadata: CheckpointMetadata { get }

  /// What lies beside the weights and is none, as the file names it: `optimizer`, `epoch`.
  var leftAside: [String] { get }

  /// The average of the weights over the training (EMA, SWA), where the file has one beside the plain weights.
  var average: (any WeightFile)? { get }

  /// Whether what the file has is such an average itself, with nothing beside it.
  var isAverage: Bool { get }

  /// The values of a tensor in C order of its shape, rounded to the nearest `Float` where the type is wider.
  /// Throws `noSuchTensor` and, for eight-bit floats and the like, `notConvertible`.
  func floats(_ name: String) throws(WeightFileError) -> [Float]
}

extension WeightFile {
  package var checkpointMetadata: CheckpointMetadata {
    var about = CheckpointMetadata()
    about.header = metadata
    return about
  }

  package var leftAside: [String] { [] }

  package var average: (any WeightFile)? { nil }

  package var isAverage: Bool { false }
}

/// Opens a weight file of any supported format, recognised by its first bytes and never by its name, or a folder with
/// one. Throws for a file that is none or is malformed in any way; nothing in it is ever executed.
package func openWeightFile(_ path: String) throws(WeightFileError) -> any WeightFile {
  if ModelFolder.isFolder(path) { return try ModelFolder(path) }
  let file = try MappedFile(path)
  return switch WeightFormat(of: file) {
  case .zip: try openArchive(file)
  case .pickle: try PyTorchFile(file)
  case .safetensors: try SafetensorsFile(file)
  case .hdf5: try KerasFile(file)
  case nil: throw .unrecognised(FileLookAlike(of: file))
  }
}

private enum WeightFormat {
  case safetensors
  case zip
  case pickle
  case hdf5

  init?(of file: MappedFile) {
    // First: a header's length may look like another format's signature, as 4736 (80 12) like a pickle's.
    if file[8] == UInt8(ascii: "{"), file.starts(with: [0, 0, 0, 0], at: 4) {
      self = .safetensors
    } else if file.starts(with: HDF5Reader.signature) {
      self = .hdf5
    } else if PyTorchFile.isZip(file) {
      self = .zip
    } else if let version = file[1], file[0] == PickleOpcode.proto.rawValue, version < 32 {
      // Versions that do not exist are left to the pickle reader to refuse.
      self = .pickle
    } else if file[8] == UInt8(ascii: "{"), FileLookAlike(knownIn: file) == nil {
      self = .safetensors
    } else {
      return nil
    }
  }
}

extension FileLookAlike {
  fileprivate init(of file: MappedFile) {
    self = FileLookAlike(knownIn: file) ?? .unknown(file.copy(0..<min(8, file.count)))
  }

  fileprivate init?(knownIn file: MappedFile) {
    func starts(_ text: String, at offset: Int = 0) -> Bool { file.starts(with: text.utf8, at: offset) }
    if starts("version https://git-lfs") {
      self = .gitLFSPointer
    } else if starts("<") || starts("\n<") {
      self = .html
    } else if starts("{") || starts("[") {
      self = .json
    } else if file.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if starts("ustar", at: 257) {
      self = .tar
    } else if file.starts(with: NPYArray.magic) {
      self = .numpy
    } else if file.starts(with: [0x89] + Array("PNG".utf8)) || file.starts(with: [0xFF, 0xD8, 0xFF]) || starts("GIF8") {
      self = .image
    } else if starts("GGUF") {
      self = .gguf
    } else if starts("TFL3", at: 4) {
      self = .tensorFlowLite
    } else if file[0] == 0x08, file[2] == 0x12 || file[2] == 0x1A {
      // Field 1, a version, as a varint, then the next field: of ONNX the producer, of a SavedModel (whose version is
      // 1) the graph.
      self = file[1] == 1 ? .tensorFlow : .onnx
    } else {
      return nil
    }
  }
}
