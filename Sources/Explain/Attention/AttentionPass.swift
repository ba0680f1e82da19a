import Autodiff
import Models
import Networks

/// A run of a network with its attentions at hand, which an ordinary forward pass does not keep.
///
/// It begins at the first stage's kept result, so the image is not read again. The weights of one attention are formed
/// when they are asked for, and only then.
struct AttentionPass {
  private let pass: ForwardPass
  private let places: [Place]
  private let recording: Recording
  private let logits: Variable.Node

  /// An attention of the network and what the run gave there.
  private struct Place {
    let attention: SelfAttention
    /// [1, T, 3 C].
    let queriesKeysValues: Tensor
    let result: Variable.Node
    /// The logits if the network ended after this block; nil where nobody asked for them.
    var readout: Variable.Node?
  }

  /// Matrices of weights are shown for so many tokens at most: with 16 heads they take 256 MiB.
  static let mostTokens = 2048

  /// - Parameters:
  ///   - method: who asks, for the message where the network has no attention.
  ///   - readsEachBlock: whether the logits after each block are wanted.
  init(of pass: ForwardPass, for method: String, readsEachBlock: Bool = false) throws(AttributionError) {
    let network = pass.classifier.network
    guard let last = network.attentions.last, let tokens = network.tokens else {
      let others = MethodCatalog.entries(for: network).map { $0.name }.joined(separator: ", ")
      throw .badParameter(
        "The method '\(method)' shows what a transformer's tokens attend to, and '\(pass.classifier.name)' has no "
          + "attention over its whole image. It can be asked for \(others).")
    }
    let (rows, columns) = tokens.extent(of: pass.input.shape)
    let count = tokens.leading + rows * columns
    guard count <= Self.mostTokens else {
      throw .badParameter(
        "The model '\(pass.classifier.name)' cuts its image into \(count) tokens, and attention is shown for up to "
          + "\(Self.mostTokens). Use grad-cam, or the model at a smaller size.")
    }
    let tape = Tape(engine: pass.engine)
    let first = network.stages[0].name
    var places: [Place] = []
    var queriesKeysValues: Tensor?
    let byName = Dictionary(uniqueKeysWithValues: network.attentions.map { ($0.result, $0) })
    let logits = pass.classifier.forward(tape.watch(pass.activations[first]!), after: first) { name, value in
      if let attention = byName[name], let queriesKeysValues, let node = value.node {
        places.append(Place(attention: attention, queriesKeysValues: queriesKeysValues, result: node))
      } else if name.hasSuffix(SelfAttention.queriesKeysValuesSuffix) {
        queriesKeysValues = value.value
      } else if readsEachBlock, let place = places.indices.last, name == places[place].attention.stage {
        places[place].readout = network.readout(value, skippingTo: last.stage).node
      }
      return value
    }
    guard let node = logits.node, places.count == network.attentions.count else {
      preconditionFailure("AttentionPass: '\(pass.classifier.name)' does not tell of its attentions")
    }
    self.pass = pass
    self.places = places
    self.logits = node
    recording = tape.recording()
  }

  var count: Int { places.count }
  func heads(of block: Int) -> Int { places[block].attention.heads }

  /// The softmax of each head, row by row: heads x T x T.
  func weights(of block: Int) -> Heads {
    let place = places[block]
    return Heads(place.attention.weights(place.queriesKeysValues, on: pass.engine))
  }

  /// The derivatives of a target by the weights of each attention, in forward order, one at a time.
  func eachGradient(of target: Target, _ body: (_ block: Int, Heads) -> Void) {
    let cotangents = recording.cotangents(
      of: logits, seed: seed(of: target), at: places.map { $0.result }, on: pass.engine)
    for (block, cotangent) in cotangents.enumerated() { body(block, gradient(cotangent, at: block)) }
  }

  /// The derivative of a target, read from the tokens after this very block, by the weights of its attention.
  func gradientOfReadout(of target: Target, at block: Int) -> Heads {
    guard let readout = places[block].readout else { preconditionFailure("AttentionPass: no readout of \(block)") }
    let cotangent = recording.cotangents(
      of: readout, seed: seed(of: target), at: [places[block].result], on: pass.engine)[0]
    return gradient(cotangent, at: block)
  }

  private func seed(of target: Target) -> Tensor {
    target.seed(classCount: pass.logits.count, batch: 1, in: pass.engine.pool)
  }

  private func gradient(_ cotangent: Tensor, at block: Int) -> Heads {
    let place = places[block]
    return Heads(place.attention.weightsCotangent(cotangent, qkv: place.queriesKeysValues, on: pass.engine))
  }

  /// How much each token counts for the logits at the end, [T]: the class token alone, or, in a network without one,
  /// each patch alike.
  var readTokens: [Double] {
    let grid = grid
    let patches = grid.rows * grid.columns
    var weights = [Double](repeating: 0, count: grid.leading + patches)
    if grid.leading > 0 {
      weights[0] = 1
    } else {
      for token in weights.indices { weights[token] = 1 / Double(patches) }
    }
    return weights
  }

  /// What tokens say of the image, [T]: the patches' part of it as a map.
  func map(of tokens: [Double]) -> SaliencyMap {
    let grid = grid
    return SaliencyMap(
      width: grid.columns, height: grid.rows, values: tokens[grid.leading...].map { Float($0) })
  }

  private var grid: (leading: Int, rows: Int, columns: Int) {
    let tokens = pass.classifier.network.tokens!
    let (rows, columns) = tokens.extent(of: pass.input.shape)
    return (tokens.leading, rows, columns)
  }
}

/// A T x T matrix for each head.
struct Heads {
  let count: Int
  /// T.
  let tokens: Int
  private let matrices: Tensor

  /// - Parameter matrices: [1, heads, T, T].
  init(_ matrices: Tensor) {
    count = matrices.shape[1]
    tokens = matrices.shape[2]
    self.matrices = matrices
  }

  /// The elements: heads x T x T.
  func withElements<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result { matrices.withElements(body) }

  /// For each place of the matrix what `combine` makes of the heads' values there.
  func fused(_ combine: (UnsafeBufferPointer<Float>, _ place: Int, _ square: Int) -> Double) -> [Double] {
    let square = tokens * tokens
    return withElements { elements in (0..<square).map { combine(elements, $0, square) } }
  }
}

/// v M for a row of numbers and a square matrix.
func product(_ v: [Double], _ m: [Double]) -> [Double] {
  let count = v.count
  var result = [Double](repeating: 0, count: count)
  m.withUnsafeBufferPointer { m in
    result.withUnsafeMutableBufferPointer { result in
      for i in 0..<count where v[i] != 0 {
        let row = m.baseAddress! + i * count
        for j in 0..<count { result[j] += v[i] * row[j] }
      }
    }
  }
  return result
}
