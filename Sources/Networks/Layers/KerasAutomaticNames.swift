/// The name that Keras gives the layer of a kind that is made as number `index`, from 0, in a process: `conv2d`,
/// `conv2d_1`, ...
func kerasAutomaticName(_ kind: String, _ index: Int) -> String { index == 0 ? kind : "\(kind)_\(index)" }

/// From the names of published files, which count convolutions and normalisations from 1, to those that count from 0.
func kerasCountedFromOne(convolutions: Int) -> [String: String] {
  var modules: [String: String] = [:]
  for kind in ["conv2d", "batch_normalization"] {
    for index in 0..<convolutions { modules[kerasAutomaticName(kind, index + 1)] = kerasAutomaticName(kind, index) }
  }
  return modules
}
