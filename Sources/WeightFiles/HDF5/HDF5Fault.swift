/// Why an HDF5 file was refused. Addresses are positions in the file.
package enum HDF5Fault: Error, Hashable, Sendable {
  /// The structures of the file format.
  package enum Part: String, Sendable {
    case superblock
    case objectHeader = "object header"
    case groupTree = "group tree"
    case symbolTable = "symbol table"
    case nameHeap = "name heap"
    case stringHeap = "string heap"
    case dataspace
    case datatype = "element type"
    case layout = "data layout"
    case filters
    case attribute
    case chunkTree = "chunk tree"
    case data
  }

  case signature
  /// A version of the format that only newer libraries write on demand.
  case version(Part, UInt8)
  case addressSize
  case userBlock
  case truncated(expected: UInt64, found: Int)
  /// A structure that lies, wholly or in part, outside of the file.
  case outside(Part, address: UInt64)
  case badSignature(Part, address: UInt64)
  case malformed(Part)
  /// A tree that leads back into itself.
  case cycle(address: UInt64)
  case tooManySteps
  case softLink(String)
  case missing(path: String)
  case notAGroup(path: String)
  case notADataset(path: String)
  case missingAttribute(String)
  case attributeType(String)
  case textTooLong(bytes: Int)
  case invalidText
  case shared(Part)
  case externalStorage
  case elementType
  case neverWritten
  case filter(UInt16)
  case chunkShape
  case chunkPlace
  case chunkCount(expected: Int, found: Int)
  case compressed(InflateFault)
}

extension HDF5Fault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .signature: "its signature is wrong"
    case .version(let part, let version):
      """
      version \(version) of its \(part.rawValue) is not supported; save it with the library's default (earliest) format
      """
    case .addressSize: "its addresses are not 8 bytes long"
    case .userBlock: "it begins with a user block"
    case .truncated(let expected, let found):
      "it should have \(expected) bytes but has \(found); the download was cut short"
    case .outside(let part, let address): "its \(part.rawValue) at \(address) lies outside of the file"
    case .badSignature(let part, let address): "there is no \(part.rawValue) at \(address)"
    case .malformed(let part): "its \(part.rawValue) is malformed"
    case .cycle(let address): "the tree at \(address) leads back into itself"
    case .tooManySteps: "it takes more than \(HDF5Reader.maximumSteps) steps to read, more than any network"
    case .softLink(let name): "\(quoted(name)) is a soft or external link"
    case .missing(let path): "it has no object \(quoted(path))"
    case .notAGroup(let path): "\(quoted(path)) is not a group"
    case .notADataset(let path): "\(quoted(path)) is not a dataset"
    case .missingAttribute(let name): "the attribute \(quoted(name)) is missing"
    case .attributeType(let name): "the attribute \(quoted(name)) is not text"
    case .textTooLong(let bytes): "a name has \(bytes) bytes"
    case .invalidText: "a name is not UTF-8"
    case .shared(let part): "its \(part.rawValue) is shared between objects, which Keras never does"
    case .externalStorage: "its data lie in another file"
    case .elementType:
      "an element type is neither a little-endian IEEE float of 2, 4 or 8 bytes nor an integer of 1, 4 or 8"
    case .neverWritten: "a dataset was never written"
    case .filter(let id): "the filter \(id) is not supported; deflate and shuffle are"
    case .chunkShape: "the chunks of a dataset have an impossible shape"
    case .chunkPlace: "a chunk is not where chunks can be, or there twice"
    case .chunkCount(let expected, let found): "a dataset has \(found) chunks instead of \(expected)"
    case .compressed(let fault): "compressed data are malformed: \(fault)"
    }
  }
}
