import Autodiff
import Networks

/// What a model's logits stand for, and so by which numbers its answers are told.
package enum OutputKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// The image is of one of several classes: probabilities softmax(z / T), which sum to 1.
  case softmax
  /// Each class is there or not, whatever the others are: probabilities sigmoid(z / T), each from 0 to 1 by itself.
  case sigmoid
  /// Numbers, such as an age: the logits themselves.
  case value

  /// Names that say no more than what kind of output it is, for a model that came without labels.
  func unnamedLabels(count: Int) -> Labels {
    switch (self, count) {
    case (.sigmoid, 1): Labels([ClassLabel(index: 0, name: "positive")])
    case (.value, 1): Labels([ClassLabel(index: 0, name: "value")])
    case (.value, _): Labels((0..<count).map { ClassLabel(index: $0, name: "value \($0)") })
    default: .unnamed(count: count)
    }
  }

  /// Whether the numbers are probabilities.
  package var isProbability: Bool { self != .value }

  /// The number that each logit is told by.
  ///
  /// - Parameters:
  ///   - logits: of one image.
  ///   - temperature: T, above 0; values have none.
  package func numbers(of logits: [Float], temperature: Double) -> [Float] {
    switch self {
    case .softmax: Autodiff.softmax(logits, temperature: temperature)
    case .sigmoid: logits.map { Float(Autodiff.sigmoid(Double($0) / temperature)) }
    case .value: logits
    }
  }

  /// The same number, of class c, less that of class d where there is one; in Double.
  package func number(
    of classIndex: Int, lessThatOf other: Int? = nil, in logits: [Float], temperature: Double
  ) -> Double {
    switch self {
    case .softmax:
      let scale = SoftmaxScale(of: logits, temperature: temperature)
      return (scale.power(of: logits[classIndex]) - (other.map { scale.power(of: logits[$0]) } ?? 0)) / scale.sum
    case .sigmoid:
      func probability(_ index: Int) -> Double { Autodiff.sigmoid(Double(logits[index]) / temperature) }
      return probability(classIndex) - (other.map(probability) ?? 0)
    case .value:
      return Double(logits[classIndex]) - (other.map { Double(logits[$0]) } ?? 0)
    }
  }
}
