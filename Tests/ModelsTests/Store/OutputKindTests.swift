import Foundation
import Images
import TestSupport
import Testing

@testable import Models
@testable import Networks

@Suite("What logits stand for") struct OutputKindTests {
  @Test("decides the numbers that are told")
  func numbers() {
    let logits: [Float] = [0, 2, -2]
    // exp(2) = 7.389056, exp(-2) = 0.135335; 1 / (1 + exp(-2)) = 0.880797
    #expect(near(OutputKind.softmax.numbers(of: logits, temperature: 1), [0.117310, 0.866814, 0.015876]))
    #expect(near(OutputKind.sigmoid.numbers(of: logits, temperature: 1), [0.5, 0.880797, 0.119203]))
    // 1 / (1 + exp(-2 / 4)) = 0.622459
    #expect(near(OutputKind.sigmoid.numbers(of: logits, temperature: 4), [0.5, 0.622459, 0.377541]))
    #expect(OutputKind.value.numbers(of: logits, temperature: 1) == logits)
  }

  @Test("gives one class's number, and a difference of two, in Double", arguments: OutputKind.allCases)
  func differences(output: OutputKind) {
    let logits: [Float] = [0.5, -1.25, 3]
    let all = output.numbers(of: logits, temperature: 1)
    for index in logits.indices {
      #expect(abs(output.number(of: index, in: logits, temperature: 1) - Double(all[index])) < 1e-6)
    }
    let difference = output.number(of: 2, lessThatOf: 1, in: logits, temperature: 1)
    #expect(abs(difference - Double(all[2] - all[1])) < 1e-6)
  }

  @Test("one output by softmax is certain whatever it sees; by sigmoid it is not")
  func oneOutput() {
    #expect(OutputKind.softmax.numbers(of: [-9], temperature: 1) == [1])
    #expect(near(OutputKind.sigmoid.numbers(of: [-9], temperature: 1), [0.000123]))
  }

  @Test("a manifest that says nothing means softmax, and is written as it was")
  func oldManifest() throws {
    let manifest = manifest(.softmax)
    let object = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(manifest)) as? [String: Any])
    #expect(object["output"] == nil && object["unit"] == nil)
    #expect(try JSONDecoder().decode(ModelManifest.self, from: JSONEncoder().encode(manifest)).output == .softmax)
  }

  @Test("a manifest that says it is read as it was written")
  func manifests() throws {
    var manifest = manifest(.value)
    manifest.unit = "mm"
    let read = try JSONDecoder().decode(ModelManifest.self, from: JSONEncoder().encode(manifest))
    #expect(read == manifest && read.output == .value && read.unit == "mm")
  }

  @Test("a sigmoid's temperature minimises the binary cross-entropy")
  func temperature() {
    // One class with logit 3 that is there in 4 of 5 images, one with -3 that is in none of 5 but one: sigmoid(3 / T)
    // is 4/5 where 3 / T = log 4.
    var logits = LabelledLogits(classCount: 2, output: .sigmoid)
    for classes in [[0], [0], [0], [0, 1], []] { logits.add([3, -3], ofClasses: classes) }
    let fitted = FittedTemperature(minimisingLossOf: logits)
    #expect(abs(fitted.value - 3 / log(4)) < 1e-9)
    let measures = logits.measures(at: fitted.value)
    #expect(abs(measures.negativeLogLikelihood - (-0.8 * log(0.8) - 0.2 * log(0.2))) < 1e-9)
    #expect(abs(measures.meanConfidence - 0.8) < 1e-9)
    #expect(measures.expectedCalibrationError < 1e-9)
  }

  private func manifest(_ output: OutputKind) -> ModelManifest {
    ModelManifest(
      name: "m", title: "", architecture: "resnet18",
      preprocessing: Preprocessing(
        shorterSide: nil, filter: .bilinear, inputWidth: 5, inputHeight: 4, mean: [0, 0, 0], deviation: [1, 1, 1]),
      classCount: 3, parameterCount: 0, targetLayer: "layer4", weightsSHA256: "", sourceSHA256: "", output: output)
  }

  private func near(_ numbers: [Float], _ expected: [Float]) -> Bool {
    numbers.count == expected.count && zip(numbers, expected).allSatisfy { abs($0 - $1) < 1e-6 }
  }
}
