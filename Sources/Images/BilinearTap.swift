/// Where a point falls along a row of cells: `fraction` of the way from the centre of `cell` to that of `cell + step`.
package struct BilinearTap: Hashable, Sendable {
  package let cell: Int
  /// 1, or 0 at the last cell.
  package let step: Int
  /// From 0 to below 1; 0 at the last cell.
  package let fraction: Float

  /// - Parameters:
  ///   - position: in cells, whole numbers at their centres; beyond the outermost centres it counts as the nearest of
  ///     them.
  ///   - cells: how many there are; at least one.
  package init(at position: Double, of cells: Int) {
    let clamped = min(max(position, 0), Double(cells - 1))
    self.init(cell: Int(clamped), of: cells, fraction: Float(clamped - clamped.rounded(.down)))
  }

  /// The same for a position that was worked out in Float, which may differ from that in Double in its last bits.
  package init(at position: Float, of cells: Int) {
    let clamped = min(max(position, 0), Float(cells - 1))
    self.init(cell: Int(clamped), of: cells, fraction: clamped - clamped.rounded(.down))
  }

  private init(cell: Int, of cells: Int, fraction: Float) {
    self.cell = cell
    step = cell + 1 < cells ? 1 : 0
    self.fraction = fraction
  }
}
