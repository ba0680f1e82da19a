import Explain
import Foundation
import Models
import Networks

/// Numbers as the page shows them. `Static/js/format.js` writes them the same way.
enum DisplayText {
  private static let noBreakSpace = "\u{A0}"

  /// "39.5 %"
  static func percent(_ probability: Float) -> String {
    let hundredths = Double(probability) * 100
    if hundredths > 0 && hundredths < 0.05 { return "<0.1\(noBreakSpace)%" }
    return String(format: "%.1f", hundredths) + noBreakSpace + "%"
  }

  /// "39.5 %", or a value with its unit: "41.2 mm".
  static func number(_ number: Prediction.Number) -> String {
    switch number {
    case .probability(let probability): percent(probability)
    case .value(let value, let unit): DisplayText.number(value) + (unit.map { noBreakSpace + $0 } ?? "")
    }
  }

  private static func sentence(_ verification: Verification) -> String {
    switch verification {
    case .unverified: "Unverified."
    case .published: "As published (digest checked)."
    case .verified: "Verified."
    }
  }

  /// What a model knows, and how it came by it: "4 classes: white, black, blue, glass."
  static func summary(of model: ModelManifest) -> String {
    let names = (model.labels ?? Labels.imageNet.classes).map(\.name)
    let shown = names.prefix(names.count > mostClassNames ? 3 : mostClassNames).map { $0.abbreviated() }
    let classes =
      "\(names.count) \(kind(of: model, count: names.count)): \(shown.joined(separator: ", "))\(names.count > shown.count ? " …" : ".")"
    guard let training = model.training else { return "\(classes) \(sentence(model.verification ?? .unverified))" }
    let base = training.base.map { " from \($0.name)" } ?? ""
    let images = training.data.counts.reduce(0, +)
    var text = "\(classes) Trained here\(base) on \(images) images"
    if let measured = training.measured {
      let count = training.validation.map { " of \($0.counts.reduce(0, +))" } ?? ""
      if let accuracy = measured.accuracy { text += "; \(percent(Float(accuracy)))\(count) right in validation" }
      if let error = measured.meanAbsoluteError {
        text += "; off by \(number(.value(Float(error), unit: model.unit))) in validation"
      }
    }
    return text + "."
  }

  /// What models are called in a list: by their titles, and where several have one, by their names too.
  static func titles(of models: [ModelManifest]) -> [String: String] {
    let counts = Dictionary(models.map { ($0.title, 1) }, uniquingKeysWith: +)
    return Dictionary(
      uniqueKeysWithValues: models.map { ($0.name, counts[$0.title] == 1 ? $0.title : "\($0.title) (\($0.name))") })
  }

  /// "about 20 s"; nil for what is hardly noticed. `Static/js/costs.js` says it the same way.
  static func cost(_ duration: Duration) -> String? {
    guard duration >= .milliseconds(1500) else { return nil }
    let seconds = Int((duration.milliseconds / 1000).rounded())
    return seconds < 60 ? "about \(seconds) s" : "about \(Int((Double(seconds) / 60).rounded())) min"
  }

  private static func kind(of model: ModelManifest, count: Int) -> String {
    let noun = model.output == .value ? "value" : "class"
    return count == 1 ? noun : model.output == .value ? "values" : "classes"
  }

  /// So many are named in full.
  private static let mostClassNames = 8

  /// Three significant digits with a true minus sign, as JavaScript's `toPrecision(3)` writes them.
  static func number(_ value: Float) -> String {
    let number = Double(value)
    guard number != 0 else { return "0" }
    let scientific = String(format: "%.2e", number)
    guard let mark = scientific.lastIndex(of: "e"), let exponent = Int(scientific[scientific.index(after: mark)...])
    else { return "–" }
    let text: String =
      switch exponent {
      case 3...: String(format: "%.0f", number)
      case -6..<3: String(format: "%.\(2 - exponent)f", number)
      default: "\(scientific[..<mark])e\(exponent)"
      }
    return text.replacing("-", with: "\u{2212}")
  }

  /// At most two digits after the point, without trailing zeros.
  static func plain(_ number: Double) -> String {
    let rounded = (number * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e9 ? String(Int(rounded)) : String(rounded)
  }
}
