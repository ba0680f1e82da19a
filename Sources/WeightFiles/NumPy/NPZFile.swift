/// An archive of NumPy arrays, as `numpy.savez` and `numpy.savez_compressed` write it: a zip archive with a `.npy` file
/// for each array.
///
/// Numbers are `entries`; arrays of text, such as the name of a layer, are `metadata`. Arrays of Python objects are
/// pickles and are refused. Compressed arrays are unpacked when the archive is opened, `maximumBytes` at most.
///
/// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays", and `numpy.lib.format`.
package struct NPZFile: WeightFile {
  package var format: String { "NumPy" }
  package let entries: [TensorEntry]
  package let metadata: [String: String]

  private let arrays: [String: NPYArray]

  /// Of all arrays together.
  static let maximumBytes = 1 << 30
  private static let suffix = ".npy"

  package init(_ path: String) throws(WeightFileError) { try self.init(MappedFile(path)) }

  /// A `.npy` file as an archive of one array.
  init(array file: MappedFile) throws(WeightFileError) {
    let name = "array"
    let content = try NPYContents(file, 0..<file.count, unpackedTo: nil, name)
    guard case .numbers(let array) = try NPYArray.value(of: content, named: name) else { throw .numpy(.noArrays) }
    entries = [array.entry]
    metadata = [:]
    arrays = [name: array]
  }

  init(_ file: MappedFile) throws(WeightFileError) {
    let directory: ZipDirectory
    do { directory = try ZipDirectory(file, allowsDeflate: true) } catch { throw .zip(error) }
    var total = file.count
    for byteCount in directory.deflated.values {
      let (sum, overflow) = total.addingReportingOverflow(byteCount)
      if overflow || sum > Self.maximumBytes { throw .numpy(.tooLarge) }
      total = sum
    }

    var entries: [TensorEntry] = []
    var metadata: [String: String] = [:]
    var arrays: [String: NPYArray] = [:]
    for (member, place) in directory.members.sorted(by: { $0.value.lowerBound < $1.value.lowerBound })
    where member.hasSuffix(Self.suffix) {
      let name = String(member.dropLast(Self.suffix.count))
      let content = try NPYContents(file, place, unpackedTo: directory.deflated[member], name)
      switch try NPYArray.value(of: content, named: name) {
      case .numbers(let array):
        entries.append(array.entry)
        arrays[name] = array
      case .text(let text): metadata[name] = text
      }
    }
    if entries.isEmpty { throw .numpy(.noArrays) }
    self.entries = entries
    self.metadata = metadata
    self.arrays = arrays
  }

  package func floats(_ name: String) throws(WeightFileError) -> [Float] {
    guard let array = arrays[name] else { throw .noSuchTensor(name) }
    let type = array.entry.type
    guard let floats = array.content.withBytes({ type.floats(of: $0, array.layout) }) else {
      throw .notConvertible(name: name, type)
    }
    return floats
  }
}

/// Opens what arrays are sent in beside a model: a NumPy array, an archive of them or a safetensors file, recognised by
/// its first bytes.
package func openArrayFile(_ path: String) throws(WeightFileError) -> any WeightFile {
  let file = try MappedFile(path)
  if file.starts(with: NPYArray.magic) { return try NPZFile(array: file) }
  return file.starts(with: [0x50, 0x4B]) ? try NPZFile(file) : try SafetensorsFile(file)
}

/// What is wrong with an archive of NumPy arrays or one of its arrays.
package enum NumPyFault: Error, Hashable, Sendable {
  case noArrays
  /// All arrays together.
  case tooLarge
  case inflate(name: String, InflateFault)
  case notAnArray(name: String)
  case header(name: String)
  case objects(name: String)
  case type(name: String, String)
}

extension NumPyFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noArrays: "it holds no arrays of numbers"
    case .tooLarge: "its arrays unpack to more than \(NPZFile.maximumBytes >> 20) MiB"
    case .inflate(let name, let fault): "the compressed data of \(quoted(name)) are damaged: \(fault)"
    case .notAnArray(let name): "\(quoted(name)) does not begin like a NumPy array"
    case .header(let name): "the header of \(quoted(name)) is not one that NumPy writes for a plain array"
    case .objects(let name):
      "\(quoted(name)) holds Python objects, which are never read; save it as an array of numbers"
    case .type(let name, let type): "\(quoted(name)) has the type \(quoted(type)); save it as float32"
    }
  }
}
