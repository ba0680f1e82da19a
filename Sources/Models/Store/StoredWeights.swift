package import Autodiff
package import Networks
package import WeightFiles

/// Parameters from the model store: a safetensors file whose tensors already have Gaze's names and layouts.
///
/// A network reads each parameter once, so the mapping's pages are let go as soon as they have been read: file and
/// tensors are never in memory together.
package struct StoredWeights: WeightSource {
  private let file: SafetensorsFile
  private let entries: [String: TensorEntry]

  package init(_ file: SafetensorsFile) {
    self.file = file
    entries = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0) })
  }

  package var names: [String] { file.entries.map(\.name) }

  /// The numbers of all tensors together, which the file was found to hold.
  var parameterCount: Int { file.entries.reduce(0) { $0 + ((try? elementCount($1.shape)) ?? 0) } }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? { entries[name].map { Shape($0.shape) } }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    defer { file.release(name) }
    do { return try file.floats(name) } catch { throw .unreadable(error.description) }
  }

  /// float32, which the store writes, is copied once: from the mapping to where it stays.
  package func read(
    _ name: String, _ role: ParameterRole, into target: UnsafeMutableBufferPointer<Float>
  ) throws(WeightError) {
    guard entries[name]?.type == .float32 else {
      _ = target.initialize(from: try values(of: name, role))
      return
    }
    defer { file.release(name) }
    do {
      try file.withUnsafeBytes(name) { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
    } catch {
      throw .unreadable(WeightFileError.noSuchTensor(name).description)
    }
  }
}
