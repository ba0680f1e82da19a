import Autodiff

/// Convolutions and a shortcut around them, which is projected where the shape changes: y = a(F(x) + shortcut(x)).
///
/// He et al., "Deep Residual Learning for Image Recognition", arXiv 1512.03385, figure 5 and equations 1 and 2. With
/// squeeze-and-excitation, F's channels are scaled before the sum: Hu et al., arXiv 1709.01507, figure 3.
struct ResidualBlock: Sendable {
  /// All convolutions but the last, each with its ReLU.
  private let first: [ConvolutionLayer]
  /// Fused with the sum and its ReLU, unless an excitation comes between them.
  private let last: ConvolutionLayer
  private let excitation: SqueezeExcitation?
  private let projection: ConvolutionLayer?
  /// Whether the projection sees means of 2x2 pixels instead of every second pixel.
  private let poolsShortcut: Bool

  /// - Parameters:
  ///   - last: with the ReLU of the sum, if there is no excitation; else with what comes before that.
  ///   - projection: nil where the shortcut is the block's input.
  init(
    _ first: [ConvolutionLayer], last: ConvolutionLayer, excitation: SqueezeExcitation? = nil,
    projection: ConvolutionLayer?, poolsShortcut: Bool = false
  ) {
    self.first = first
    self.last = last
    self.excitation = excitation
    self.projection = projection
    self.poolsShortcut = poolsShortcut
  }

  func callAsFunction(_ x: Variable) -> Variable {
    let inner = first.reduce(x) { $1($0) }
    guard let excitation else { return last(inner, adding: shortcut(x)) }
    let y = last(inner)
    return activate(add(scaleChannels(y, by: excitation.gate(globalAveragePool(y))), shortcut(x)), .relu)
  }

  private func shortcut(_ x: Variable) -> Variable {
    guard let projection else { return x }
    // At an odd length the last window is the last pixel alone.
    return projection(
      poolsShortcut ? averagePooling(x, kernel: 2, stride: 2, padding: .same, countsPadding: false) : x)
  }
}
