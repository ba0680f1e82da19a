import Autodiff
import Foundation
import Models
import Networks
import WeightFiles

/// What a run needs to go on: a safetensors file whose metadata say where it was.
///
/// It is written as a whole or not at all, so a program that is killed at any moment leaves the checkpoint before. What
/// it left half-written has another name and is never read.
struct Checkpoint {
  /// The part without tensors.
  struct Header: Codable {
    struct Best: Codable {
      let epoch: Int
      let measurement: TrainingReceipt.Measurement
    }

    var format = 1
    /// What tells this run from others.
    let run: String
    /// Which phase, from 0; one more than there are when all are over.
    let phase: Int
    let epoch: Int
    let step: Int
    let optimizerSteps: Int
    let lossSum: Double
    let told: Double
    let imageCount: Int
    let seconds: Double
    let best: Best?
    let last: TrainingReceipt.Measurement?
    let history: [EpochRecord]
  }

  let header: Header
  private let file: SafetensorsFile
  private let path: String

  /// The state of a phase's loop and of what it trains.
  static func write(
    _ state: PhaseState, of task: any TrainingTask, phase: Int, run: String, to path: String
  ) throws(TrainingError) {
    let averaged = TrainingLoop.averaged(task)
    var tensors = averaged.map { Self.tensor("value", $0.name, $0.value) }
    for (parameter, slots) in zip(task.parameters, state.optimizer.slots) {
      for (index, slot) in slots.enumerated() {
        tensors.append(Self.tensor("optimizer\(index)", parameter.parameter.name, slot))
      }
    }
    if let average = state.average {
      tensors += zip(averaged, average.values).map { Self.tensor("average", $0.name, $1) }
    }
    if let best = state.best { tensors += zip(averaged, best.values).map { Self.tensor("best", $0.name, $1) } }
    let header = Header(
      run: run, phase: phase, epoch: state.epoch, step: state.step, optimizerSteps: state.optimizer.stepCount,
      lossSum: state.lossSum, told: state.told, imageCount: state.imageCount, seconds: state.seconds,
      best: state.best.map { Header.Best(epoch: $0.epoch, measurement: $0.measurement) }, last: state.last,
      history: state.history)
    do {
      let text = String(decoding: try JSONEncoder().encode(header), as: UTF8.self)
      try writeSafetensors(tensors, metadata: [Self.metadataKey: text], to: path)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error)")
    }
  }

  init(_ path: String) throws(TrainingError) {
    do {
      file = try SafetensorsFile(path)
      guard let text = file.metadata[Self.metadataKey] else {
        throw TrainingError.cannotRead(path: path, reason: "it is no checkpoint")
      }
      header = try JSONDecoder().decode(Header.self, from: Data(text.utf8))
    } catch let error as TrainingError {
      throw error
    } catch {
      throw .cannotRead(path: path, reason: "\(error)")
    }
    guard header.format == 1 else {
      throw .cannotRead(path: path, reason: "a newer version of Gaze wrote it")
    }
    self.path = path
  }

  /// Puts parameters and running statistics back, and gives the state of the loop.
  func restore(
    _ task: any TrainingTask, _ phase: TrainingConfiguration.Phase, in pool: BufferPool
  ) throws(TrainingError) -> PhaseState {
    let averaged = TrainingLoop.averaged(task)
    for parameter in averaged { parameter.replace(try tensor("value", parameter, in: pool)) }
    var state = PhaseState(task, phase, in: pool)
    for (index, parameter) in task.parameters.enumerated() {
      for slot in state.optimizer.slots[index].indices {
        state.optimizer.slots[index][slot] = try tensor("optimizer\(slot)", parameter.parameter, in: pool)
      }
    }
    state.optimizer.stepCount = header.optimizerSteps
    if state.average != nil {
      for (index, parameter) in averaged.enumerated() {
        state.average!.values[index] = try tensor("average", parameter, in: pool)
      }
    }
    if let best = header.best {
      var values: [Tensor] = []
      for parameter in averaged { values.append(try tensor("best", parameter, in: pool)) }
      state.best = PhaseState.Best(epoch: best.epoch, measurement: best.measurement, values: values)
    }
    state.epoch = header.epoch
    state.step = header.step
    state.lossSum = header.lossSum
    state.told = header.told
    state.imageCount = header.imageCount
    state.seconds = header.seconds
    state.last = header.last
    state.history = header.history
    return state
  }

  private static let metadataKey = "state"

  private static func tensor(_ kind: String, _ name: String, _ value: Tensor) -> SafetensorsTensor {
    SafetensorsTensor(TensorEntry(name: "\(kind):\(name)", shape: value.shape.extents, type: .float32)) { sink in
      try value.withElements { try sink(UnsafeRawBufferPointer($0)) }
    }
  }

  private func tensor(_ kind: String, _ parameter: Parameter, in pool: BufferPool) throws(TrainingError) -> Tensor {
    do {
      let values = try file.floats("\(kind):\(parameter.name)")
      guard values.count == parameter.shape.count else {
        throw TrainingError.cannotRead(path: path, reason: "\(parameter.name) has another size")
      }
      return Tensor(parameter.shape, values, in: pool)
    } catch let error as TrainingError {
      throw error
    } catch {
      throw .cannotRead(path: path, reason: "\(error)")
    }
  }
}
