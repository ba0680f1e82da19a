import Networks
import WeightFiles

/// A checkpoint with a matrix of text embeddings beside it, as the last layer of CLIP's image tower: one tensor more.
struct TextEmbeddings: WeightFile {
  private let checkpoint: any WeightFile
  private let embeddings: any WeightFile
  private let matrix: TensorEntry

  /// - Parameters:
  ///   - path: a file with one matrix, [classes, width of the embedding], under whatever name.
  ///   - checkpoint: what it is put beside.
  init(_ path: String, beside checkpoint: any WeightFile) throws(WeightFileError) {
    do throws(WeightFileError) { embeddings = try openWeightFile(path) } catch {
      switch error {
      case .unrecognised(.numpy), .unrecognised(.numpyArchive): embeddings = try openArrayFile(path)
      default: throw error
      }
    }
    let matrices = embeddings.entries.filter { $0.shape.count == 2 }
    guard matrices.count == 1 else { throw .noSuchTensor("the one matrix of text embeddings, [classes, width]") }
    matrix = matrices[0]
    self.checkpoint = checkpoint
  }

  var entries: [TensorEntry] {
    checkpoint.entries + [TensorEntry(name: CLIPImageTower.textEmbeddings, shape: matrix.shape, type: matrix.type)]
  }

  var format: String { "\(checkpoint.format) with text embeddings" }

  var metadata: [String: String] { checkpoint.metadata }

  func floats(_ name: String) throws(WeightFileError) -> [Float] {
    name == CLIPImageTower.textEmbeddings ? try embeddings.floats(matrix.name) : try checkpoint.floats(name)
  }

  /// What to do where there is no matrix.
  static func advice(width: Int) -> String {
    "CLIP compares an image with texts. Give their embeddings, one row of \(width) numbers a class, as a matrix in a "
      + ".npy, .npz or safetensors file: --text-embeddings FILE."
  }
}

extension ModelStore {
  /// The file with the order's text embeddings beside it; itself where there are none.
  func withTextEmbeddings(
    _ file: any WeightFile, _ order: CheckpointImport, _ label: String
  ) throws(ModelStoreError) -> any WeightFile {
    guard let path = order.textEmbeddings else { return file }
    do { return try TextEmbeddings(path, beside: file) } catch { throw .weights(label, .unreadable(error.description)) }
  }
}
