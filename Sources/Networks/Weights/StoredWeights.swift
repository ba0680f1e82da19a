package import Autodiff

/// Parameters from the model store: a safetensors file whose tensors already have Gaze's names and layouts.
package struct StoredWeights: WeightSource {
  private let file: SafetensorsFile
  private let entries: [String: TensorEntry]

  package init(_ file: SafetensorsFile) {
    self.file = file
    entries = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0) })
  }

  package var names: [String] { file.entries.map(\.name) }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? { entries[name].map { Shape($0.shape) } }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    do { return try file.floats(name) } catch { throw .file(error) }
  }

  /// float32, which the store writes, is copied once: from the mapping to where it stays.
  package func read(
    _ name: String, _ role: ParameterRole, into target: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    guard entries[name]?.type == .float32 else {
      _ = target.initialize(from: try values(of: name, role))
      return
    }
    do {
      try file.withUnsafeBytes(name) { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
    } catch {
      throw .file(.noSuchTensor(name))
    }
  }
}
