import Autodiff
import Networks

/// What a frozen network gives for each image of a data set, in the order of its items.
struct Features: Sendable {
  /// Of one image, without the batch.
  private let shape: Shape
  private let values: [Float]
  /// Whose they are.
  let data: LabelledImages

  /// The features of some items, [N, ...].
  func batch(_ items: [Int], in pool: BufferPool) -> Tensor {
    let length = shape.count
    return Tensor(Shape([items.count] + shape.extents), in: pool) { result in
      values.withUnsafeBufferPointer { values in
        for (place, item) in items.enumerated() {
          _ = UnsafeMutableBufferPointer(rebasing: result[place * length..<(place + 1) * length])
            .update(fromContentsOf: values[item * length..<(item + 1) * length])
        }
      }
    }
  }

  var count: Int { data.items.count }

  /// Bytes that features of all runs may take together.
  static let byteLimit = 2 << 30

  /// Runs the network up to its last layer on every item of the loader's data.
  ///
  /// - Parameters:
  ///   - epoch: of the loader: which augmented copy of the images.
  ///   - copies: how many such sets are to be kept, for the limit.
  ///   - progress: is told how many images are done; answers whether to go on.
  /// - Returns: nil if it was stopped.
  init?(
    _ network: Network, _ loader: BatchLoader, epoch: Int, copies: Int, on engine: Engine,
    progress: (_ done: Int) -> Bool
  ) throws(TrainingError) {
    guard let head = network.head else { preconditionFailure("Features: the network has no head") }
    let stream = loader.batches(epoch: epoch)
    var shape: Shape = []
    var values: [Float] = []
    var done = 0
    while let batch = try Self.next(of: stream) {
      guard progress(done) else { return nil }
      let tape = Tape(engine: engine)
      let features = head.features(network.result(of: tape.constant(batch.images), upTo: head.layer)).value
      if values.isEmpty {
        shape = Shape(Array(features.shape.extents.dropFirst()))
        let bytes = loader.data.items.count * shape.count * MemoryLayout<Float>.size * copies
        guard bytes <= Self.byteLimit else {
          throw .featuresTooLarge(megabytes: bytes >> 20, limit: Self.byteLimit >> 20)
        }
        values = [Float](repeating: 0, count: loader.data.items.count * shape.count)
      }
      features.withElements { features in
        for (place, item) in batch.items.enumerated() {
          values.replaceSubrange(
            item * shape.count..<(item + 1) * shape.count,
            with: features[place * shape.count..<(place + 1) * shape.count])
        }
      }
      done += batch.items.count
    }
    self.shape = shape
    self.values = values
    data = loader.data
  }

  private static func next(of stream: BatchStream) throws(TrainingError) -> Batch? {
    do { return try stream.next() } catch { throw .data(error) }
  }
}

extension Network {
  /// What a stage gives for an image.
  fileprivate func result(of x: Variable, upTo layer: String) -> Variable {
    var x = x
    for stage in stages {
      x = stage.run(x)
      if stage.name == layer { return x }
    }
    preconditionFailure("Network: there is no stage named \(layer)")
  }
}
