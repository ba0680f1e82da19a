import Autodiff

/// Learned position embeddings of a square grid of patches, resized to other grids.
///
/// The leading tokens' stay as they are; those of the patches are interpolated bicubically along each axis, as
/// PyTorch's `interpolate` does.
struct PositionEmbedding: Sendable {
  /// The interpolation's kernel.
  enum Resampling: Sendable {
    /// Keys' with a = -0.5, widened where the grid becomes coarser: timm's way (`resample_abs_pos_embed`).
    case antialiased
    /// Keys' with a = -0.75, of four places whatever the grid: the way of DINOv2 and of transformers.
    case plain
  }

  private let table: LearnedTokens
  private let leading: Int
  private let positioned: Int
  private let side: Int
  private let resampling: Resampling
  /// The last grid that was not the table's own, and its embeddings; a model mostly sees one.
  private let resized = Guarded<Resized?>(nil)

  private struct Resized {
    let grid: Grid
    let positions: Tensor
  }

  private struct Grid: Hashable {
    let rows: Int
    let columns: Int
  }

  /// - Parameters:
  ///   - leading: tokens before those of the patches.
  ///   - positioned: how many of them have embeddings, the first ones; the others' are 0.
  ///   - side: rows and columns of the grid that the table was learned for.
  init(
    _ weights: WeightReader, _ name: String, leading: Int, positioned: Int, side: Int, channels: Int,
    resampling: Resampling
  ) throws(WeightError) {
    table = try LearnedTokens(weights, name, count: positioned + side * side, channels: channels)
    self.leading = leading
    self.positioned = positioned
    self.side = side
    self.resampling = resampling
  }

  /// [leading + rows x columns, channels].
  func callAsFunction(rows: Int, columns: Int, on tape: Tape) -> Variable {
    let grid = Grid(rows: rows, columns: columns)
    if positioned == leading, grid == Grid(rows: side, columns: side) { return table(on: tape) }
    guard table.areFrozen else { return mixRows(table(on: tape), by: interpolation(to: grid, in: tape.engine.pool)) }
    return resized.withLock { known in
      if let known, known.grid == grid { return tape.constant(known.positions) }
      let positions = mixRows(table(on: tape), by: interpolation(to: grid, in: tape.engine.pool))
      known = Resized(grid: grid, positions: positions.value)
      return positions
    }
  }

  /// The matrix from the table's rows to the grid's.
  private func interpolation(to grid: Grid, in pool: BufferPool) -> Tensor {
    let (vertical, horizontal) = (
      resampling.weights(from: side, to: grid.rows), resampling.weights(from: side, to: grid.columns)
    )
    let (rows, columns) = (leading + grid.rows * grid.columns, positioned + side * side)
    return Tensor([rows, columns], in: pool) { matrix in
      matrix.initialize(repeating: 0)
      for token in 0..<positioned { matrix[token * columns + token] = 1 }
      for place in 0..<grid.rows * grid.columns {
        let (y, x) = (vertical[place / grid.columns], horizontal[place % grid.columns])
        let row = (leading + place) * columns + positioned
        for (i, a) in y.enumerated() where a != 0 {
          for (j, b) in x.enumerated() where b != 0 { matrix[row + i * side + j] = Float(a * b) }
        }
      }
    }
  }
}

extension PositionEmbedding.Resampling {
  /// For each of `target` places along an axis the weights of the `source` ones.
  func weights(from source: Int, to target: Int) -> [[Double]] {
    let scale = Double(source) / Double(target)
    return (0..<target).map { place in
      let centre = scale * (Double(place) + 0.5)
      var weights = [Double](repeating: 0, count: source)
      switch self {
      case .antialiased:
        let width = max(scale, 1)
        let (first, end) = (max(Int(centre - 2 * width + 0.5), 0), min(Int(centre + 2 * width + 0.5), source))
        for i in first..<end { weights[i] = Self.keys((Double(i) + 0.5 - centre) / width, a: -0.5) }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
      case .plain:
        // Places beyond the edge take the edge's value.
        let left = Int((centre - 0.5).rounded(.down))
        for i in left - 1...left + 2 {
          weights[min(max(i, 0), source - 1)] += Self.keys(Double(i) + 0.5 - centre, a: -0.75)
        }
        return weights
      }
    }
  }

  /// Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981, equation 4 with its constraints.
  private static func keys(_ x: Double, a: Double) -> Double {
    let x = abs(x)
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0
  }
}
