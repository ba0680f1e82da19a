/// A state dict saved by PyTorch: a restricted pickle of names and tensor descriptions, and raw storages, in one of two
/// containers (`PyTorchZip`, `PyTorchLegacy`). Nothing in it is executed; see `Unpickler`.
///
/// The state dict is found wherever it lies, such as in `{"state_dict": …}`; names stay as the file has them. Values
/// beside the tensors (epoch, arguments) are metadata, the optimizer's state is left aside. Tensors may be strided
/// views of shared storages; `floats` gives them in C order of their shape. All tensors together must not have more
/// elements than the file has bytes, which bounds what expanded views (stride 0) can grow to.
package struct PyTorchFile: WeightFile {
  package var format: String { "PyTorch" }
  package let entries: [TensorEntry]
  package var metadata: [String: String] { [:] }
  package let checkpointMetadata: CheckpointMetadata
  package let leftAside: [String]
  package let isAverage: Bool
  package var average: (any WeightFile)? { averageFile() }

  /// Of the same file; a closure, since a value cannot hold another of its own type.
  private let averageFile: @Sendable () -> PyTorchFile?

  private struct Tensor {
    let entry: TensorEntry
    let layout: StridedLayout
    let storage: Range<Int>
  }

  private let file: MappedFile
  private let tensors: [String: Tensor]

  package init(_ path: String) throws(WeightFileError) { try self.init(MappedFile(path)) }

  init(_ file: MappedFile) throws(WeightFileError) {
    let container = try Self.isZip(file) ? readPyTorchZip(file) : readPyTorchLegacy(file)
    let described = try StateDict(container.pickle)
    var about = CheckpointMetadata()
    about.values = PickledValues(container.pickle).values
    let average: PyTorchFile? = try described.average.map { tensors throws(WeightFileError) in
      try PyTorchFile(file, container, tensors, about, leftAside: [], average: nil, isAverage: true)
    }
    try self.init(
      file, container, described.tensors, about, leftAside: described.leftAside, average: average,
      isAverage: described.isAverage)
  }

  private init(
    _ file: MappedFile, _ container: PyTorchContainer, _ described: StateDict.Tensors, _ about: CheckpointMetadata,
    leftAside: [String], average: PyTorchFile?, isAverage: Bool
  ) throws(WeightFileError) {
    var entries: [TensorEntry] = []
    var tensors: [String: Tensor] = [:]
    var elements = 0
    for (name, tensor) in described {
      // The pickle reader has seen every storage that a tensor mentions, the container found its place.
      let type = container.pickle.storages[tensor.storage.key]!.type
      let place = container.places[tensor.storage.key]!
      let layout = try checking(name) { () throws(TensorFault) in try Self.layout(of: tensor) }
      if layout.count > file.count - elements { throw .moreElementsThanBytes(bytes: file.count) }
      elements += layout.count
      let entry = TensorEntry(name: name, shape: layout.shape, type: type)
      if tensors.updateValue(Tensor(entry: entry, layout: layout, storage: place), forKey: name) != nil {
        throw .duplicateTensor(name)
      }
      entries.append(entry)
    }
    self.file = file
    self.entries = entries
    self.tensors = tensors
    checkpointMetadata = about
    self.leftAside = leftAside
    self.isAverage = isAverage
    averageFile = { average }
  }

  package func floats(_ name: String) throws(WeightFileError) -> [Float] {
    guard let tensor = tensors[name] else { throw .noSuchTensor(name) }
    let type = tensor.entry.type
    guard let floats = file.withBytes(tensor.storage, { type.floats(of: $0, tensor.layout) }) else {
      throw .notConvertible(name: name, type)
    }
    return floats
  }

  static func isZip(_ file: MappedFile) -> Bool { file.starts(with: [0x50, 0x4B]) }

  /// Where the elements lie in the whole storage, checked against the part of it that the tensor may use.
  private static func layout(of tensor: Unpickler.PickledTensor) throws(TensorFault) -> StridedLayout {
    let part = tensor.storage
    // Within its part first; the part itself lies within the storage.
    let layout = try StridedLayout(
      shape: tensor.shape, strides: tensor.strides, offset: tensor.offset, storageCount: part.count)
    if part.start == 0 || layout.count == 0 { return layout }
    return try StridedLayout(
      shape: tensor.shape, strides: tensor.strides, offset: part.start + tensor.offset,
      storageCount: part.start + part.count)
  }
}

/// What both containers deliver.
struct PyTorchContainer {
  let pickle: Unpickler
  /// The bytes of every storage that the pickle mentions, of exactly the size that its description asks for.
  let places: [String: Range<Int>]
}

/// What is wrong with a PyTorch file around its pickles and tensors.
package enum PyTorchFault: Hashable, Sendable {
  case notADictionary
  /// A pickle that is not preceded by PyTorch's magic number.
  case noMagicNumber
  case formatVersion
  case bigEndian
  case storageKeys
  case repeatedStorage(String)
  case unknownStorage(String)
  case missingStorage(String)
  /// In elements.
  case storageCount(key: String, expected: Int, found: Int64)
  /// In bytes.
  case storageBytes(key: String, expected: Int, found: Int)
  case storageOverflows(String)
  /// After the last storage of a legacy file, or after the pickle of a zip archive.
  case trailingBytes(Int)
  case noPickle
  case severalPickles
  case byteOrder
  case torchScript
}

extension PyTorchFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notADictionary:
      "its value is not a dictionary of tensors; save one with torch.save(model.state_dict(), \"weights.pth\")"
    case .noMagicNumber: "it is a pickle without PyTorch's magic number"
    case .formatVersion: "its format version is not 1001"
    case .bigEndian: "its numbers are big-endian; save it again on a little-endian machine"
    case .storageKeys: "its list of storages is malformed"
    case .repeatedStorage(let key): "the storage \(quoted(key)) occurs twice"
    case .unknownStorage(let key): "the storage \(quoted(key)) belongs to no tensor"
    case .missingStorage(let key): "the storage \(quoted(key)) is missing"
    case .storageCount(let key, let expected, let found):
      "the storage \(quoted(key)) has \(found) elements instead of \(expected)"
    case .storageBytes(let key, let expected, let found):
      "the storage \(quoted(key)) has \(found) bytes instead of \(expected)"
    case .storageOverflows(let key): "the storage \(quoted(key)) claims more bytes than can be counted"
    case .trailingBytes(let count): "\(count) bytes follow where it should end"
    case .noPickle: "the archive has no data.pkl in its top folder, so it was not written by torch.save"
    case .severalPickles: "the archive has more than one data.pkl"
    case .byteOrder: "its byte order is neither little nor big"
    case .torchScript:
      "it is a TorchScript program; load it where you trust it, and save its weights with "
        + "torch.save(torch.jit.load(file).state_dict(), \"weights.pth\")"
    }
  }
}
