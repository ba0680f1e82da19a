package import Autodiff

extension SplitMix64 {
  package mutating func units(_ count: Int) -> [Float] { (0..<count).map { _ in unit() } }
}
