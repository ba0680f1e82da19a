import Autodiff
import Glibc

/// What is added to the scores of two pixels of a window, by how far apart they are: [heads, pixels, pixels]. Worked
/// out once where the network serves, in every pass where it is trained.
struct PositionBias: Sendable {
  private let fixed: Tensor?
  private let compute: @Sendable (Tape) -> Variable

  /// A table of what is learned for each distance; Liu et al., "Swin Transformer", arXiv 2103.14030, equation 4.
  ///
  /// - Parameter name: the table's parameter, [(2 side - 1)^2, heads].
  init(_ weights: WeightReader, table name: String, heads: Int, side: Int) throws(WeightError) {
    let table = try LayerWeight(weights, name, .linear, [(2 * side - 1) * (2 * side - 1), heads])
    self.init(weights) { relativePositionBias(table.variable(on: $0), side: side) }
  }

  /// A small network from logarithms of distances, which other sizes of windows can use too: 16 sigmoid(MLP(d)); Liu et
  /// al., "Swin Transformer V2", arXiv 2111.09883, section 3.3. The factor and the sigmoid are the authors' code's.
  ///
  /// - Parameters:
  ///   - hidden: module of the first layer, `weight` [512, 2] and `bias` [512].
  ///   - output: module of the second layer, `weight` [heads, 512].
  init(
    _ weights: WeightReader, hidden: String, output: String, heads: Int, side: Int
  ) throws(WeightError) {
    let units = 512
    let hiddenWeight = try LayerWeight(weights, hidden + ".weight", .linear, [units, 2])
    let hiddenBias = try LayerWeight(weights, hidden + ".bias", .vector, [units])
    let outputWeight = try LayerWeight(weights, output + ".weight", .linear, [heads, units])
    let distances = weights.tensor([(2 * side - 1) * (2 * side - 1), 2], Self.logarithmicDistances(side: side))
    let (factor, zero) = (
      weights.tensor([heads], [Float](repeating: 16, count: heads)),
      weights.tensor([heads], [Float](repeating: 0, count: heads))
    )
    self.init(weights) { tape in
      let units = activate(
        linear(
          tape.constant(distances), weight: hiddenWeight.variable(on: tape), bias: hiddenBias.variable(on: tape)),
        .relu)
      let table = affine(
        activate(linear(units, weight: outputWeight.variable(on: tape)), .sigmoid), scale: .constant(factor),
        shift: .constant(zero))
      return relativePositionBias(table, side: side)
    }
  }

  private init(_ weights: WeightReader, _ compute: @escaping @Sendable (Tape) -> Variable) {
    self.compute = compute
    guard weights.trainable == nil && !weights.describes else {
      fixed = nil
      return
    }
    let bias = compute(Tape(engine: Engine(threadCount: 1))).value
    fixed = weights.tensor(bias.shape, bias.elements)
  }

  func callAsFunction(on tape: Tape) -> Variable { fixed.map { tape.constant($0) } ?? compute(tape) }

  /// Rows and columns between two pixels, sign(d) log2(1 + |8 d / (side - 1)|) / 3 each, from the top left on; equation
  /// 4 with the authors' normalisation.
  private static func logarithmicDistances(side: Int) -> [Float] {
    let axis = (1 - side..<side).map { distance -> Float in
      let scaled = 8 * Float(distance) / Float(max(side - 1, 1))
      return (scaled < 0 ? -1 : 1) * log2(abs(scaled) + 1) / 3
    }
    return axis.flatMap { row in axis.flatMap { [row, $0] } }
  }
}
