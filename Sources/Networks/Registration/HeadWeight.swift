package import Autodiff

/// The last layer's weight, with as many outputs as there are classes: a network fixes the shape of every other
/// parameter but its bias.
package struct HeadWeight: Hashable, Sendable {
  package let name: String
  /// `linear`, or `convolution` for a 1x1 convolution.
  package let role: ParameterRole
  package let inputs: Int
  /// Modules beside it that give logits too, of the same shape.
  let twins: [String]
  /// The paper's hidden layers before it, which people replace with it, and how many numbers such a classifier may
  /// read.
  package let hidden: Hidden?

  package struct Hidden: Hashable, Sendable {
    package let modules: [String]
    package let features: [Int]
  }

  init(_ name: String, _ role: ParameterRole, inputs: Int, twins: [String] = [], hidden: Hidden? = nil) {
    precondition(role == .linear || role == .convolution, "HeadWeight: \(name) cannot be of role \(role)")
    self.name = name
    self.role = role
    self.inputs = inputs
    self.twins = twins
    self.hidden = hidden
  }

  /// Whether a parameter belongs to the layer or to one of its twins.
  func owns(_ parameter: String) -> Bool {
    let module = module(ofParameter: parameter)
    return module == Networks.module(ofParameter: name) || twins.contains(module)
  }

  /// The name of the layer's bias, in the checkpoint's way of writing.
  package var bias: String {
    let module = module(ofParameter: name)
    return module + name.dropFirst(module.count).prefix(1) + "bias"
  }

  /// [classes, inputs], or [1, 1, inputs, classes] of a convolution.
  package func shape(classes: Int) -> Shape { shape(classes: classes, inputs: inputs) }

  private func shape(classes: Int, inputs: Int) -> Shape {
    role == .convolution ? [1, 1, inputs, classes] : [classes, inputs]
  }

  /// The number of classes of a weight of this shape; nil if it is no weight of such a layer.
  package func classCount(of shape: Shape) -> Int? {
    let classes = classExtent(of: shape)
    let widths = [inputs] + (hidden?.features ?? [])
    return classes > 0 && widths.contains { shape == self.shape(classes: classes, inputs: $0) } ? classes : nil
  }

  /// The extent that counts classes if this is the shape of such a weight.
  fileprivate func classExtent(of shape: Shape) -> Int {
    (role == .convolution ? shape.extents.last : shape.extents.first) ?? 0
  }
}

extension WeightReader {
  /// The number of classes, which the shape of the last layer's weight says.
  ///
  /// - Parameter head: as the paper has it.
  func classCount(_ head: HeadWeight) throws(WeightError) -> Int {
    let head = try lastLayer(of: head)
    let found = try shape(of: head.name, head.role)
    if let classes = head.classCount(of: found) { return classes }
    throw .wrongShape(head.name, expected: head.shape(classes: max(head.classExtent(of: found), 1)), found: found)
  }
}
