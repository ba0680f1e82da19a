package import Autodiff
package import Models
import Networks
import Synchronization

/// One run of a network, kept: input, logits, the activations of the layers that the network says to keep, and the
/// recorded head after the target layer.
///
/// Explaining a class pulls one cotangent through the recorded head; the network is never run on this input again.
/// Methods that ask about other inputs run it on batches.
package struct ForwardPass: Sendable {
  package let classifier: Classifier
  package let engine: Engine
  /// The preprocessed image, [1, H, W, 3].
  package let input: Tensor
  /// One for each class.
  package let logits: [Float]
  /// What the kept layers gave, [1, H, W, C], or tokens, [1, T, C].
  package let activations: [String: Tensor]
  /// How many channels each layer has.
  private let layerChannels: [String: Int]
  /// What was recorded on the way; nil if nothing was.
  private let targetHead: Head?

  /// What was recorded after a layer: enough to pull a logit's cotangent back to it.
  package struct Head: Sendable {
    package let layer: String
    /// What the layer gave, as an image: [1, H, W, C].
    package let activation: Tensor
    fileprivate let recording: Recording
    fileprivate let target: Variable.Node
    fileprivate let logits: Variable.Node
  }

  /// Runs the network once on a preprocessed image, [1, H, W, 3]. Recording starts at the target layer.
  package init(of input: Tensor, by classifier: Classifier, on engine: Engine) throws(AnalysisError) {
    let network = classifier.network
    let kept = Set(network.keptLayers)
    var activations: [String: Tensor] = [:]
    var layerChannels: [String: Int] = [:]
    let (head, logits) = Self.record(
      after: network.targetLayer, of: classifier, from: input, startingAfter: nil, input: input.shape, on: engine
    ) { layer, activation in
      layerChannels[layer] = activation.shape.extents.last
      if kept.contains(layer) { activations[layer] = activation }
    }
    self.logits = logits.elements
    guard self.logits.allSatisfy({ $0.isFinite }) else {
      let layer = Self.firstNonFiniteLayer(of: classifier, from: input, after: nil, on: engine)
      throw .notFinite(layer: layer, model: classifier.name)
    }
    self.activations = activations
    self.layerChannels = layerChannels
    self.input = input
    self.classifier = classifier
    self.engine = engine
    targetHead = head
  }

  /// A pass like another one on an input of its own, without a recorded head.
  private init(of input: Tensor, logits: [Float], activations: [String: Tensor], like other: ForwardPass) {
    self.input = input
    self.logits = logits
    self.activations = activations
    layerChannels = other.layerChannels
    classifier = other.classifier
    engine = other.engine
    targetHead = nil
  }

  /// - Parameter layer: one of the network's.
  func channels(of layer: String) -> Int { layerChannels[layer]! }

  /// Whether `head(after:)` has the part after this layer at hand.
  func hasRecorded(after layer: String) -> Bool { layer == targetHead?.layer }

  /// The part of the network after a layer. After the default layer it was recorded on the way; after another it is
  /// recorded anew from the last kept activation up to that layer.
  package func head(after layer: String) -> Head {
    if let targetHead, layer == targetHead.layer { return targetHead }
    let start = classifier.network.keptLayer(upTo: layer)
    guard let activation = activations[start] else {
      preconditionFailure("ForwardPass: there is no layer \(layer)")
    }
    return Self.record(
      after: layer, of: classifier, from: activation, startingAfter: start, input: input.shape, on: engine
    ).head
  }

  /// d target / d activation of the head's layer, [1, H, W, C].
  package func gradient(of target: Target, at head: Head, rule: ReLURule = .exact) -> Tensor {
    let seed = target.seed(classCount: logits.count, batch: 1, in: engine.pool)
    let gradient = head.recording.cotangents(of: head.logits, seed: seed, at: [head.target], on: engine, rule: rule)[0]
    return classifier.network.image(of: gradient, input: input.shape, in: engine.pool)
  }

  /// Runs the network on an image, or on what the stage `start` gave, and records what comes after `layer`.
  ///
  /// - Parameters:
  ///   - input: the shape of the network's input.
  ///   - observe: sees the result of each layer on the way.
  private static func record(
    after layer: String, of classifier: Classifier, from value: Tensor, startingAfter start: String?, input: Shape,
    on engine: Engine, observe: (String, Tensor) -> Void = { _, _ in }
  ) -> (head: Head, logits: Tensor) {
    let tape = Tape(engine: engine)
    var target = start == layer ? tape.watch(value) : nil
    let logits = classifier.forward(target ?? tape.constant(value), after: start) { stage, result in
      observe(stage, result.value)
      guard stage == layer else { return result }
      let watched = tape.watch(result.value)
      target = watched
      return watched
    }
    guard let target, let targetNode = target.node, let logitsNode = logits.node else {
      preconditionFailure("ForwardPass: the logits do not depend on the layer \(layer)")
    }
    let activation = classifier.network.image(of: target.value, input: input, in: engine.pool)
    let head = Head(
      layer: layer, activation: activation, recording: tape.recording(), target: targetNode, logits: logitsNode)
    return (head, logits.value)
  }

  /// Where numbers that are not finite first came up: runs the network once more, since not every layer is kept.
  private static func firstNonFiniteLayer(
    of classifier: Classifier, from input: Tensor, after start: String?, on engine: Engine
  ) -> String {
    var first: String?
    _ = classifier.forward(Tape(engine: engine).constant(input), after: start) { stage, result in
      if first == nil, !result.value.withElements({ $0.allSatisfy { $0.isFinite } }) { first = stage }
      return result
    }
    return first ?? classifier.network.targetLayer
  }
}

// MARK: Many inputs

extension ForwardPass {
  /// How many inputs a method should run between two reports. Results do not depend on it: an input gives the same bits
  /// alone and in any batch.
  package static let preferredBatch = 4

  /// The same for computations that each take a thread: where there are more threads, none is left without one.
  var computationsAtOnce: Int { max(Self.preferredBatch, engine.workers.threadCount) }

  /// What `body` gives for each index, in order; each is a computation that runs the network on an input of its own.
  /// Threads take whole computations: none waits for another at the end of each layer, and what one layer gives is
  /// still in its core's cache for the next.
  ///
  /// - Parameter body: called from several threads at once.
  func computations<Value: Sendable>(
    _ indices: Range<Int>, _ body: @escaping @Sendable (Int) throws(AttributionError) -> Value
  ) throws(AttributionError) -> [Value] {
    let work = Computations(indices, body)
    let workers = engine.workers
    workers.forEach(indices.count) { place in workers.computing { work.run(place) } }
    var values: [Value] = []
    for result in work.finish() { values.append(try result.get()) }
    return values
  }

  /// What a network says of each of a batch of preprocessed inputs, [N, H, W, 3]: the logits, one row for each of the
  /// batch. Nothing is kept.
  package static func logits(
    of batch: Tensor, by classifier: Classifier, on engine: Engine
  ) throws(AttributionError) -> [[Float]] {
    let logits = classifier.forward(Tape(engine: engine).constant(batch))
    return try rows(of: logits.value, by: classifier, from: batch, after: nil, on: engine)
  }

  /// The logits of each of a batch of preprocessed inputs, [N, H, W, 3].
  package func logits(of batch: Tensor) throws(AttributionError) -> [[Float]] {
    try logits(of: batch, after: nil)
  }

  /// The logits for each of a batch of activations of a layer, [N, H, W, C]: runs only what comes after it. Tokens that
  /// are no places of the image stay as they are, and so does what runs beside the layer.
  package func logits(ofActivations batch: Tensor, after layer: String) throws(AttributionError) -> [[Float]] {
    guard let tokens = classifier.network.tokens else { return try logits(of: batch, after: layer) }
    let start = classifier.network.keptLayer(upTo: layer)
    guard let activation = activations[start] else {
      preconditionFailure("ForwardPass: there is no layer \(layer)")
    }
    if start == layer {
      return try logits(of: tokens.tokens(of: batch, beside: activation, in: engine.pool), after: layer)
    }
    let tape = Tape(engine: engine)
    let copies = activation.repeated(batch.shape[0], in: engine.pool)
    let logits = classifier.forward(tape.constant(copies), after: start) { [engine] name, value in
      guard name == layer else { return value }
      return tape.constant(tokens.tokens(of: batch, beside: value.value, in: engine.pool))
    }
    return try rows(of: logits.value, from: copies, after: start)
  }

  /// Passes like this one for each of a batch of preprocessed inputs, [N, H, W, 3], in one run of the network.
  func passes(of batch: Tensor) throws(AttributionError) -> [ForwardPass] {
    let kept = Set(classifier.network.keptLayers)
    var activations: [String: Tensor] = [:]
    let logits = classifier.forward(Tape(engine: engine).constant(batch)) { layer, result in
      if kept.contains(layer) { activations[layer] = result.value }
      return result
    }
    return try rows(of: logits.value, from: batch, after: nil).enumerated().map { index, logits in
      ForwardPass(
        of: batch.image(index, in: engine.pool), logits: logits,
        activations: activations.mapValues { $0.image(index, in: engine.pool) }, like: self)
    }
  }

  private func logits(of batch: Tensor, after layer: String?) throws(AttributionError) -> [[Float]] {
    let logits = classifier.forward(Tape(engine: engine).constant(batch), after: layer)
    return try rows(of: logits.value, from: batch, after: layer)
  }

  /// d target / d input for each of a batch of preprocessed inputs, and their logits: one forward pass of the batch,
  /// and a reverse pass for each target.
  ///
  /// - Parameter batch: [N, H, W, 3].
  /// - Returns: the gradients of each target, [N, H, W, 3], and N rows of logits.
  package func inputGradients(
    of targets: [Target], at batch: Tensor, rule: ReLURule = .exact
  ) throws(AttributionError) -> (gradients: [Tensor], logits: [[Float]]) {
    let tape = Tape(engine: engine)
    let input = tape.watch(batch)
    let output = classifier.forward(input)
    let logits = try rows(of: output.value, from: batch, after: nil)
    let gradients = targets.map { target in
      let seed = target.seed(classCount: self.logits.count, batch: batch.shape[0], in: engine.pool)
      return tape.cotangents(of: output, seed: seed, at: [input], rule: rule)[0]
    }
    return (gradients, logits)
  }

  /// The logits of a batch, one row for each of it; throws where one is not finite.
  private func rows(of logits: Tensor, from batch: Tensor, after layer: String?) throws(AttributionError) -> [[Float]] {
    try Self.rows(of: logits, by: classifier, from: batch, after: layer, on: engine)
  }

  private static func rows(
    of logits: Tensor, by classifier: Classifier, from batch: Tensor, after layer: String?, on engine: Engine
  ) throws(AttributionError) -> [[Float]] {
    let (values, classes) = (logits.elements, logits.shape[1])
    guard values.allSatisfy({ $0.isFinite }) else {
      let layer = firstNonFiniteLayer(of: classifier, from: batch, after: layer, on: engine)
      throw .notFinite(layer: layer, model: classifier.name)
    }
    return stride(from: 0, to: values.count, by: classes).map { Array(values[$0..<$0 + classes]) }
  }
}

extension Tensor {
  /// One image of a batch, [1, H, W, C]: a copy.
  fileprivate func image(_ index: Int, in pool: BufferPool) -> Tensor {
    let shape = Shape([1] + self.shape.extents.dropFirst())
    return withElements { elements in
      Tensor(shape, in: pool) {
        _ = $0.initialize(
          from: UnsafeBufferPointer(rebasing: elements[index * shape.count..<(index + 1) * shape.count]))
      }
    }
  }

  /// A batch of copies of one image's values.
  fileprivate func repeated(_ copies: Int, in pool: BufferPool) -> Tensor {
    withElements { elements in
      Tensor(Shape([copies] + shape.extents.dropFirst()), in: pool) { batch in
        for copy in 0..<copies {
          (batch.baseAddress! + copy * count).initialize(from: elements.baseAddress!, count: count)
        }
      }
    }
  }
}

/// Pieces of work and what came of them.
private final class Computations<Value: Sendable>: Sendable {
  private struct State {
    let body: @Sendable (Int) throws(AttributionError) -> Value
    var results: [Result<Value, AttributionError>?]
  }

  private let first: Int
  /// nil once all is done: a thread that came too late to take part may hold this object for a moment, but no tensors
  /// with it.
  private let state: Mutex<State?>

  init(_ indices: Range<Int>, _ body: @escaping @Sendable (Int) throws(AttributionError) -> Value) {
    first = indices.lowerBound
    state = Mutex(State(body: body, results: Array(repeating: nil, count: indices.count)))
  }

  func run(_ place: Int) {
    guard let body = state.withLock({ $0?.body }) else { preconditionFailure("Computations: it is over") }
    let result = Result { () throws(AttributionError) in try body(first + place) }
    state.withLock { $0?.results[place] = result }
  }

  /// What came of each, in the order of the indices, once all have run.
  func finish() -> [Result<Value, AttributionError>] {
    state.withLock { state in
      defer { state = nil }
      return state?.results.map { $0! } ?? []
    }
  }
}
