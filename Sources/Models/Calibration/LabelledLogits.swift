package import Autodiff
import Glibc

/// What a network says of labelled images: the logits of each, and its class.
package struct LabelledLogits: Sendable {
  package let classCount: Int
  /// A row for each image.
  private var values: [Float] = []
  package private(set) var classIndices: [Int] = []

  package init(classCount: Int) { self.classCount = classCount }

  package var count: Int { classIndices.count }

  /// - Parameters:
  ///   - logits: of one image, one for each class.
  ///   - classIndex: the class that the image is labelled with.
  package mutating func add(_ logits: [Float], of classIndex: Int) {
    precondition(
      logits.count == classCount && (0..<classCount).contains(classIndex),
      "LabelledLogits: \(logits.count) logits of \(classCount) classes, labelled \(classIndex)")
    values += logits
    classIndices.append(classIndex)
  }

  /// - Parameter logits: [N, classes].
  package mutating func add(_ logits: Tensor, of classIndices: [Int]) {
    precondition(
      logits.shape == Shape([classIndices.count, classCount]),
      "LabelledLogits: logits \(logits.shape) of \(classIndices.count) images and \(classCount) classes")
    logits.withElements { values += $0 }
    self.classIndices += classIndices
  }

  /// How far softmax(z / T) can be believed, over at least one image.
  package func measures(at temperature: Double) -> CalibrationMeasures {
    precondition(count > 0, "LabelledLogits: no images")
    var outcomes: [(certainty: Certainty, isCorrect: Bool)] = []
    outcomes.reserveCapacity(count)
    forEachRow { row, classIndex in
      outcomes.append(
        (Certainty(of: row, labelled: classIndex, at: temperature), row.indexOfLargest == classIndex))
    }
    return CalibrationMeasures(of: outcomes)
  }

  /// First and second derivative by b of n times the mean negative log-likelihood of softmax(b z), in Double and in the
  /// order of the images: sum over images of E[z] - z_y, and of Var[z], under softmax(b z).
  func lossDerivatives(at scale: Double) -> (first: Double, second: Double) {
    var (first, second) = (0.0, 0.0)
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
      for (index, classIndex) in classIndices.enumerated() {
        body(UnsafeBufferPointer(rebasing: values[index * classCount..<(index + 1) * classCount]), classIndex)
      }
    }
  }
}
