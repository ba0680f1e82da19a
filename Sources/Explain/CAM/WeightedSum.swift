import Autodiff

/// In which order the products w_k A_k of a cell are added up. The last bits of a map depend on it, so each method
/// keeps its own.
enum SummationOrder {
  /// One sum, k rising.
  case channelByChannel
  /// Eight sums side by side, since one alone would wait for each addition to end; then their total, then what is left
  /// over.
  case eightAtOnce
}

extension LayerView {
  /// The sum over k of w_k A_k at each cell, in Double.
  ///
  /// - Parameter weights: one for each channel.
  func weightedSum(_ weights: [Double], order: SummationOrder) -> [Double] {
    weights.withUnsafeBufferPointer { weights in
      (0..<cells).map { cell in
        let values = channels(of: cell)
        let (start, whole) = order == .eightAtOnce ? eightSums(weights, values) : (0, 0)
        return (whole..<values.count).reduce(start) { $0 + weights[$1] * Double(values[$1]) }
      }
    }
  }
}

/// The total of eight sums of products, and how many products are in it.
private func eightSums(
  _ weights: UnsafeBufferPointer<Double>, _ values: UnsafeBufferPointer<Float>
) -> (sum: Double, count: Int) {
  var sums = SIMD8<Double>(repeating: 0)
  let whole = values.count / 8 * 8
  let (weightBytes, valueBytes) = (UnsafeRawBufferPointer(weights), UnsafeRawBufferPointer(values))
  for start in stride(from: 0, to: whole, by: 8) {
    let weight = weightBytes.loadUnaligned(fromByteOffset: start * 8, as: SIMD8<Double>.self)
    let value = valueBytes.loadUnaligned(fromByteOffset: start * 4, as: SIMD8<Float>.self)
    sums += weight * SIMD8<Double>(value)
  }
  return (sums.sum(), whole)
}

/// The map of the sum over k of w_k A_k.
///
/// - Parameter activation: [1, H, W, C].
func weightedSum(of activation: Tensor, _ weights: [Double], order: SummationOrder) -> SaliencyMap {
  let values = activation.withElements { LayerView($0, activation.shape).weightedSum(weights, order: order) }
  return SaliencyMap(width: activation.shape[2], height: activation.shape[1], values: values.map { Float($0) })
}
