/// Why a model is not proved by a sample.
package enum VerificationFault: Error, Hashable, Sendable {
  /// The sample itself is at fault: its path and what is wrong with it, a sentence.
  case sample(path: String, String)
  /// One of the results is another: of the stages the first in the network's order.
  case differs(Difference)

  package struct Difference: Hashable, Sendable {
    package enum Result: Hashable, Sendable {
      case logits
      case stage(String)
      case map(layer: String)
      case gradient
    }

    package let result: Result
    package let difference: Double
    package let tolerance: Double
    /// The last stage before it that agrees; nil where none does or none was compared.
    package let lastEqual: String?

    package init(_ result: Result, _ difference: Double, tolerance: Double, lastEqual: String? = nil) {
      self.result = result
      self.difference = difference
      self.tolerance = tolerance
      self.lastEqual = lastEqual
    }
  }
}

extension VerificationFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .sample(let path, let reason): "The sample \(path) cannot be used: \(reason)"
    case .differs(let difference): difference.sentence
    }
  }
}

extension VerificationFault.Difference {
  fileprivate var sentence: String {
    let amount = "\(Self.short(difference)), where \(Self.short(tolerance)) is the most that rounding explains"
    switch result {
    case .stage(let stage):
      let before = lastEqual.map { "the results agree up to '\($0)'" } ?? "no stage before it agrees"
      return "The network does not compute what the model of the sample does: the first stage that differs is "
        + "'\(stage)', by \(amount); \(before). Import the file as the network that it is (--network), or convert the "
        + "model."
    case .logits:
      return "The network does not compute what the model of the sample does: the logits differ by \(amount) (as a "
        + "share of their deviation). "
        + (lastEqual.map { "The results agree up to the stage '\($0)', so look at what comes after it." }
          ?? "A sample with stages would tell where: 'gaze models verify-script' prints what writes one.")
    case .map(let layer):
      return "The logits agree, but the Grad-CAM map of the layer '\(layer)' differs by \(amount). Look whether the "
        + "sample's map is raw (before ReLU and scaling) and of the layer and class that the sample names."
    case .gradient:
      return "The logits agree, but their gradient by the input differs by \(amount). Look whether it is of the class "
        + "that the sample names."
    }
  }

  /// Two significant digits: "3.6", "0.00012" as "1.2e-04".
  private static func short(_ number: Double) -> String {
    guard number.isFinite, number != 0 else { return "\(number)" }
    var (mantissa, exponent) = (abs(number), 0)
    while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let digits = "\((mantissa * 10).rounded() / 10)"
    if (-2...3).contains(exponent) {
      let scale = [-2: 1000.0, -1: 100, 0: 10, 1: 1, 2: 1, 3: 1][exponent]!
      return "\((abs(number) * scale).rounded() / scale)"
    }
    return "\(digits)e\(exponent)"
  }
}
