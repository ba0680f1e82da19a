/// The pixels of a map from the largest value to the smallest; equal values in reading order (rows from the top, each
/// from the left), so NumPy's `argsort(-map, kind="stable")`.
struct PixelRanking: Sendable {
  /// The place of each pixel in that order.
  let ranks: [Int32]

  init(_ map: SaliencyMap) {
    let values = map.values
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    var ranks = [Int32](repeating: 0, count: values.count)
    for (rank, pixel) in order.enumerated() { ranks[pixel] = Int32(rank) }
    self.ranks = ranks
  }

  /// Which pixels are among the `count` largest.
  func most(_ count: Int) -> [Bool] { ranks.map { $0 < count } }

  /// Which pixels are among the `count` smallest.
  func least(_ count: Int) -> [Bool] { ranks.map { $0 >= ranks.count - count } }
}
