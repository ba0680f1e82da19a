package import Models
package import Networks

/// Why a run cannot begin or go on, in a sentence that says what would work.
package enum TrainingError: Error, CustomStringConvertible {
  case data(DatasetError)
  case store(ModelStoreError)
  case weights(WeightError)
  case configuration(path: String, reason: String)
  /// The loss, or the gradients, are infinite or not a number.
  case diverged(phase: Int, epoch: Int, step: Int)
  /// The network cannot take images of this size.
  case size(network: String, size: Int, reason: String)
  case cannotWrite(path: String, reason: String)
  case cannotRead(path: String, reason: String)
  /// There is no run to go on with.
  case noRun(path: String)
  /// Where a run is to be made there is one.
  case runExists(path: String)
  /// The run that is there is another one: what differs.
  case otherRun(path: String, difference: String)
  /// Features of a frozen network would need too much memory.
  case featuresTooLarge(megabytes: Int, limit: Int)

  package var description: String {
    switch self {
    case .data(let error): error.description
    case .store(let error): error.description
    case .weights(let error): error.description
    case .configuration(let path, let reason): "The configuration \(path) cannot be used: \(reason)"
    case .diverged(let phase, let epoch, let step):
      "Training diverged: in epoch \(epoch), step \(step) of phase \(phase) the loss or its gradients are not finite. The last "
        + "checkpoint is kept. Begin again with a lower --learning-rate (a third, say), or with gradient_norm in --config."
    case .size(let network, let size, let reason):
      "\(network) cannot take images of \(size) x \(size) pixels: \(reason)"
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written (\(reason)); check the path and the space on its disk, or name another folder with --out."
    case .cannotRead(let path, let reason): "\(path) cannot be read (\(reason))."
    case .noRun(let path):
      "There is no run to go on with in \(path): it has no checkpoint. Begin one without --resume."
    case .runExists(let path):
      "There is a run in \(path) already. Go on with it by --resume, name another folder with --out, or begin anew with --force."
    case .otherRun(let path, let difference):
      "The run in \(path) is another one: \(difference). Leave that out to go on with it, or begin anew with --force."
    case .featuresTooLarge(let megabytes, let limit):
      "The features of the frozen network would take \(megabytes) MB of memory, and \(limit) MB is the limit: train on "
        + "smaller images (--size), on fewer copies, or unfreeze the network (--unfreeze all)."
    }
  }
}
