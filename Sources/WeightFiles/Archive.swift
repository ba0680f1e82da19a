/// Opens a zip archive as what its members say that it is: a `.keras` archive or a file of `torch.save`. Other archives
/// are refused by what they are.
func openArchive(_ file: MappedFile) throws(WeightFileError) -> any WeightFile {
  let directory: ZipDirectory
  do throws(ZipFault) {
    directory = try ZipDirectory(file)
  } catch .compressed(let name, _) where name.hasSuffix(".npy") {
    throw .unrecognised(.numpyArchive)
  } catch .compressed(let name, _) where name.contains("/code/__torch__/") {
    throw .pyTorch(.torchScript)
  } catch {
    throw .zip(error)
  }
  if let weights = directory.members["model.weights.h5"] { return try kerasArchive(file, weights, directory) }
  if let likeness = FileLookAlike(members: directory.members.keys) { throw .unrecognised(likeness) }
  return try PyTorchFile(file)
}

/// Keras 3's archive: `config.json` lists the layers, `model.weights.h5` has their weights.
///
/// Source: `_save_model_to_fileobj` in keras/src/saving/saving_lib.py.
private func kerasArchive(
  _ file: MappedFile, _ weights: Range<Int>, _ directory: ZipDirectory
) throws(WeightFileError) -> KerasFile {
  if weights.isEmpty { throw .empty }
  let configuration = directory.members["config.json"].flatMap { place in
    place.count <= HDF5Reader.maximumConfigurationBytes ? file.text(place) : nil
  }
  return try KerasFile(MappedFile(weights, of: file), configuration: configuration)
}

extension FileLookAlike {
  /// What an archive with these members is, if it is none of weights.
  fileprivate init?(members: some Sequence<String>) {
    var likeness: FileLookAlike?
    for name in members {
      if name.hasSuffix(".npy") { likeness = .numpyArchive }
      if name == "archive_format" || name.hasSuffix("/archive_format") { likeness = .exportedProgram }
      if name == "MAR-INF/MANIFEST.json" { likeness = .torchServeArchive }
      if name == "saved_model.pb" || name.hasSuffix("/saved_model.pb") { likeness = .tensorFlow }
    }
    guard let likeness else { return nil }
    self = likeness
  }
}
