import Autodiff
import Foundation
import Images
import TestSupport
import Testing

@testable import Models
@testable import Networks

@Suite("The temperature of probabilities")
struct TemperatureTests {
  private func logits(_ rows: [([Float], Int)]) -> LabelledLogits {
    var all = LabelledLogits(classCount: rows[0].0.count)
    for (row, classIndex) in rows { all.add(row, of: classIndex) }
    return all
  }

  /// Images of two classes whose logits are `margin` and 0, so many of them right. The loss is least where
  /// 1 / (1 + exp(-margin / T)) is the share that is right.
  private func images(_ count: Int, right: Int, margin: Float) -> LabelledLogits {
    logits((0..<count).map { ([margin, 0], $0 < right ? 0 : 1) })
  }

  @Test(
    "is the one worked out by hand",
    arguments: [(4, 3, 2.0), (10, 9, 0.5), (1000, 999, 0.4), (100, 51, 0.5), (10, 9, 40), (10, 9, 1e-3), (3, 2, 13)])
  func literal(count: Int, right: Int, margin: Double) {
    let margin = Float(margin)
    let expected = Double(margin) / log(Double(right) / Double(count - right))
    let fitted = FittedTemperature(minimisingLossOf: images(count, right: right, margin: margin))
    #expect(fitted.isAtBound == !FittedTemperature.bounds.contains(expected))
    let bounded = min(max(expected, FittedTemperature.bounds.lowerBound), FittedTemperature.bounds.upperBound)
    #expect(abs(fitted.value / bounded - 1) < 1e-10, "\(fitted.value) instead of \(bounded)")
  }

  @Test("is no worse than any of a grid", arguments: [0.2, 0.7, 1, 3, 8])
  func grid(spread: Double) {
    var random = SplitMix64(seed: UInt64(100 * spread))
    let all = logits(
      (0..<120).map { _ in
        let classIndex = Int.random(in: 0..<5, using: &random)
        var row = random.units(5).map { 2 * Float(spread) * $0 }
        row[classIndex] += Float(spread) * 1.5
        return (row, classIndex)
      })
    let fitted = FittedTemperature(minimisingLossOf: all)
    #expect(!fitted.isAtBound)
    let least = all.measures(at: fitted.value).negativeLogLikelihood
    let grid = (0...400).map { 0.05 * pow(400, Double($0) / 400) }
    let losses = grid.map { all.measures(at: $0).negativeLogLikelihood }
    #expect(losses.allSatisfy { $0 >= least })
    let best = losses.indices.min { losses[$0] < losses[$1] }!
    #expect(abs(log(grid[best] / fitted.value)) < log(400) / 400)
  }

  @Test("meets a bound, and says so, where the images do not tell it")
  func bounds() {
    let right = FittedTemperature(minimisingLossOf: images(20, right: 20, margin: 1))
    #expect(right.value == 0.05 && right.isAtBound)
    let wrong = FittedTemperature(minimisingLossOf: images(20, right: 0, margin: 1))
    #expect(wrong.value == 20 && wrong.isAtBound)
    let chance = FittedTemperature(minimisingLossOf: images(20, right: 10, margin: 1))
    #expect(chance.value == 20 && chance.isAtBound)
    let fit = TemperatureFit(to: images(20, right: 20, margin: 1), folders: [], fingerprint: "", version: "")
    #expect(fit.isAtBound && fit.doubt?.contains("20 images") == true)
    #expect(
      TemperatureFit(to: images(20, right: 19, margin: 1), folders: [], fingerprint: "", version: "").doubt == nil)
  }

  @Test("is 1 where none is better, also of logits whose exponentials vanish")
  func indifferent() {
    for row in [[0, 0, 0], [7, 7, 7]] as [[Float]] {
      let fitted = FittedTemperature(minimisingLossOf: logits([(row, 0), (row, 2)]))
      #expect(fitted.value == 1 && !fitted.isAtBound)
    }
    #expect(FittedTemperature(minimisingLossOf: images(12, right: 12, margin: 1e6)).value == 1)
    #expect(FittedTemperature(minimisingLossOf: images(12, right: 11, margin: 1e30)).value == 20)
  }

  /// p = 3/4 at T = 1 and 9/10 at T = 1/2.
  @Test("the measures are those worked out by hand")
  func measures() {
    let all = logits([([Float(log(3.0)), 0], 0), ([0, Float(log(3.0))], 0)])
    for (temperature, p) in [(1, 0.75), (0.5, 0.9)] {
      let measures = all.measures(at: temperature)
      #expect(abs(measures.meanConfidence - p) < 1e-7)
      #expect(abs(measures.expectedCalibrationError - (p - 0.5)) < 1e-7)
      #expect(abs(measures.negativeLogLikelihood + (log(p) + log(1 - p)) / 2) < 1e-6)
    }
  }

  @Test("the derivatives are those of the loss")
  func derivatives() {
    var random = SplitMix64(seed: 3)
    let all = logits((0..<30).map { (random.units(4).map { 3 * $0 }, $0 % 4) })
    func sum(_ scale: Double) -> Double { 30 * all.measures(at: 1 / scale).negativeLogLikelihood }
    for scale in [0.3, 1, 2.5] {
      let (first, second) = all.lossDerivatives(at: scale)
      let h = 1e-4
      #expect(abs((sum(scale + h) - sum(scale - h)) / (2 * h) - first) < 1e-5)
      #expect(abs((sum(scale + h) - 2 * sum(scale) + sum(scale - h)) / (h * h) - second) < 1e-3)
    }
  }

  @Test("stands in the manifest as it was; one that is no temperature makes the manifest damaged, none means 1")
  func manifest() throws {
    let folder = try ScratchFolder()
    let store = ModelStore(path: folder("store"))
    var manifest = ModelManifest(
      name: "m", title: "M", architecture: "small-cnn", preprocessing: .torchvision(filter: .bilinear), classCount: 2,
      parameterCount: 0, targetLayer: "", weightsSHA256: "w", sourceSHA256: "")
    let encoder = JSONEncoder()
    // As versions without temperatures wrote it.
    let old = try encoder.encode(manifest)
    #expect(!String(decoding: old, as: UTF8.self).contains("calibration"))
    let path = try folder.add("store/m/model.json", [UInt8](old))
    #expect(try store.manifest(of: "m") == manifest)

    manifest.calibration = .fixed(0.625)
    #expect(try store.calibrate("m", to: .fixed(0.625), weightsSHA256: "w") == manifest)
    #expect(try store.manifest(of: "m") == manifest)
    #expect(throws: ModelStoreError.replacedMeanwhile("m")) {
      try store.calibrate("m", to: nil, weightsSHA256: "others")
    }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for bad in ["0", "-0.5", "\"1\"", "1e999", "null"] {
      let changed = text.replacing("\"temperature\" : 0.625", with: "\"temperature\" : \(bad)")
      #expect(changed != text)
      try folder.add("store/m/model.json", Array(changed.utf8))
      #expect(throws: ModelStoreError.damagedManifest("m"), "\(bad)") { try store.manifest(of: "m") }
    }
    try folder.add("store/m/model.json", Array(text.utf8))
    manifest.calibration = nil
    #expect(try store.calibrate("m", to: nil, weightsSHA256: "w") == manifest)
    #expect(try store.manifest(of: "m") == manifest)
  }

  @Test("a receipt says what was fitted, or why nothing was; one without a word of it is read")
  func receipt() throws {
    for temperature in [
      TrainingReceipt.Temperature.fitted(.fixed(2)), .notFitted(reason: "There are no validation images."), nil,
    ] {
      let receipt = TrainingReceipt(
        version: "1", run: "r", seed: 0, data: .init(folders: [], fingerprint: "", counts: []), validation: nil,
        validationShare: nil, base: nil, epochs: 1, epoch: 1, measured: nil, measuredLast: nil,
        calibration: temperature, seconds: 1, configuration: .null)
      let json = try JSONEncoder().encode(receipt)
      #expect(try JSONDecoder().decode(TrainingReceipt.self, from: json) == receipt)
      let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
      let calibration = object["calibration"] as? [String: Any]
      switch temperature {
      case .fitted: #expect(calibration?["temperature"] as? Double == 2)
      case .notFitted(let reason):
        #expect(calibration?["temperature"] is NSNull && calibration?["reason"] as? String == reason)
      case nil: #expect(object["calibration"] == nil)
      }
    }
  }
}
