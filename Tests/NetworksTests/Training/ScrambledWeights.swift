import Autodiff
import TestSupport

@testable import Networks

/// Random weights for any network: filters and matrices that keep the signal's size, normalisations that are not the
/// identity.
struct ScrambledWeights: WeightSource {
  private let initial: InitialWeights

  init(_ architecture: Architecture, classes: Int) throws {
    initial = try InitialWeights(of: architecture, classes: classes, seed: 0)
  }

  var names: [String] { initial.names }

  func shape(of name: String, _ role: ParameterRole) -> Shape? { initial.shape(of: name, role) }

  func values(of name: String, _ role: ParameterRole) -> [Float] {
    guard let shape = shape(of: name, role) else { return [] }
    var random = SplitMix64(seed: fnv1a64(name))
    let scale: Float
    switch role {
    case .vector:
      let leaf = name.split(whereSeparator: isNameSeparator).last
      switch leaf {
      case "weight", "gamma": return random.units(shape.count).map { 1 + 0.2 * $0 }
      case "running_var", "moving_variance": return random.units(shape.count).map { 1 + 0.5 * abs($0) }
      default: return random.units(shape.count).map { 0.2 * $0 }
      }
    case .convolution: scale = (6 / Float(shape.count / shape[3])).squareRoot()
    case .depthwise: scale = (6 / Float(shape[0] * shape[1])).squareRoot()
    case .linear: scale = (6 / Float(shape[1])).squareRoot()
    case .tokens: scale = 0.5
    }
    return random.units(shape.count).map { scale * $0 }
  }
}
