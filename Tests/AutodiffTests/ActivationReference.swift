import Autodiff
import Foundation

extension Activation {
  /// The activation in Double, from its formula.
  func reference(_ z: Double) -> Double {
    switch self {
    case .identity: z
    case .relu: z > 0 ? z : 0
    case .relu6: z < 0 ? 0 : z > 6 ? 6 : z
    case .hardSigmoid: min(max(z + 3, 0), 6) / 6
    case .hardSwish: z * min(max(z + 3, 0), 6) / 6
    case .sigmoid: 1 / (1 + exp(-z))
    case .silu: z / (1 + exp(-z))
    case .gelu: z * erfc(-z / 2.squareRoot()) / 2
    case .geluTanh: z / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (z + 0.044715 * z * z * z)))
    case .quickGELU: z / (1 + exp(-1.702 * z))
    }
  }

  /// The central difference of `reference`: right away from the kinks.
  func slope(at z: Double) -> Double {
    let h = 1e-5
    return (reference(z + h) - reference(z - h)) / (2 * h)
  }

  var kinks: [Double] {
    switch self {
    case .relu: [0]
    case .relu6: [0, 6]
    case .hardSigmoid, .hardSwish: [-3, 3]
    case .identity, .sigmoid, .silu, .gelu, .geluTanh, .quickGELU: []
    }
  }
}
