import Autodiff
import Models
import Networks

/// What images are labelled with, in a batch.
struct ImageLabels: Sendable {
  /// The class of each image; of no meaning where there are targets.
  let classIndices: [Int]
  /// Where a table labels them, a number for each output of each image.
  let targets: [[Float]]?

  init(_ classIndices: [Int], targets: [[Float]]? = nil) {
    self.classIndices = classIndices
    self.targets = targets
  }

  var count: Int { classIndices.count }

  /// A number for each of so many outputs: those of the table; of a class 1, else 0, one output being that of the
  /// second class.
  func numbers(outputs: Int) -> [[Float]] {
    if let targets { return targets }
    return classIndices.map { classIndex in
      outputs == 1 ? [Float(classIndex)] : (0..<outputs).map { $0 == classIndex ? 1 : 0 }
    }
  }
}

/// What a network is trained for: the loss of a step, and what is counted of its answers.
struct Objective: Sendable {
  let output: OutputKind
  /// Of values, which a network learns as multiples of their deviation from their mean.
  let scale: TargetScale?

  static let softmax = Objective(output: .softmax, scale: nil)

  /// The mean over a step's images, on the tape.
  ///
  /// - Parameter labelSmoothing: of softmax what of each target is spread over all classes, of a sigmoid what is drawn
  ///   towards one half.
  func loss(_ logits: Variable, _ labels: ImageLabels, labelSmoothing: Double, in pool: BufferPool) -> Variable {
    let outputs = logits.shape[1]
    let numbers = labels.numbers(outputs: outputs)
    let shape: Shape = [labels.count, outputs]
    switch output {
    case .softmax:
      let targets = Tensor(shape, in: pool) { targets in
        targets.initialize(repeating: Float(labelSmoothing / Double(outputs)))
        for (row, classIndex) in labels.classIndices.enumerated() {
          targets[row * outputs + classIndex] += Float(1 - labelSmoothing)
        }
      }
      return softmaxCrossEntropy(logits, targets: targets)
    case .sigmoid:
      let smoothed = numbers.flatMap { $0 }.map { Float(Double($0) * (1 - labelSmoothing) + labelSmoothing / 2) }
      return sigmoidCrossEntropy(logits, targets: Tensor(shape, smoothed, in: pool))
    case .value:
      return meanSquaredError(logits, targets: Tensor(shape, numbers.flatMap { scale?.scaled($0) ?? $0 }, in: pool))
    }
  }

  /// Of one image: the loss, and what is told beside it: of softmax whether the class is right, of sigmoids the share
  /// of classes that are told rightly, of values the mean absolute error in their own unit.
  func measure(
    _ logits: UnsafeBufferPointer<Float>, classIndex: Int, numbers: [Float]
  ) -> (loss: Double, told: Double) {
    let count = Double(logits.count)
    switch output {
    case .softmax:
      return (
        -SoftmaxScale(of: logits).logProbability(of: logits[classIndex]), logits.indexOfLargest == classIndex ? 1 : 0
      )
    case .sigmoid:
      return zip(logits, numbers).reduce((0, 0)) { sum, pair in
        let (logit, isThere) = (Double(pair.0), pair.1 >= 0.5)
        return (
          sum.0 - logSigmoid(isThere ? logit : -logit) / count, sum.1 + ((logit >= 0) == isThere ? 1 : 0) / count
        )
      }
    case .value:
      let targets = scale?.scaled(numbers) ?? numbers
      return logits.indices.reduce((0, 0)) { sum, index in
        let error = Double(logits[index]) - Double(targets[index])
        return (
          sum.0 + error * error / count, sum.1 + abs(error) * Double(scale?.deviations[index] ?? 1) / count
        )
      }
    }
  }
}

/// The mean and the deviation of each value over the training images.
struct TargetScale: Hashable, Sendable {
  let means: [Float]
  /// 1 where all images have the same value.
  let deviations: [Float]

  /// - Parameter targets: of at least one image.
  init(of targets: [[Float]]) {
    let count = Double(targets.count)
    var (means, deviations) = ([Float](), [Float]())
    for index in targets[0].indices {
      let mean = targets.reduce(0) { $0 + Double($1[index]) } / count
      let variance = targets.reduce(0) { $0 + (Double($1[index]) - mean) * (Double($1[index]) - mean) } / count
      means.append(Float(mean))
      deviations.append(variance > 0 ? Float(variance.squareRoot()) : 1)
    }
    (self.means, self.deviations) = (means, deviations)
  }

  /// Weights whose last layer gives the values themselves instead of multiples of their deviations.
  func unscaling(_ weights: TrainedWeights, head: HeadWeight) -> TrainedWeights {
    TrainedWeights(
      weights.entries.map { entry in
        guard module(ofParameter: entry.name) == module(ofParameter: head.name) else { return entry }
        return TrainedWeights.Entry(name: entry.name, role: entry.role, shape: entry.shape) { [self] in
          let values = entry.values()
          // Rows of the weight, and numbers of the bias, are of an output each.
          let length = values.count / deviations.count
          return values.indices.map { place in
            let index = place / length
            return values[place] * deviations[index] + (entry.role == .vector ? means[index] : 0)
          }
        }
      })
  }

  func scaled(_ targets: [Float]) -> [Float] {
    targets.indices.map { (targets[$0] - means[$0]) / deviations[$0] }
  }
}
