package import Autodiff

/// What is explained: a logit z_c, or the difference of two, z_c - z_d ("why c and not d").
///
/// Never a probability: the softmax mixes every class into one number, so that a map of it shows evidence against the
/// others too, and fades where the network is sure, as it does with a sigmoid. A value is its own logit, so its map
/// explains the number itself: what raises it is positive, what lowers it negative.
package struct Target: Hashable, Sendable {
  /// The class c whose evidence is positive.
  package var classIndex: Int
  /// For a contrast the class d whose evidence is negative.
  package var against: Int?

  package init(_ classIndex: Int, against: Int? = nil) {
    self.classIndex = classIndex
    self.against = against
  }

  /// z_c, or z_c - z_d.
  ///
  /// - Parameter logits: one for each class.
  package func value(of logits: some RandomAccessCollection<Float>) -> Float {
    func logit(_ index: Int) -> Float { logits[logits.index(logits.startIndex, offsetBy: index)] }
    return logit(classIndex) - (against.map(logit) ?? 0)
  }

  /// The target's derivative by the logits: 1 for c, -1 for d, else 0; [batch, classes], the same for each of the
  /// batch.
  package func seed(classCount: Int, batch: Int, in pool: BufferPool) -> Tensor {
    precondition((0..<classCount).contains(classIndex), "Target: there is no class \(classIndex)")
    return Tensor([batch, classCount], in: pool) { seed in
      seed.initialize(repeating: 0)
      for row in 0..<batch {
        seed[row * classCount + classIndex] += 1
        if let against { seed[row * classCount + against] -= 1 }
      }
    }
  }

  /// Whether a network of this many classes can be asked: both classes exist and differ.
  func check(classCount: Int) throws(AttributionError) {
    for index in [classIndex, against ?? classIndex] where !(0..<classCount).contains(index) {
      throw .badParameter("There is no class \(index); the model's classes are 0 to \(classCount - 1).")
    }
    if against == classIndex {
      throw .badParameter("A contrast needs two classes, not \(classIndex) twice.")
    }
  }
}
