package import Autodiff

/// Parameters from the model store: a safetensors file whose tensors already have Gaze's names and layouts.
package struct StoredWeights: WeightSource {
  private let file: any WeightFile
  private let entries: [String: TensorEntry]

  package init(_ file: any WeightFile) {
    self.file = file
    entries = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0) })
  }

  package var names: [String] { file.entries.map(\.name) }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? { entries[name].map { Shape($0.shape) } }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    do { return try file.floats(name) } catch { throw .file(error) }
  }
}

/// Parameters from a PyTorch state dict: convolutions are O,I,H,W there and depthwise ones C,1,H,W; the rest is laid out as in Gaze.
package struct PyTorchWeights: WeightSource {
  private let file: any WeightFile
  private let entries: [String: TensorEntry]

  package init(_ file: any WeightFile) {
    self.file = file
    // The count of training batches says nothing about the network.
    let used = file.entries.filter { !$0.name.hasSuffix("num_batches_tracked") }
    entries = Dictionary(uniqueKeysWithValues: used.map { ($0.name, $0) })
  }

  package var names: [String] { Array(entries.keys) }

  package func shape(of name: String, _ role: ParameterRole) -> Shape? {
    guard let shape = entries[name]?.shape else { return nil }
    switch (role, shape.count) {
    case (.convolution, 4): return [shape[2], shape[3], shape[1], shape[0]]
    case (.depthwise, 4) where shape[1] == 1: return [shape[2], shape[3], shape[0]]
    default: return Shape(shape)
    }
  }

  package func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    let values: [Float]
    do { values = try file.floats(name) } catch { throw .file(error) }
    guard let shape = entries[name]?.shape, shape.count == 4, role == .convolution || role == .depthwise else {
      return values
    }
    // O,I,H,W to H,W,I,O; a depthwise filter's C,1,H,W to H,W,C is the same move, since its I is 1.
    let (outputs, inputs, taps) = (shape[0], shape[1], shape[2] * shape[3])
    return [Float](unsafeUninitializedCapacity: values.count) { target, count in
      for output in 0..<outputs {
        for input in 0..<inputs {
          for tap in 0..<taps {
            target[(tap * inputs + input) * outputs + output] = values[(output * inputs + input) * taps + tap]
          }
        }
      }
      count = values.count
    }
  }
}
