import Autodiff
import Explain
import Models
import Networks
import TestSupport
import Testing
import WeightFiles

/// A network held against a sample of its own results, and against samples in which one of them is another's.
@Suite("Verification")
struct VerificationTests {
  private let folder: ScratchFolder
  private let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
  private let classifier = SmallNetwork.classifier(.silu)

  init() throws { folder = try ScratchFolder() }

  private typealias Array4 = (shape: [Int], values: [Float])

  /// What the network itself gives, with PyTorch's order of axes, in a file.
  private func sample(_ change: (inout [String: Array4]) -> Void = { _ in }) throws -> VerificationSample {
    let (height, width) = (14, 18)
    var random = SplitMix64(seed: 3)
    let input = Tensor([1, height, width, 3], random.units(height * width * 3), in: engine.pool)
    let tape = Tape(engine: engine)
    let x = tape.watch(input)
    var arrays: [String: Array4] = [:]
    let logits = classifier.forward(x) { name, value in
      if name != "logits" { arrays["stage/\(name)"] = planar(value.value) }
      return value
    }
    arrays["input"] = planar(input)
    arrays["logits"] = ([1, 5], logits.value.elements)
    arrays["class"] = ([], [2])
    let seed = Tensor.oneHot(2, count: 5, in: engine.pool)
    arrays["gradient"] = planar(tape.cotangents(of: logits, seed: seed, at: [x])[0])
    let pass = try ForwardPass(of: input, by: classifier, on: engine)
    let map = try ClassActivationMap(.gradCAM).results(for: Question(pass: pass, target: Target(2)), .none)[0].map
    arrays["gradcam"] = ([map.height, map.width], map.values)
    change(&arrays)
    let path = folder("sample.safetensors")
    try writeSafetensors(
      arrays.sorted { $0.key < $1.key }.map {
        SafetensorsTensor(name: $0.key, shape: $0.value.shape, values: $0.value.values)
      }, to: path)
    return try VerificationSample(path)
  }

  private func planar(_ tensor: Tensor) -> Array4 {
    let (height, width, channels) = (tensor.shape[1], tensor.shape[2], tensor.shape[3])
    let (values, cells) = (tensor.elements, height * width)
    return ([1, channels, height, width], (0..<cells * channels).map { values[$0 % cells * channels + $0 / cells] })
  }

  @Test("a network agrees with itself in all that the sample has")
  func agrees() throws {
    let proof = try #require(try sample().verify(classifier, on: engine).proof)
    #expect(proof.logits == 0 && proof.stages == 0 && proof.stageCount == 2)
    #expect(proof.map == 0 && proof.gradient == 0 && proof.sampleSHA256.count == 64)
  }

  @Test("a sample of another input size is compared at that size")
  func otherSize() throws {
    #expect(classifier.preprocessing.inputWidth == 18)
    let wide = try sample { arrays in
      arrays = ["input": ([1, 8, 9, 3], [Float](repeating: 0.5, count: 216)), "logits": arrays["logits"]!]
    }
    guard case .differs(let difference)? = fault(of: wide) else {
      Issue.record("the logits of another input agree")
      return
    }
    #expect(difference.result == .logits)
  }

  private func fault(of sample: VerificationSample) -> VerificationFault? {
    do throws(VerificationFault) { _ = try sample.verify(classifier, on: engine) } catch { return error }
    return nil
  }

  @Test(
    "the first result that differs is named",
    arguments: [
      ("stage/stem", VerificationFault.Difference.Result.stage("stem"), 2e-4),
      ("stage/features", .stage("features"), 2e-4), ("logits", .logits, 2e-4),
      ("gradcam", .map(layer: "features"), 2e-3),
      ("gradient", .gradient, 1e-2),
    ])
  func differs(_ name: String, _ result: VerificationFault.Difference.Result, by share: Float) throws {
    let changed = try sample { arrays in
      arrays[name]!.values = arrays[name]!.values.enumerated().map { $0 % 2 == 0 ? $1 * (1 + 2 * share) : $1 }
    }
    guard case .differs(let difference)? = fault(of: changed) else {
      Issue.record("nothing differs")
      return
    }
    #expect(difference.result == result)
    #expect(difference.difference > difference.tolerance)
    #expect(difference.lastEqual == (name == "stage/features" ? "stem" : name == "logits" ? "features" : nil))
  }

  @Test("a stage of another name counts where nothing of its shape agrees and the logits differ")
  func otherNames() throws {
    let changed = try sample { arrays in
      for (name, ours) in [("stage/encoder.0", "stage/stem"), ("stage/encoder.1", "stage/features")] {
        arrays[name] = arrays.removeValue(forKey: ours)
      }
      arrays["stage/encoder.1"]!.values = arrays["stage/encoder.1"]!.values.map { $0 + 1 }
      arrays["logits"]!.values = arrays["logits"]!.values.reversed()
    }
    guard case .differs(let difference)? = fault(of: changed) else {
      Issue.record("nothing differs")
      return
    }
    #expect(difference.result == .stage("encoder.1") && difference.lastEqual == "encoder.0")
  }

  @Test("a sample that is none says why")
  func noSample() throws {
    #expect(throws: VerificationFault.self) { try sample { $0["input"] = nil } }
    #expect(throws: VerificationFault.self) { try sample { $0["logits"] = nil } }
    #expect(throws: VerificationFault.self) { try sample { $0["class"] = ([], [5]) } }
    #expect(throws: VerificationFault.self) { try sample { $0["logits"] = ([1, 2], [0.25, 0.75]) } }
    #expect(throws: VerificationFault.self) { try sample { $0["logits"]!.values[0] = .nan } }
    #expect(throws: VerificationFault.self) { try sample { $0["gradient"] = ([1], [1]) } }
    #expect(throws: VerificationFault.self) { try VerificationSample(folder("none")) }
    let other = try sample { $0["logits"] = ([1, 3], [1, 2, 3]) }
    #expect(fault(of: other) != nil)
  }
}
