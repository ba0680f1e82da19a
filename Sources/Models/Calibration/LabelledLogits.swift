package import Autodiff
import Glibc

/// What a network says of labelled images: the logits of each, and its class; or, where each class has a sigmoid of its
/// own, which of them are there.
package struct LabelledLogits: Sendable {
  package let classCount: Int
  /// A row for each image.
  private var values: [Float] = []
  /// The classes of each image: of softmax always one.
  private var labels: [[Int]] = []
  private let output: OutputKind

  /// - Parameter output: of probabilities.
  package init(classCount: Int, output: OutputKind = .softmax) {
    precondition(output.isProbability, "LabelledLogits: values have no classes")
    self.classCount = classCount
    self.output = output
  }

  package var count: Int { labels.count }

  /// - Parameters:
  ///   - logits: of one image, one for each class.
  ///   - classIndex: the class that the image is labelled with.
  package mutating func add(_ logits: [Float], of classIndex: Int) {
    precondition(
      logits.count == classCount && (0..<classCount).contains(classIndex),
      "LabelledLogits: \(logits.count) logits of \(classCount) classes, labelled \(classIndex)")
    values += logits
    labels.append([classIndex])
  }

  /// - Parameters:
  ///   - logits: of one image, one for each class.
  ///   - classes: those that are there, by a network whose classes have sigmoids.
  package mutating func add(_ logits: [Float], ofClasses classes: [Int]) {
    precondition(
      output == .sigmoid && logits.count == classCount && classes.allSatisfy((0..<classCount).contains),
      "LabelledLogits: \(logits.count) logits of \(classCount) classes, labelled \(classes)")
    values += logits
    labels.append(classes)
  }

  /// - Parameter logits: [N, classes].
  package mutating func add(_ logits: Tensor, of classIndices: [Int]) {
    precondition(
      logits.shape == Shape([classIndices.count, classCount]),
      "LabelledLogits: logits \(logits.shape) of \(classIndices.count) images and \(classCount) classes")
    logits.withElements { values += $0 }
    labels += classIndices.map { [$0] }
  }

  /// How far softmax(z / T) can be believed, over at least one image; or sigmoid(z / T), over each class of each.
  package func measures(at temperature: Double) -> CalibrationMeasures {
    precondition(count > 0, "LabelledLogits: no images")
    var outcomes: [(certainty: Certainty, isCorrect: Bool)] = []
    outcomes.reserveCapacity(output == .sigmoid ? values.count : count)
    switch output {
    case .sigmoid:
      forEachSigmoid { logit, isThere in
        outcomes.append((Certainty(of: logit, isThere: isThere, at: temperature), (logit >= 0) == isThere))
      }
    default:
      forEachRow { row, classIndex in
        outcomes.append(
          (Certainty(of: row, labelled: classIndex, at: temperature), row.indexOfLargest == classIndex))
      }
    }
    return CalibrationMeasures(of: outcomes)
  }

  /// First and second derivative by b of n times the mean negative log-likelihood of softmax(b z), in Double and in the
  /// order of the images: sum over images of E[z] - z_y, and of Var[z], under softmax(b z). Of sigmoid(b z) the sum
  /// over images and classes of z (s - y), and of z^2 s (1 - s), s = sigmoid(b z), y = 1 where the class is there, else
  /// 0.
  func lossDerivatives(at scale: Double) -> (first: Double, second: Double) {
    var (first, second) = (0.0, 0.0)
    if output == .sigmoid {
      forEachSigmoid { logit, isThere in
        let (z, share) = (Double(logit), sigmoid(scale * Double(logit)))
        first += z * (share - (isThere ? 1 : 0))
        second += z * z * share * (1 - share)
      }
      return (first, second)
    }
    forEachRow { row, classIndex in
      let maximum = Double(row.max()!)
      var (sum, moment, square) = (0.0, 0.0, 0.0)
      for logit in row {
        let difference = Double(logit) - maximum
        let power = exp(scale * difference)
        sum += power
        moment += power * difference
        square += power * difference * difference
      }
      let mean = moment / sum
      first += mean - (Double(row[classIndex]) - maximum)
      second += square / sum - mean * mean
    }
    return (first, second)
  }

  private func forEachRow(_ body: (_ row: UnsafeBufferPointer<Float>, _ classIndex: Int) -> Void) {
    values.withUnsafeBufferPointer { values in
      for (index, classes) in labels.enumerated() {
        body(UnsafeBufferPointer(rebasing: values[index * classCount..<(index + 1) * classCount]), classes[0])
      }
    }
  }

  private func forEachSigmoid(_ body: (_ logit: Float, _ isThere: Bool) -> Void) {
    for (index, classes) in labels.enumerated() {
      for classIndex in 0..<classCount { body(values[index * classCount + classIndex], classes.contains(classIndex)) }
    }
  }
}
