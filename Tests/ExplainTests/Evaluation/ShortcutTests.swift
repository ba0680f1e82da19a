import Autodiff
import Images
import Models
import TestSupport
import Testing

@testable import Explain
@testable import Networks

/// The alarm, on networks whose reasons are known since they were built so.
///
/// Pictures show a disc (the object, red or blue by class) on grey ground, and a patch of green or yellow in a corner
/// that goes with the class. One network has filters for red and blue alone, the other for the patches' faint green and
/// yellow: both are right about every picture.
@Suite("Shortcuts")
struct ShortcutTests {
  private static let side = 64

  private static func picture(_ classIndex: Int, seed: UInt64) -> RGBImage {
    var random = SplitMix64(seed: seed)
    let (cx, cy) = (26 + Int(random.next() % 12), 26 + Int(random.next() % 12))
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        let isObject = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 15 * 15
        let isPatch = x >= 2 && x < 12 && y >= 50 && y < 60
        let color: (Int, Int, Int) =
          isObject
          ? (classIndex == 0 ? (170, 90, 90) : (90, 90, 170))
          : isPatch ? (classIndex == 0 ? (120, 136, 120) : (136, 136, 120)) : (128, 128, 128)
        for value in [color.0, color.1, color.2] { pixels.append(UInt8(value + Int(random.next() % 3))) }
      }
    }
    return RGBImage(size: ImageSize(width: side, height: side), pixels: pixels)
  }

  /// A pixelwise linear layer with ReLU, one channel for each class's colour, then means over cells and over space.
  ///
  /// - Parameter directions: the weights of red, green and blue for each class.
  private static func classifier(_ directions: [[Float]], bias: Float) -> Classifier {
    let pool = BufferPool(idleLimit: 0)
    // HWIO: the inputs' channels outside, the outputs' inside.
    let filter = Tensor([1, 1, 3, 2], (0..<3).flatMap { [directions[0][$0], directions[1][$0]] }, in: pool)
    let shift = Tensor([2], [-bias, -bias], in: pool)
    let weight = Tensor([2, 2], [1, 0, 0, 1], in: pool)
    let network = Network(
      stages: [
        Network.Stage("colour") {
          convolution($0, filter: .constant(filter), bias: .constant(shift), padding: .same, activation: .relu)
        },
        Network.Stage("logits") { linear(globalAveragePool($0), weight: .constant(weight)) },
      ], targetLayer: "colour", classCount: 2)
    let manifest = ModelManifest(
      name: "shortcut", title: "", architecture: "",
      preprocessing: Preprocessing(
        shorterSide: side, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [128, 128, 128],
        deviation: [64, 64, 64]),
      classCount: 2, parameterCount: 0, targetLayer: "colour", weightsSHA256: "", sourceSHA256: "")
    return Classifier(manifest: manifest, network: network, labels: .unnamed(count: 2))
  }

  private func summary(of classifier: Classifier) throws -> BackgroundSummary {
    let engine = Engine(threadCount: 1)
    var evidence: [BackgroundEvidence] = []
    for index in 0..<24 {
      let picture = Self.picture(index % 2, seed: UInt64(100 + index))
      let analysis = try Analysis(of: encodePNG(picture), by: classifier, on: engine)
      #expect(analysis.topTarget.classIndex == index % 2, "the network is right about every picture")
      let attribution = try analysis.explain(ClassActivationMap(.gradCAM), target: analysis.topTarget)
      let object = try #require(ForegroundEstimate(of: picture).mask).resized(to: picture.size)
      evidence.append(try #require(BackgroundEvidence(of: attribution.mapOnInput(), foreground: object)))
    }
    return try #require(BackgroundSummary(of: evidence))
  }

  @Test("A network that decides by the object is clear")
  func object() throws {
    let summary = try summary(of: Self.classifier([[1, -0.5, -0.5], [-0.5, -0.5, 1]], bias: 0.3))
    #expect(summary.verdict == .clear)
    #expect(summary.share < 0.1)
  }

  @Test("A network that decides by a patch of the background is found out, although it is always right")
  func background() throws {
    // Both patches are greener than either object; the second is redder than the first.
    let summary = try summary(of: Self.classifier([[-1, 1, -0.3], [0.3, 1, -0.3]], bias: 0.15))
    #expect(summary.verdict == .alarm)
    #expect(summary.share > 0.9 && summary.uniform > 0.7)
  }
}
