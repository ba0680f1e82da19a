import Autodiff

/// Parameters of a published file, under Gaze's names and in Gaze's layouts.
struct ImportedWeights: WeightSource {
  struct Tensor {
    /// As the file has it.
    let entry: TensorEntry
    let canonicalName: String
  }

  let convention: NameConvention
  /// In the order of the file, without what says nothing about the network.
  let tensors: [Tensor]
  /// The number of tensors left out for that reason.
  let ignoredCount: Int
  private let file: any WeightFile
  private let byName: [String: Tensor]

  init(_ file: any WeightFile, _ convention: NameConvention) {
    self.file = file
    self.convention = convention
    let entries = file.entries.filter { !NameConvention.isIgnorable($0.name) }
    ignoredCount = file.entries.count - entries.count
    let prefix = NameConvention.wrapperPrefix(of: entries.map(\.name))
    tensors = entries.map { entry in
      let name = String(entry.name.dropFirst(prefix.count))
      return Tensor(entry: entry, canonicalName: convention.canonicalName(name))
    }
    // Where a file has a parameter under an old and a new name, the first counts and the other is unused.
    byName = Dictionary(tensors.map { ($0.canonicalName, $0) }) { first, _ in first }
  }

  var names: [String] {
    tensors.map { byName[$0.canonicalName]?.entry.name == $0.entry.name ? $0.canonicalName : $0.entry.name }
  }

  /// The file's tensor that has this canonical name, or this name in the file.
  func tensor(_ name: String) -> Tensor? { byName[name] ?? tensors.first { $0.entry.name == name } }

  func shape(of name: String, _ role: ParameterRole) -> Shape? {
    byName[name].map { Self.shape($0.entry.shape, role, convention.layout) }
  }

  /// The extents in the layout of the role; shapes that do not fit the role are left alone, and the network refuses them.
  static func shape(_ shape: [Int], _ role: ParameterRole, _ layout: WeightLayout) -> Shape {
    switch (layout, role, shape.count) {
    case (.pyTorch, .convolution, 4): [shape[2], shape[3], shape[1], shape[0]]
    case (.pyTorch, .depthwise, 4) where shape[1] == 1: [shape[2], shape[3], shape[0]]
    // A fully connected layer written as a convolution over all that comes in.
    case (.pyTorch, .linear, 4): [shape[0], shape[1] * shape[2] * shape[3]]
    case (.keras, .depthwise, 4) where shape[3] == 1: [shape[0], shape[1], shape[2]]
    case (.keras, .linear, 2): [shape[1], shape[0]]
    default: Shape(shape)
    }
  }

  func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    guard let entry = byName[name]?.entry else { throw .missing(name) }
    let values: [Float]
    do { values = try file.floats(entry.name) } catch { throw .file(error) }
    let shape = entry.shape
    return switch (convention.layout, role, shape.count) {
    // O,I,H,W to H,W,I,O; a depthwise filter's C,1,H,W to H,W,C is the same move, since its I is 1.
    case (.pyTorch, .convolution, 4), (.pyTorch, .depthwise, 4):
      outputsLast(values, outputs: shape[0], inputs: shape[1], taps: shape[2] * shape[3])
    case (.keras, .linear, 2):
      outputsLast(values, outputs: shape[0], inputs: shape[1], taps: 1)
    default:
      values
    }
  }
}

/// Elements [outputs, inputs, taps] as [taps, inputs, outputs].
private func outputsLast(_ values: [Float], outputs: Int, inputs: Int, taps: Int) -> [Float] {
  // In tiles, so that what is read and what is written both stay in the cache.
  let tile = 32
  let columns = inputs * taps
  return [Float](unsafeUninitializedCapacity: values.count) { target, count in
    for firstOutput in stride(from: 0, to: outputs, by: tile) {
      let outputRange = firstOutput..<min(firstOutput + tile, outputs)
      for firstColumn in stride(from: 0, to: columns, by: tile) {
        for column in firstColumn..<min(firstColumn + tile, columns) {
          let (input, tap) = column.quotientAndRemainder(dividingBy: taps)
          let row = (tap * inputs + input) * outputs
          for output in outputRange { target[row + output] = values[output * columns + column] }
        }
      }
    }
    count = values.count
  }
}
