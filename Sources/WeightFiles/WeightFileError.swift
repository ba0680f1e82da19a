/// Why a weight file was refused. One case for each way in which a file can lie; the cases carry numbers and names,
/// `description` makes a sentence of them. Text that comes from the file is shortened and escaped there.
package enum WeightFileError: Error, Equatable, Sendable {
  /// `code` is `errno`.
  case cannotOpen(path: String, code: Int32)
  case cannotWrite(path: String, code: Int32)
  case notAFile(path: String)
  case empty
  case unrecognised(FileLookAlike)

  /// The file is well-formed and holds no named tensor.
  case noTensors
  case duplicateTensor(String)
  /// Asked for by name and not in the file.
  case noSuchTensor(String)
  /// Listed, but not convertible to `Float`.
  case notConvertible(name: String, ScalarType)
  case tensor(name: String, TensorFault)
  /// All tensors together have more elements than the file has bytes: expanded or shared views that would multiply in
  /// memory.
  case moreElementsThanBytes(bytes: Int)

  case safetensors(SafetensorsFault)
  /// `offset` is the position in the file of the instruction at fault.
  case pickle(PickleFault, offset: Int)
  case zip(ZipFault)
  case pyTorch(PyTorchFault)
  case hdf5(HDF5Fault)
  case numpy(NumPyFault)
  case folder(path: String, FolderFault)
  /// Compressed data would unpack to too many times the file's size.
  case inflatesTooFar(bytes: Int)
}

/// What a file that is not a weight file looks like, told by its first bytes.
package enum FileLookAlike: Hashable, Sendable {
  case html
  case gitLFSPointer
  case json
  case gzip
  case tar
  case numpy
  case numpyArchive
  case image
  case gguf
  case onnx
  case tensorFlow
  case tensorFlowLite
  /// Of `torch.export`.
  case exportedProgram
  case torchServeArchive
  /// The first bytes, eight at most.
  case unknown([UInt8])
}

/// What is wrong with one tensor's shape, strides or place.
package enum TensorFault: Error, Hashable, Sendable {
  case negativeDimension(Int)
  case tooManyDimensions(Int)
  /// The product of the dimensions, or the size in bytes, exceeds 63 bits.
  case sizeOverflows
  case strideCount(dimensions: Int, strides: Int)
  case negativeStride(Int)
  case negativeOffset(Int)
  case outsideStorage(elements: Int)
  /// A 4- or 6-bit type whose elements fill no whole number of bytes.
  case fractionalBytes(bits: Int)
  case byteCount(expected: Int, found: Int)
}

extension WeightFileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cannotOpen(let path, let code): "The file \(path) cannot be opened: \(systemMessage(code))."
    case .cannotWrite(let path, let code): "The file \(path) cannot be written: \(systemMessage(code))."
    case .notAFile(let path):
      "\(path) is neither a regular file nor a folder; name a .safetensors, .pth, .pt, .ckpt, .bin, .h5 or .keras file, "
        + "or a folder with config.json and weights."
    case .empty: "The file is empty; the download may have failed."
    case .unrecognised(let likeness):
      "The file is not a weight file: \(likeness). Supported are safetensors, PyTorch state dicts, Keras' .keras and .h5, and folders of transformers and timm."
    case .noTensors: "The file holds no named tensors; a state dict (name to tensor) is needed, not a whole model."
    case .duplicateTensor(let name): "The tensor \(quoted(name)) occurs twice."
    case .noSuchTensor(let name): "The file has no tensor \(quoted(name))."
    case .notConvertible(let name, let type):
      "The tensor \(quoted(name)) has type \(type.rawValue), which is not converted to float32; convert the file first."
    case .tensor(let name, let fault): "The tensor \(quoted(name)) \(fault)."
    case .moreElementsThanBytes(let bytes):
      "The tensors have more elements than the file has bytes (\(bytes)): expanded views are not copied out that far."
    case .safetensors(let fault): "The safetensors file is malformed: \(fault)."
    case .pickle(let fault, let offset): "The pickle is refused at byte \(offset): \(fault)."
    case .zip(let fault): "The zip archive is refused: \(fault)."
    case .pyTorch(let fault): "The PyTorch file is refused: \(fault)."
    case .folder(let path, let fault): "The folder \(path) cannot be read as a model: \(fault)."
    case .hdf5(let fault): "The HDF5 file is refused: \(fault)."
    case .numpy(let fault): "The NumPy archive is refused: \(fault)."
    case .inflatesTooFar(let bytes):
      "The tensors unpack to more than \(KerasFile.maximumInflation) times the file's \(bytes) bytes."
    }
  }
}

extension FileLookAlike: CustomStringConvertible {
  package var description: String {
    switch self {
    case .html: "it looks like HTML, probably an error page saved in place of the download"
    case .gitLFSPointer: "it is a Git LFS pointer; fetch the file itself with `git lfs pull`"
    case .json:
      "it looks like JSON; of weights in several files with an index, import the folder that they lie in"
    case .gzip: "it is compressed with gzip; unpack it first"
    case .tar: "it is a tar archive, as PyTorch before 0.1.10 and many releases use; unpack or convert it first"
    case .numpy: "it is a NumPy array without a name"
    case .numpyArchive:
      "it is a NumPy archive (.npz); save its arrays under their parameters' names with "
        + "safetensors.numpy.save_file(dict(numpy.load(file)), \"weights.safetensors\")"
    case .image: "it is a picture"
    case .gguf: "it is a GGUF file, which holds quantized language models"
    case .onnx:
      "it looks like an ONNX model, which is a graph whose parameters have lost their names; import the weights that it "
        + "was exported from, saved with torch.save(model.state_dict(), \"weights.pth\")"
    case .tensorFlow:
      "it looks like a TensorFlow graph or SavedModel, which is a program; load it in Keras and save it with "
        + "model.save(\"model.keras\")"
    case .tensorFlowLite:
      "it is a TensorFlow Lite model, whose weights may be quantized and have lost their names; import the Keras model that "
        + "it was converted from, saved with model.save(\"model.keras\")"
    case .exportedProgram:
      "it is a program of torch.export (.pt2); save the weights of the model that it was exported from with "
        + "torch.save(model.state_dict(), \"weights.pth\")"
    case .torchServeArchive:
      "it is an archive for TorchServe (.mar); unpack it and import the state dict (.pth, .pt) inside"
    case .unknown(let bytes): "it starts with the bytes \(bytes.map(hexadecimal).joined(separator: " "))"
    }
  }
}

extension TensorFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .negativeDimension(let size): "has the dimension \(size)"
    case .tooManyDimensions(let count): "has \(count) dimensions; \(StridedLayout.maximumRank) are the limit"
    case .sizeOverflows: "claims more elements than can be counted"
    case .strideCount(let dimensions, let strides): "has rank \(dimensions) but \(strides) strides"
    case .negativeStride(let stride): "has the stride \(stride)"
    case .negativeOffset(let offset): "starts at element \(offset) of its storage"
    case .outsideStorage(let elements): "reaches beyond its storage of \(elements) elements"
    case .fractionalBytes(let bits): "takes \(bits) bits, which is not a whole number of bytes"
    case .byteCount(let expected, let found): "needs \(expected) bytes by its shape and type but has \(found)"
    }
  }
}

/// Names the tensor at fault.
func checking<R>(_ name: String, _ body: () throws(TensorFault) -> R) throws(WeightFileError) -> R {
  do throws(TensorFault) { return try body() } catch { throw .tensor(name: name, error) }
}

/// Text from a file as part of a message: in quotes, without control characters, at most 80 characters.
func quoted(_ text: String) -> String {
  var result = "“"
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == 80 { return result + "…”" }
    let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
    result += isControl ? scalar.escaped(asASCII: true) : String(scalar)
  }
  return result + "”"
}

/// Two digits, as in `0f`.
func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
