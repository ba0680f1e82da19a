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
  /// - Parameter body: is given the logits of some images, [N, outputs], and their labels.
  func validate(
    _ values: [String: Tensor], _ body: (_ logits: Tensor, _ labels: ImageLabels) -> Void
  ) throws(TrainingError)
}

extension TrainingTask {
  /// How good the network is with other values for what is trained; nil where there is nothing to validate on.
  func measure(
    _ values: [String: Tensor], by objective: Objective = .softmax
  ) throws(TrainingError) -> TrainingReceipt.Measurement? {
    var tally = Tally(objective)
    try validate(values) { tally.add($0, of: $1) }
    return tally.measurement
  }

  /// What the network says of the validation images.
  ///
  /// - Parameter output: of probabilities.
  func validationLogits(
    _ values: [String: Tensor], output: OutputKind = .softmax
  ) throws(TrainingError) -> LabelledLogits {
    let outputs = trainable.network.classCount
    var all = LabelledLogits(classCount: outputs, output: output)
    try validate(values) { logits, labels in
      guard output == .sigmoid else {
        all.add(logits, of: labels.classIndices)
        return
      }
      let elements = logits.elements
      for (row, numbers) in labels.numbers(outputs: outputs).enumerated() {
        all.add(
          Array(elements[row * outputs..<(row + 1) * outputs]),
          ofClasses: numbers.indices.filter { numbers[$0] >= 0.5 })
      }
    }
    return all
  }
}

/// What one step is trained on.
struct LabelledInputs: Sendable {
  /// [N, ...]
  let inputs: Tensor
  let labels: ImageLabels
}

/// Inputs in the order of the steps.
protocol InputStream: AnyObject {
  /// nil after the last one.
  func next() throws(TrainingError) -> LabelledInputs?
}

/// The sum over images of losses and of what is told beside them; see `Objective.measure`.
struct Tally {
  private(set) var count = 0
  private(set) var told = 0.0
  private var loss = 0.0
  private let objective: Objective

  init(_ objective: Objective = .softmax) { self.objective = objective }

  /// - Parameter logits: [N, outputs].
  mutating func add(_ logits: Tensor, of labels: ImageLabels) {
    let outputs = logits.shape[1]
    let numbers = labels.numbers(outputs: outputs)
    logits.withElements { values in
      for (row, classIndex) in labels.classIndices.enumerated() {
        let measured = objective.measure(
          UnsafeBufferPointer(rebasing: values[row * outputs..<(row + 1) * outputs]), classIndex: classIndex,
          numbers: numbers[row])
        loss += measured.loss
        told += measured.told
      }
    }
    count += labels.count
  }

  var measurement: TrainingReceipt.Measurement? {
    guard count > 0 else { return nil }
    let (loss, told) = (loss / Double(count), told / Double(count))
    return objective.output == .value
      ? TrainingReceipt.Measurement(loss: loss, meanAbsoluteError: told)
      : TrainingReceipt.Measurement(loss: loss, accuracy: told)
  }
}
