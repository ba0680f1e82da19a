/// Reads PyTorch's container of before 1.6: five pickles (magic number, protocol version, system, object, keys of the
/// storages), then each storage as its number of elements (8 bytes) and the elements.
///
/// Source: `_legacy_load` in torch/serialization.py.
func readPyTorchLegacy(_ file: MappedFile) throws(WeightFileError) -> PyTorchContainer {
  var position = 0
  func nextPickle() throws(WeightFileError) -> Unpickler {
    let pickle = try Unpickler(file, position..<file.count)
    position = pickle.end
    return pickle
  }
  guard case .longInteger(magicNumber) = try nextPickle().root else { throw .pyTorch(.noMagicNumber) }
  guard case .integer(1001) = try nextPickle().root else { throw .pyTorch(.formatVersion) }
  try requireLittleEndian(try nextPickle())
  let object = try nextPickle()
  let keys = try storageKeys(try nextPickle())

  var places: [String: Range<Int>] = [:]
  var cursor = ByteCursor(file, position..<file.count)
  for key in keys {
    guard let storage = object.storages[key] else { throw .pyTorch(.unknownStorage(key)) }
    let bytes = try byteCount(of: storage, key)
    guard let count = cursor.integer(Int64.self) else {
      throw .pyTorch(.storageBytes(key: key, expected: bytes, found: 0))
    }
    if count != storage.count { throw .pyTorch(.storageCount(key: key, expected: storage.count, found: count)) }
    guard let place = cursor.take(bytes) else {
      throw .pyTorch(.storageBytes(key: key, expected: bytes, found: cursor.remaining))
    }
    if places.updateValue(place, forKey: key) != nil { throw .pyTorch(.repeatedStorage(key)) }
  }
  if let key = object.storages.keys.sorted().first(where: { places[$0] == nil }) {
    throw .pyTorch(.missingStorage(key))
  }
  if cursor.remaining > 0 { throw .pyTorch(.trailingBytes(cursor.remaining)) }
  return PyTorchContainer(pickle: object, places: places)
}

/// The bytes that a storage takes by its description.
func byteCount(of storage: Unpickler.Storage, _ key: String) throws(WeightFileError) -> Int {
  guard let bytes = try? storage.type.byteCount(of: storage.count) else { throw .pyTorch(.storageOverflows(key)) }
  return bytes
}

/// 0x1950A86A20F9469CFC6C, little-endian.
private let magicNumber: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

/// Checks the dictionary that describes the system which wrote the file.
private func requireLittleEndian(_ system: Unpickler) throws(WeightFileError) {
  guard case .dictionary(let pairs) = system.root else { throw .pyTorch(.formatVersion) }
  for (key, value) in pairs {
    if case .text("little_endian") = system[key], case .bool(false) = system[value] { throw .pyTorch(.bigEndian) }
  }
}

private func storageKeys(_ pickle: Unpickler) throws(WeightFileError) -> [String] {
  guard case .list(let items) = pickle.root else { throw .pyTorch(.storageKeys) }
  var keys: [String] = []
  for item in items {
    guard case .text(let key) = pickle[item] else { throw .pyTorch(.storageKeys) }
    keys.append(key)
  }
  return keys
}
