import Autodiff
import Glibc
import Images
import Networks

/// Random changes of the training images: steps in order, each done to a picture or not, by chance.
///
/// In JSON: `{"border": "edge", "steps": [{"step": "flip", "probability": 0.5}, ...]}`. Changes of geometry that follow
/// one another are one: the picture is sampled once. What is drawn for a step depends on a seed and the step's place
/// alone.
package struct Augmentation: Hashable, Sendable {
  package var border: AugmentationBorder
  package var steps: [AugmentationStep]

  package init(_ steps: [AugmentationStep] = [], border: AugmentationBorder = .edge) {
    self.border = border
    self.steps = steps
  }

  /// Whether a step needs to know what of a picture is its object.
  var needsForeground: Bool { steps.contains { $0.kind == .background } }

  /// Changes a picture and preprocesses it.
  ///
  /// - Parameters:
  ///   - seed: what is drawn follows from it.
  ///   - working: memory to work in.
  ///   - values: the result, [H, W, 3].
  func apply(
    to picture: PreparedPicture, seed: UInt64, preprocessing: Preprocessing, in working: WorkingPicture,
    into values: UnsafeMutableBufferPointer<Float>
  ) {
    if change(picture, seed: seed, to: preprocessing.inputSize, in: working) {
      preprocessing.scale(working.plane, into: values)
    } else {
      let view = resize(picture.image, to: picture.image.size, filter: preprocessing.filter, region: picture.view)
      preprocessing.scale(view, into: values)
    }
  }

  /// Changes a picture; false where chance has left it as it is, and nothing was done.
  ///
  /// - Parameter result: the size of what comes out.
  func change(_ picture: PreparedPicture, seed: UInt64, to result: ImageSize, in working: WorkingPicture) -> Bool {
    let chosen = steps.enumerated().compactMap { place, step -> (step: AugmentationStep, draw: Draw)? in
      var draw = Draw(RandomNumbers(seed: seed, stream: UInt64(place)))
      return draw.uniform() < step.probability ? (step, draw) : nil
    }
    guard !chosen.isEmpty else { return false }
    let needsForeground = chosen.contains { $0.step.kind == .background }
    working.load(picture.image, view: picture.view, foreground: needsForeground ? picture.foreground : nil)
    // What is drawn of the geometry waits until another kind of step needs the pixels.
    var geometry: ImageTransform?
    for (step, draw) in chosen {
      var draw = draw
      if let transform = step.transform(of: working, &draw) {
        geometry = geometry?.followed(by: transform) ?? transform
        continue
      }
      if let transform = geometry { working.warp(transform, to: result, border: border) }
      geometry = nil
      step.change(working, &draw)
    }
    // What was not sampled yet is cut out here.
    let isWhole = working.view == PixelRect(x: 0, y: 0, width: result.width, height: result.height)
    if let transform = geometry ?? (isWhole && working.size == result ? nil : .identity) {
      working.warp(transform, to: result, border: border)
    }
    working.clamp()
    return true
  }
}

extension Augmentation: Codable {
  private enum CodingKeys: String, CodingKey {
    case border, steps
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    steps = try values.decode([AugmentationStep].self, forKey: .steps)
    let name = try values.decodeIfPresent(String.self, forKey: .border) ?? AugmentationBorder.edge.rawValue
    guard let border = AugmentationBorder(rawValue: name) else {
      throw AugmentationError.unknownBorder(name: name, known: AugmentationBorder.allCases.map(\.rawValue))
    }
    self.border = border
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(border.rawValue, forKey: .border)
    try values.encode(steps, forKey: .steps)
  }
}

/// The random numbers of one step for one picture, in order.
struct Draw {
  private let numbers: RandomNumbers
  private var place = 0

  init(_ numbers: RandomNumbers) { self.numbers = numbers }

  /// Uniform in [0, 1).
  mutating func uniform() -> Double {
    place += 1
    return numbers.uniform(place - 1)
  }

  /// Uniform between the bounds.
  mutating func value(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A factor whose logarithm is uniform between those of the bounds.
  mutating func factor(in range: ClosedRange<Double>) -> Double {
    // One number stays what it is, to the last bit.
    range.lowerBound == range.upperBound
      ? range.lowerBound : exp(value(in: log(range.lowerBound)...log(range.upperBound)))
  }

  /// Numbers for every pixel.
  mutating func numbersForPixels() -> RandomNumbers {
    place += 1
    return RandomNumbers(seed: numbers.bits(place - 1))
  }
}
