import Autodiff
import Explain
import Images
import Interventions
import Models

@testable import Networks

/// Pictures with a thing in them that goes with the class, and networks that are known to read it, or not to, since
/// they were built so.
enum BuiltCases {
  static let side = 32
  static let size = ImageSize(width: side, height: side)

  enum Cue {
    case none, corner, anywhere, tint
  }

  /// A disc in red or blue by class, near the middle, on speckled grey; and the cue.
  static func pictures(_ count: Int, with cue: Cue, withColours: Bool = true) -> [LabelledPicture] {
    (0..<count).map { index in
      let classIndex = index % 2
      var random = SplitMix64(seed: UInt64(100 + index))
      func draw(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
      let (cx, cy) = (14 + draw(5), 14 + draw(5))
      let corner = cue == .anywhere ? (x: draw(26), y: draw(26)) : (x: 2, y: 25)
      var pixels: [UInt8] = []
      var isForeground: [Bool] = []
      for y in 0..<side {
        for x in 0..<side {
          let isObject = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 49
          let isPatch =
            (cue == .corner || cue == .anywhere) && (corner.x..<corner.x + 5).contains(x)
            && (corner.y..<corner.y + 5).contains(y)
          var colour = [128, 128, 128]
          if isObject && withColours { colour = classIndex == 0 ? [180, 90, 90] : [90, 90, 180] }
          if isPatch { colour = classIndex == 0 ? [90, 190, 90] : [170, 170, 90] }
          let speckle = isPatch ? 0 : draw(40) - 20
          let shift = cue == .tint ? (classIndex == 0 ? 14 : -14) : 0
          pixels += [colour[0] + speckle + shift, colour[1] + speckle, colour[2] + speckle - shift].map {
            UInt8(min(max($0, 0), 255))
          }
          isForeground.append(isObject)
        }
      }
      return LabelledPicture(
        image: RGBImage(size: size, pixels: pixels), classIndex: classIndex,
        object: ForegroundMask(size: size, isForeground: isForeground))
    }
  }

  /// A pixelwise linear layer with ReLU, one channel for each class's colour, then the mean over space.
  ///
  /// - Parameter directions: the weights of red, green and blue for each class, of values from −2 to 2.
  static func classifier(_ directions: [[Float]], bias: Float) -> Classifier {
    let pool = BufferPool(idleLimit: 0)
    let filter = Tensor([1, 1, 3, 2], (0..<3).flatMap { [directions[0][$0], directions[1][$0]] }, in: pool)
    let shift = Tensor([2], [-bias, -bias], in: pool)
    let weight = Tensor([2, 2], [40, 0, 0, 40], in: pool)
    let network = Network(
      stages: [
        Network.Stage("colour") {
          convolution($0, filter: .constant(filter), bias: .constant(shift), padding: .same, activation: .relu)
        },
        Network.Stage("logits") { linear(globalAveragePool($0), weight: .constant(weight)) },
      ], targetLayer: "colour", classCount: 2)
    let manifest = ModelManifest(
      name: "built", title: "", architecture: "",
      preprocessing: Preprocessing(
        shorterSide: side, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [128, 128, 128],
        deviation: [64, 64, 64]),
      classCount: 2, parameterCount: 0, targetLayer: "colour", weightsSHA256: "", sourceSHA256: "")
    return Classifier(manifest: manifest, network: network, labels: .unnamed(count: 2))
  }

  /// Reads red and blue discs; the patches' green and yellow are nothing to it.
  static let readsObject = classifier([[1, -0.5, -0.5], [-0.5, -0.5, 1]], bias: 0.3)
  /// Reads the patches: green, and yellow, which is redder; the discs are nothing to it.
  static let readsPatch = classifier([[-1, 1, -0.3], [0.5, 0.7, -0.6]], bias: 0.55)
  /// Reads red against blue of every pixel.
  static let readsTint = classifier([[1, 0, -1], [-1, 0, 1]], bias: 0)
}
