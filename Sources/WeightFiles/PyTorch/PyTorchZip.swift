/// Reads PyTorch's container since 1.6: an uncompressed zip archive of `<top>/data.pkl`, `<top>/byteorder` and the
/// storages `<top>/data/<key>`; the top folder has any name.
///
/// Checksums are not verified: PyTorch itself does not, and may write files with none (`set_crc32_options(False)`).
/// A catalogue's files are verified by their SHA-256.
///
/// Source: `_load` in torch/serialization.py, caffe2/serialize/inline_container.h.
func readPyTorchZip(_ file: MappedFile) throws(WeightFileError) -> PyTorchContainer {
  let directory: ZipDirectory
  do throws(ZipFault) { directory = try ZipDirectory(file) } catch { throw .zip(error) }
  let (top, place) = try findPickle(in: directory)
  if directory.members["\(top)/constants.pkl"] != nil { throw .pyTorch(.torchScript) }
  try requireLittleEndian(file, directory.members["\(top)/byteorder"])

  let pickle = try Unpickler(file, place)
  if pickle.end != place.upperBound { throw .pyTorch(.trailingBytes(place.upperBound - pickle.end)) }

  var places: [String: Range<Int>] = [:]
  for (key, storage) in pickle.storages.sorted(by: { $0.key < $1.key }) {
    guard let data = directory.members["\(top)/data/\(key)"] else { throw .pyTorch(.missingStorage(key)) }
    let bytes = try byteCount(of: storage, key)
    if data.count != bytes { throw .pyTorch(.storageBytes(key: key, expected: bytes, found: data.count)) }
    places[key] = data
  }
  return PyTorchContainer(pickle: pickle, places: places)
}

/// The top folder and the place of `data.pkl` in it.
private func findPickle(in directory: ZipDirectory) throws(WeightFileError) -> (top: String, place: Range<Int>) {
  let suffix = "/data.pkl"
  let pickles = directory.members.filter { $0.key.hasSuffix(suffix) && $0.key.count(where: { $0 == "/" }) == 1 }
  if pickles.count > 1 { throw .pyTorch(.severalPickles) }
  guard let (path, place) = pickles.first else {
    throw .pyTorch(.noPickle)
  }
  return (String(path.dropLast(suffix.count)), place)
}

/// Archives of before PyTorch 2.1 lack the member; they are little-endian in practice.
private func requireLittleEndian(_ file: MappedFile, _ member: Range<Int>?) throws(WeightFileError) {
  guard let member else { return }
  let order = file.copy(member.prefix(8))
  if order == Array("big".utf8) { throw .pyTorch(.bigEndian) }
  if order != Array("little".utf8) { throw .pyTorch(.byteOrder) }
}
