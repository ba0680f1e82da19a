import Autodiff
import Networks
import WeightFiles

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
  /// The modules off the path to the logits that the file has, and the number of their tensors, which are left out.
  let asides: [String: Int]
  /// The file's last layer, where it has a name of its own.
  let renamedHead: RenamedHead?
  /// nil where nothing but names and shapes is asked for.
  private let file: (any WeightFile)?
  private let byName: [String: Tensor]
  private let byFileName: [String: Tensor]
  /// What is put together from several tensors; nil for a part of zeros.
  private let parts: [String: [Tensor?]]

  /// - Parameters:
  ///   - head: of the network that the file is read for.
  ///   - naming: how the file's names become the publisher's.
  ///   - parameters: canonical names of tensors, by their names in the file, that are known otherwise.
  init(
    _ file: any WeightFile, _ convention: NameConvention, head: HeadWeight, naming: FileNaming = FileNaming(),
    parameters: [String: String] = [:]
  ) {
    self.init(file.entries, file, convention, head: head, naming: naming, parameters: parameters)
  }

  /// Names and shapes alone.
  init(_ entries: [TensorEntry], _ convention: NameConvention, head: HeadWeight, naming: FileNaming) {
    self.init(entries, nil, convention, head: head, naming: naming, parameters: [:])
  }

  private init(
    _ all: [TensorEntry], _ file: (any WeightFile)?, _ convention: NameConvention, head: HeadWeight,
    naming: FileNaming, parameters: [String: String]
  ) {
    self.file = file
    self.convention = convention
    let named = all.filter { !FileNames.isBookkeeping($0.name) }
    ignoredCount = all.count - named.count
    func aside(of entry: TensorEntry) -> String? { convention.aside(of: naming.publisherName(entry.name)) }
    let entries = named.filter { aside(of: $0) == nil }
    asides = named.compactMap(aside).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    let renamedHead =
      parameters.isEmpty ? Self.renamedHead(entries, naming: naming, convention, head) : nil
    self.renamedHead = renamedHead
    tensors = entries.map { entry in
      let canonicalName =
        parameters[entry.name] ?? renamedHead?.parameters[entry.name]
        ?? convention.canonicalName(naming.publisherName(entry.name))
      return Tensor(entry: entry, canonicalName: canonicalName)
    }
    // Where a file has a parameter under an old and a new name, the first counts and the other is unused.
    byName = Dictionary(tensors.map { ($0.canonicalName, $0) }) { first, _ in first }
    byFileName = Dictionary(tensors.map { ($0.entry.name, $0) }) { first, _ in first }
    let bySource = Dictionary(tensors.map { (naming.publisherName($0.entry.name), $0) }) { first, _ in first }
    parts = convention.joined.compactMapValues { names in
      let found = names.map { name in name.flatMap { bySource[$0] } }
      return zip(names, found).allSatisfy { ($0 == nil) == ($1 == nil) } ? found : nil
    }
  }

  struct RenamedHead {
    /// Their module and ours.
    let source: String
    let canonicalName: String
    /// Their names of weight and bias to ours.
    let parameters: [String: String]
  }

  /// Those who fine-tune a network often give its new last layer another name (`fc.1`, `dense`). If the usual one is
  /// missing and exactly one fully connected layer has the right number of inputs, it is that one.
  private static func renamedHead(
    _ entries: [TensorEntry], naming: FileNaming, _ convention: NameConvention, _ head: HeadWeight
  ) -> RenamedHead? {
    guard head.role == .linear else { return nil }
    let layout = convention.layout
    func canonicalName(_ entry: TensorEntry) -> String {
      convention.canonicalName(naming.publisherName(entry.name))
    }
    if entries.contains(where: { canonicalName($0) == head.name }) { return nil }
    let candidates = entries.filter { $0.shape.count == 2 && $0.shape[layout == .keras ? 0 : 1] == head.inputs }
    guard candidates.count == 1, let separator = candidates[0].name.lastIndex(of: layout.separator) else { return nil }
    let theirs = candidates[0].name[..<separator]
    let parameters = [candidates[0].name: head.name, "\(theirs)\(layout.separator)bias": head.bias]
    return RenamedHead(
      source: String(theirs), canonicalName: module(ofParameter: head.name), parameters: parameters)
  }

  var names: [String] {
    tensors.map { tensor in
      let isRead =
        parts[tensor.canonicalName]?.contains { $0?.entry.name == tensor.entry.name }
        ?? (byName[tensor.canonicalName]?.entry.name == tensor.entry.name)
      return isRead ? tensor.canonicalName : tensor.entry.name
    }
  }

  /// The file's tensor that has this canonical name, or this name in the file.
  func tensor(_ name: String) -> Tensor? { byName[name] ?? byFileName[name] }

  func shape(of name: String, _ role: ParameterRole) -> Shape? {
    guard let first = byName[name].map({ Self.shape($0.entry.shape, role, convention.layout) }) else { return nil }
    guard let parts = parts[name], first.rank > 0 else { return first }
    // A part of another shape than the first is refused with the shape that it has.
    for part in parts.compactMap(\.self) {
      let shape = Self.shape(part.entry.shape, role, convention.layout)
      if shape != first { return shape }
    }
    return Shape([first[0] * parts.count] + first.extents.dropFirst())
  }

  /// The extents in the layout of the role; shapes that do not fit the role are left alone, and the network refuses
  /// them.
  static func shape(_ shape: [Int], _ role: ParameterRole, _ layout: WeightLayout) -> Shape {
    switch (layout, role, shape.count) {
    case (.pyTorch, .convolution, 4): [shape[2], shape[3], shape[1], shape[0]]
    case (.pyTorch, .depthwise, 4) where shape[1] == 1: [shape[2], shape[3], shape[0]]
    // A fully connected layer written as a convolution over all that comes in.
    case (.pyTorch, .linear, 4): [shape[0], shape[1] * shape[2] * shape[3]]
    case (_, .tokens, 1): [1, shape[0]]
    case (_, .tokens, 3) where shape[0] == 1: [shape[1], shape[2]]
    case (.keras, .depthwise, 4) where shape[3] == 1: [shape[0], shape[1], shape[2]]
    // A convolution with as many groups as channels.
    case (.keras, .depthwise, 4) where shape[2] == 1: [shape[0], shape[1], shape[3]]
    case (.keras, .linear, 2): [shape[1], shape[0]]
    case (.keras, .linear, 4) where shape[0] == 1 && shape[1] == 1: [shape[3], shape[2]]
    // A vector that its publisher lets lie along one axis of an image, such as C,1,1.
    case (_, .vector, 2...) where shape.allSatisfy({ $0 > 0 }) && shape.count { $0 > 1 } == 1: [shape.max()!]
    default: Shape(shape)
    }
  }

  /// The extents of a parameter as a file of that layout has them.
  static func fileShape(_ parameter: ParameterDescription, _ layout: WeightLayout) -> [Int] {
    let shape = parameter.shape.extents
    return switch (layout, parameter.role) {
    case (.pyTorch, .convolution) where shape.count == 4: [shape[3], shape[2], shape[0], shape[1]]
    case (.pyTorch, .depthwise) where shape.count == 3: [shape[2], 1, shape[0], shape[1]]
    case (.keras, .depthwise) where shape.count == 3: shape + [1]
    case (.keras, .linear): shape.reversed()
    default: shape
    }
  }

  func values(of name: String, _ role: ParameterRole) throws(WeightError) -> [Float] {
    guard let tensor = byName[name] else { throw .missing(name) }
    guard let parts = parts[name] else { return try values(of: tensor.entry, role) }
    var joined: [Float] = []
    for part in parts {
      guard let part else {
        joined += [Float](repeating: 0, count: tensor.entry.shape.reduce(1, *))
        continue
      }
      joined += try values(of: part.entry, role)
    }
    return joined
  }

  private func values(of entry: TensorEntry, _ role: ParameterRole) throws(WeightError) -> [Float] {
    guard let file else { throw .missing(entry.name) }
    if entry.type.isWhole {
      throw .unreadable(
        "The tensor \(entry.name) has whole numbers (\(entry.type.rawValue)), as quantized weights have, whose scale is "
          + "elsewhere; import the weights that were quantized.")
    }
    let values: [Float]
    do { values = try file.floats(entry.name) } catch { throw .unreadable(error.description) }
    let shape = entry.shape
    return switch (convention.layout, role, shape.count) {
    // O,I,H,W to H,W,I,O; a depthwise filter's C,1,H,W to H,W,C is the same move, since its I is 1.
    case (.pyTorch, .convolution, 4), (.pyTorch, .depthwise, 4):
      outputsLast(values, outputs: shape[0], inputs: shape[1], taps: shape[2] * shape[3])
    case (.keras, .linear, 2):
      outputsLast(values, outputs: shape[0], inputs: shape[1], taps: 1)
    case (.keras, .linear, 4) where shape[0] == 1 && shape[1] == 1:
      outputsLast(values, outputs: shape[2], inputs: shape[3], taps: 1)
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
