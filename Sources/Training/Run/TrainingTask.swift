import Autodiff
import Models
import Networks

/// What a phase trains, and on what.
protocol TrainingTask {
  /// The whole network, of which the phase may train a part.
  var trainable: TrainableNetwork { get }
  /// What the optimizer changes.
  var parameters: [TrainableParameter] { get }
  /// Of the learning rate, one for each of them.
  var rateFactors: [Double] { get }
  /// The running statistics that the phase's steps move.
  var statistics: [Parameter] { get }
  var stepsPerEpoch: Int { get }

  /// What is trained on from a step of an epoch on, to the end of the phase's epochs.
  func inputs(fromEpoch epoch: Int, step: Int) -> any InputStream

  /// The logits of a step's inputs, [N, classes], recorded on the tape.
  func logits(_ inputs: Tensor, on tape: Tape) -> Variable

  /// Runs the network with other values for what is trained on the validation images, in their order; not at all where
  /// there is nothing to validate on.
  ///
  /// - Parameter body: is given the logits of some images, [N, classes], and their classes.
  func validate(
    _ values: [String: Tensor], _ body: (_ logits: Tensor, _ classIndices: [Int]) -> Void
  ) throws(TrainingError)
}

extension TrainingTask {
  /// How good the network is with other values for what is trained; nil where there is nothing to validate on.
  func measure(_ values: [String: Tensor]) throws(TrainingError) -> TrainingReceipt.Measurement? {
    var tally = Tally()
    try validate(values) { tally.add($0, of: $1) }
    return tally.measurement
  }

  /// What the network says of the validation images.
  func validationLogits(_ values: [String: Tensor]) throws(TrainingError) -> LabelledLogits {
    var all = LabelledLogits(classCount: trainable.network.classCount)
    try validate(values) { all.add($0, of: $1) }
    return all
  }
}

/// What one step is trained on.
struct LabelledInputs: Sendable {
  /// [N, ...]
  let inputs: Tensor
  let classIndices: [Int]
}

/// Inputs in the order of the steps.
protocol InputStream: AnyObject {
  /// nil after the last one.
  func next() throws(TrainingError) -> LabelledInputs?
}

/// The sum of losses and of right answers over images.
struct Tally {
  private(set) var count = 0
  private var loss = 0.0
  private var correct = 0

  /// - Parameter logits: [N, classes].
  mutating func add(_ logits: Tensor, of classIndices: [Int]) {
    let classes = logits.shape[1]
    logits.withElements { values in
      for (row, classIndex) in classIndices.enumerated() {
        let row = UnsafeBufferPointer(rebasing: values[row * classes..<(row + 1) * classes])
        loss -= SoftmaxScale(of: row).logProbability(of: row[classIndex])
        if row.indexOfLargest == classIndex { correct += 1 }
      }
    }
    count += classIndices.count
  }

  var measurement: TrainingReceipt.Measurement? {
    count == 0
      ? nil : TrainingReceipt.Measurement(loss: loss / Double(count), accuracy: Double(correct) / Double(count))
  }
}

/// How many rows of logits, [N, classes], have their greatest value at their class; among equals the first counts.
func countCorrect(_ logits: Tensor, _ classIndices: [Int]) -> Int {
  let classes = logits.shape[1]
  return logits.withElements { values in
    classIndices.indices.count {
      UnsafeBufferPointer(rebasing: values[$0 * classes..<($0 + 1) * classes]).indexOfLargest == classIndices[$0]
    }
  }
}
