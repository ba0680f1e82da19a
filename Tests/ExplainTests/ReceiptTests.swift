import Autodiff
import Digests
import Foundation
import Images
import Networks
import Testing

@testable import Explain

@Suite struct ReceiptTests {
  private func text(_ receipt: Receipt) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(receipt), as: UTF8.self)
  }

  private func object(_ receipt: Receipt) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text(receipt).utf8)) as? [String: Any])
  }

  @Test(arguments: [nil, "n02123045"]) func aPredictionHasOneForm(_ wnid: String?) throws {
    let prediction = Prediction(
      label: ClassLabel(index: 281, wnid: wnid, name: "tabby"), logit: 9.5, probability: 0.25)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(prediction)
    let end = wnid.map { #","wnid":"\#($0)"}"# } ?? "}"
    #expect(
      String(decoding: json, as: UTF8.self) == #"{"index":281,"label":"tabby","logit":9.5,"probability":0.25"# + end)
    #expect(try JSONDecoder().decode(Prediction.self, from: json) == prediction)
  }

  @Test func saysAllThatTheMapDependsOn() throws {
    let analysis = try SmallNetwork.analysis()
    let method = try MethodCatalog.method(
      named: "integrated-gradients", ["steps": "5", "baseline": "noise", "seed": "4"])
    let attribution = try analysis.explain(method, target: Target(1, against: 3), augmentation: .flip)
    let receipt = try object(attribution.receipt(recipe: DisplayRecipe(colorMap: .viridis, range: .percentile(99))))

    #expect(receipt["gaze"] as? String == gazeVersion)
    let model = try #require(receipt["model"] as? [String: Any])
    #expect(model["name"] as? String == "small" && model["weights_sha256"] as? String == "5ma11")
    #expect(model["verification"] as? [String: String] == ["status": "unverified"])
    let made = try #require(receipt["method"] as? [String: Any])
    #expect(made["name"] as? String == "integrated-gradients")
    #expect(made["augmentation"] as? String == "flip")
    #expect(made["layers"] as? [String] == [])
    let parameters = try #require(made["parameters"] as? [String: Any])
    #expect(parameters["steps"] as? Int == 5 && parameters["seed"] as? Int == 4)
    #expect(parameters["baseline"] as? String == "noise")

    let target = try #require(receipt["target"] as? [String: Any])
    let one = try #require(target["class"] as? [String: Any])
    let other = try #require(target["against"] as? [String: Any])
    #expect(one["index"] as? Int == 1 && other["index"] as? Int == 3)
    let logits = try [one, other].map { try #require($0["logit"] as? Double) }
    #expect(abs(try #require(target["value"] as? Double) - (logits[0] - logits[1])) < 1e-6)
    #expect(Float(logits[0]) == analysis.pass.logits[1])
    #expect((one["probability"] as? Double).map { Float($0) } == analysis.numbers[1])

    let input = try #require(receipt["input"] as? [String: Any])
    #expect(input["original"] as? [String: Int] == ["width": 40, "height": 32])
    #expect(input["resized"] as? [String: Int] == ["width": 20, "height": 16])
    #expect(input["crop"] as? [String: Int] == ["x": 1, "y": 1, "width": 18, "height": 14])
    #expect((input["preprocessing"] as? [String: Any])?["filter"] as? String == "bilinear")

    let map = try #require(receipt["map"] as? [String: Any])
    #expect(map["width"] as? Int == 18 && map["height"] as? Int == 14)
    #expect((map["min"] as? Double).map { Float($0) } == attribution.map.minimum)
    #expect((map["max"] as? Double).map { Float($0) } == attribution.map.maximum)
    #expect((map["mean"] as? Double).map { Float($0) } == attribution.map.mean)
    // JSONSerialization is off by a bit or two where JSONDecoder reads the same text exactly.
    let share = try #require(map["share_of_negative_mass"] as? Double)
    #expect(abs(share - attribution.map.shareOfNegativeMass) < 1e-15)
    #expect(map["status"] as? String == "ok")

    let display = try #require(receipt["display"] as? [String: Any])
    #expect(display["colormap"] as? String == "viridis")
    #expect(display["range"] as? String == "percentile 99.0")
    #expect(display["resize"] as? String == "bilinear")
    #expect(
      display["limit"] as? Double == DisplayRange.percentile(99).limit(of: attribution.map.positivePart()))
  }

  @Test func tellsImageAndMapByTheirDigests() throws {
    let analysis = try SmallNetwork.analysis()
    let attribution = try analysis.explain(ClassActivationMap(.gradCAM), target: Target(2))
    let receipt = try object(attribution.receipt())
    let digests = try #require(receipt["digests"] as? [String: String])
    #expect(digests["image"] == Digest.sha256(of: SmallNetwork.picture).hexadecimal)
    // A PNG is decoded as it is.
    #expect(digests["pixels"] == Digest.sha256(of: try decodeImage(SmallNetwork.picture).image.pixels).hexadecimal)
    let file = NPY.encode(attribution.map)
    let numbers = file.suffix(4 * attribution.map.values.count)
    #expect(digests["map"] == Digest.sha256(of: numbers).hexadecimal)
    #expect(receipt["version"] as? Int == Receipt.version)
    #expect(receipt["isa"] as? String == InstructionSet.current.rawValue)
    #expect((receipt["input"] as? [String: Any])?["decoded"] as? [String: Int] == ["width": 40, "height": 32])
  }

  @Test func aDigestOfAMapKnowsOneNaNOnly() {
    func map(_ nan: Float, _ zero: Float) -> SaliencyMap { SaliencyMap(width: 3, height: 1, values: [1.5, nan, zero]) }
    let bytes: [UInt8] = [0, 0, 0xC0, 0x3F, 0, 0, 0xC0, 0x7F, 0, 0, 0, 0]
    #expect(map(.nan, 0).digest == .sha256(of: bytes))
    #expect(map(Float(bitPattern: 0xFFC1_2345), 0).digest == .sha256(of: bytes))
    #expect(map(.nan, -0.0).digest != .sha256(of: bytes))
  }

  @Test func aSignatureStandsBesideTheReceipt() throws {
    struct Signer: ReceiptSigner {
      func signature(of receipt: Receipt) throws(ReceiptSigningError) -> ReceiptSignature {
        ReceiptSignature(algorithm: "a", key: "k", value: receipt.digests.map)
      }
    }
    let receipt = try SmallNetwork.analysis().explain(ClassActivationMap(.gradCAM), target: Target(2)).receipt()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func written(_ signer: (any ReceiptSigner)?) throws -> String {
      String(decoding: try encoder.encode(IssuedReceipt(receipt: receipt, signer: signer)), as: UTF8.self)
    }
    #expect(try written(nil) == text(receipt))
    let signature = #""signature":{"algorithm":"a","key":"k","value":"\#(receipt.digests.map)"},"#
    #expect(try written(Signer()).replacing(signature, with: "") == text(receipt))
    #expect(try written(Signer()).contains(signature))
  }

  @Test func notesAndLayersOfOneMap() throws {
    let attribution = try SmallNetwork.analysis().explain(ClassActivationMap(.gradCAM), target: Target(2))
    let receipt = try object(attribution.receipt())
    #expect((receipt["notes"] as? [String: Any])?["logit_residual"] is Double)
    #expect((receipt["method"] as? [String: Any])?["layers"] as? [String] == ["features"])
    #expect((receipt["target"] as? [String: Any])?["against"] == nil)
    #expect(receipt["display"] == nil)
    let fused = try SmallNetwork.analysis().explain(
      ClassActivationMap(.gradCAM), target: Target(2), layers: ["stem", "features"], fusion: .maximum)
    #expect((try object(fused.receipt())["method"] as? [String: Any])?["fusion"] as? String == "max")
  }

  @Test func theSameTextEveryTime() throws {
    let texts = try (0..<4).map { _ in
      try text(
        SmallNetwork.analysis().explain(ClassActivationMap(.eigenCAM), target: Target(0)).receipt(
          recipe: DisplayRecipe()))
    }
    #expect(Set(texts).count == 1)
  }

  @Test func anotherMethodLayerOrClassIsAnotherReceipt() throws {
    let analysis = try SmallNetwork.analysis()
    let attributions = [
      try analysis.explain(ClassActivationMap(.gradCAM), target: Target(0)),
      try analysis.explain(ClassActivationMap(.gradCAM), target: Target(1)),
      try analysis.explain(ClassActivationMap(.gradCAM), target: Target(0), layers: ["stem"]),
      try analysis.explain(ClassActivationMap(.layerCAM), target: Target(0)),
      try analysis.explain(SmoothGrad(samples: 2, seed: 0), target: Target(0)),
      try analysis.explain(SmoothGrad(samples: 2, seed: 1), target: Target(0)),
    ]
    #expect(try Set(attributions.map { try text($0.receipt()) }).count == attributions.count)
  }
}
