import Explain
import Foundation
import Images
import Models
import Networks

/// An `Explanation` of Vertex AI: the attributions of one image, one for each class.
///
/// The output that is explained is the class's logit, so `outputName` is `logits`, or `values` where these are the
/// logits, and both output values are logits (of a contrast, differences). `featureAttributions.image` is the raw map
/// as rows.
///
/// Source: google/cloud/aiplatform/v1/explanation.proto, `Attribution`.
enum VertexExplanation {
  static func json(of answer: Answer, _ ask: Ask, by loop: @escaping ParallelLoop) throws -> [UInt8] {
    let attributions = try answer.attributions.indices.map { place in
      let attribution = answer.attributions[place]
      let map = attribution.map(at: ask.resolution)
      var features = JSONObject()
      features.add("image", text: SaliencyAnswer.text(of: map))
      if ask.includesPicture {
        let picture = Data(try answer.png(place, by: loop)).base64EncodedData()
        features.add("picture_png", text: [UInt8(ascii: "\"")] + picture + [UInt8(ascii: "\"")])
      }
      var object = JSONObject()
      try object.add(membersOf: Completeness(of: attribution, isAsComputed: map == attribution.map))
      object.add("featureAttributions", text: features.text())
      try object.add(membersOf: Output(attribution))
      return object.text()
    }
    var explanation = JSONObject()
    explanation.add("attributions", objects: attributions)
    return explanation.text()
  }

  /// What a method knows that compares with a baseline, such as integrated gradients; others leave it out.
  private struct Completeness: Encodable {
    /// |the sum of all attributions − (value − value at the baseline)| / |value − value at the baseline|: only where
    /// the attributions sum up to anything, that is of signed contributions as they were computed.
    let approximationError: Double?
    let baselineOutputValue: Double?

    init(of attribution: Attribution, isAsComputed: Bool) {
      func note(_ name: String) -> Double? {
        guard case .number(let value)? = attribution.notes.first(where: { $0.name == name })?.value else { return nil }
        return value
      }
      let sums = attribution.parameters.contains { $0.name == "channels" && $0.value == .text("sum") }
      baselineOutputValue = note("target_at_baseline")
      approximationError = isAsComputed && sums ? note("completeness_error_share") : nil
    }
  }

  private struct Output: Encodable {
    let instanceOutputValue: Float
    let outputDisplayName: String
    let outputIndex: [Int]
    let outputName: String

    init(_ attribution: Attribution) {
      let prediction = attribution.prediction
      instanceOutputValue = prediction.logit - (attribution.against?.logit ?? 0)
      outputDisplayName = prediction.label.name
      outputIndex = [prediction.label.index]
      outputName = attribution.model.output == .value ? "values" : "logits"
    }

    private enum CodingKeys: String, CodingKey {
      case instanceOutputValue, outputDisplayName, outputIndex, outputName
    }
  }
}
