import Foundation
import Images
import Synchronization
import Testing

@testable import Training

@Suite("An augmentation")
struct AugmentationTests {
  /// Every kind of step over the whole of a sensible range.
  private func everything() throws -> Augmentation {
    Augmentation(
      try AugmentationStep.Kind.allCases.map { kind in
        let half = kind.parameters.map { parameter -> (String, ClosedRange<Double>) in
          let (low, high) = (parameter.limits.lowerBound, parameter.limits.upperBound)
          return (parameter.name, low + (high - low) * 0.1...low + (high - low) * 0.3)
        }
        return try AugmentationStep(kind, probability: 0.5, Dictionary(uniqueKeysWithValues: half))
      }, border: .mirror)
  }

  private func decoded(_ text: String) throws -> Augmentation {
    try JSONDecoder().decode(Augmentation.self, from: Data(text.utf8))
  }

  private func refusal(_ text: String) -> AugmentationError? {
    do {
      _ = try decoded(text)
      return nil
    } catch {
      return error as? AugmentationError
    }
  }

  @Test("makes of a picture and a seed always the same, and of another seed another")
  func determinism() throws {
    let augmentation = try everything()
    let image = drawnPicture(seed: 6, 40, 32)
    let mask = ObjectMask(of: DecodedImage(image: image, format: .png, originalSize: image.size))
    let picture = PreparedPicture(image, foreground: mask)
    let size = ImageSize(width: 30, height: 28)
    let working = WorkingPicture()
    let result = { @Sendable (seed: Int, working: WorkingPicture) -> [Float] in
      _ = augmentation.change(picture, seed: UInt64(seed), to: size, in: working)
      return Array(working.levels)
    }
    // In memory that was used for others, and in new memory, on another thread.
    let results = (0..<20).map { result($0, working) }
    #expect(Set(results).count == 20)
    #expect(results.allSatisfy { $0.count == 30 * 28 * 3 && $0.allSatisfy { (0...1).contains($0) } })
    let others = Mutex([[Float]](repeating: [], count: 20))
    DispatchQueue.concurrentPerform(iterations: 20) { index in
      let other = result(19 - index, WorkingPicture())
      others.withLock { $0[19 - index] = other }
    }
    #expect(others.withLock { $0 } == results)
  }

  @Test("does a step as often as its probability says, and draws over all of its range")
  func chances() throws {
    let grey = picture(1, 1) { _, _ in [100, 100, 100] }
    let rare = Augmentation([try AugmentationStep(.brightness, probability: 0.25, ["shift": 0.1...0.3])])
    let shifts = (0..<4000).map { Int(changed(grey, by: rare, seed: $0)[0, 0][0]) - 100 }.filter { $0 > 0 }
    #expect((880...1120).contains(shifts.count))
    #expect((25...26).contains(shifts.min()!) && (76...77).contains(shifts.max()!))
    #expect(abs(Double(shifts.reduce(0, +)) / Double(shifts.count) - 51) < 1.5)
    // Of factors the logarithm is uniform: half of them lie below the geometric mean.
    let factor = Augmentation([try AugmentationStep(.exposure, ["factor": 0.25...1])])
    let levels = (0..<2000).map { Int(changed(grey, by: factor, seed: $0)[0, 0][0]) }
    #expect(levels.min()! <= 26 && levels.max()! >= 98)
    #expect((920...1080).contains(levels.count { $0 < 50 }))
    let never = Augmentation([try AugmentationStep(.brightness, probability: 0, ["shift": 0.1...0.3])])
    #expect((0..<100).allSatisfy { changed(grey, by: never, seed: $0) == grey })
  }

  @Test("draws for a step what depends on its place alone, not on whether others are done")
  func independence() throws {
    let image = drawnPicture(seed: 7)
    let noise = try AugmentationStep(.noise, ["deviation": 0.1...0.2])
    for probability in [0.0, 0.5] {
      let both = Augmentation([try AugmentationStep(.flip, probability: probability), noise])
      let flipped = (0..<8).map { changed(image, by: both, seed: $0) }
      let plain = (0..<8).map {
        changed(image, by: Augmentation([try! AugmentationStep(.flip, probability: 0), noise]), seed: $0)
      }
      #expect(zip(flipped, plain).contains { $0 == $1 })
      if probability == 0 { #expect(flipped == plain) }
    }
  }

  @Test("is readable JSON, and comes back as it was")
  func json() throws {
    let augmentation = try everything()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    #expect(try JSONDecoder().decode(Augmentation.self, from: try encoder.encode(augmentation)) == augmentation)
    let small = Augmentation(
      [
        try AugmentationStep(.rotation, probability: 0.5, ["degrees": -15...15]), try AugmentationStep(.flip),
        try AugmentationStep(.blur, ["deviation": 1.5...1.5]),
      ], border: .mean)
    let text =
      #"{"border":"mean","steps":[{"degrees":[-15,15],"probability":0.5,"step":"rotation"},{"step":"flip"},"#
      + #"{"deviation":1.5,"step":"blur"}]}"#
    #expect(String(decoding: try encoder.encode(small), as: UTF8.self) == text)
    #expect(try decoded(text) == small)
    #expect(try decoded(#"{"steps": []}"#) == Augmentation())
  }

  @Test("of the recipes is in its limits, goes through JSON, and changes every picture", arguments: [false, true])
  func recipes(isFineTuning: Bool) throws {
    let recipe = isFineTuning ? Augmentation.fineTuning : .photographs
    #expect(try JSONDecoder().decode(Augmentation.self, from: try JSONEncoder().encode(recipe)) == recipe)
    let noise = try #require(recipe.steps.first { $0.kind == .noise })
    #expect(noise.ranges == [0...(isFineTuning ? 0.03 : 0.06)])
    let image = drawnPicture(seed: 8)
    let results = (0..<10).map { changed(image, by: recipe, seed: $0) }
    #expect(Set(results).count == 10 && !results.contains(image))
  }

  @Test("is refused by name where it has a step, a parameter, a range or a border that is not")
  func refusals() throws {
    let kinds = AugmentationStep.Kind.allCases.map(\.rawValue)
    let unknown = refusal(#"{"steps": [{"step": "rotaton", "degrees": 5}]}"#)
    #expect(unknown == .unknownStep(name: "rotaton", known: kinds))
    #expect(
      unknown!.description.hasPrefix(
        "There is no augmentation step 'rotaton'. There are: crop, scale, aspect, rotation,"))
    #expect(kinds.allSatisfy(unknown!.description.contains))
    #expect(
      refusal(#"{"steps": [{"step": "rotation", "angle": 5}]}"#)
        == .unknownParameter(step: "rotation", name: "angle", known: ["degrees"]))
    #expect(
      AugmentationError.unknownParameter(step: "rotation", name: "angle", known: ["degrees"]).description
        == "The augmentation step 'rotation' has no 'angle'. It takes probability, degrees.")
    #expect(refusal(#"{"steps": [{"step": "rotation"}]}"#) == .missingParameter(step: "rotation", name: "degrees"))
    for bounds in ["[5, -5]", "[1, 2, 3]", "[]", "\"5\"", "null", "{}"] {
      #expect(
        refusal(#"{"steps": [{"step": "rotation", "degrees": \#(bounds)}]}"#)
          == .noRange(step: "rotation", name: "degrees"))
    }
    let far = refusal(#"{"steps": [{"step": "rotation", "degrees": [-400, 20]}]}"#)
    #expect(far == .range(step: "rotation", name: "degrees", range: -400...20, limits: -180...180))
    #expect(
      far!.description
        == "'degrees' of the augmentation step 'rotation' reaches from -400.0 to 20.0; it may lie between "
        + "-180.0 and 180.0.")
    #expect(
      refusal(#"{"steps": [{"step": "flip", "probability": 1.5}]}"#) == .probability(step: "flip", value: 1.5))
    #expect(
      refusal(#"{"border": "black", "steps": []}"#) == .unknownBorder(name: "black", known: ["edge", "mirror", "mean"]))
    #expect(throws: DecodingError.self) { try decoded(#"{"border": "edge"}"#) }
    #expect(throws: DecodingError.self) { try decoded(#"{"steps": [{"degrees": 3}]}"#) }
  }

  @Test("refuses both ends of every range beyond its limits", arguments: AugmentationStep.Kind.allCases)
  func limits(kind: AugmentationStep.Kind) throws {
    for (place, parameter) in kind.parameters.enumerated() {
      func step(_ range: ClosedRange<Double>) throws -> AugmentationStep {
        try AugmentationStep(
          kind,
          Dictionary(
            uniqueKeysWithValues: kind.parameters.enumerated().map { ($1.name, $0 == place ? range : $1.limits) }))
      }
      let (low, high) = (parameter.limits.lowerBound, parameter.limits.upperBound)
      _ = try step(parameter.limits)
      #expect(throws: AugmentationError.self) { try step(low - 0.001...high) }
      #expect(throws: AugmentationError.self) { try step(low...high + 0.001) }
    }
  }
}
