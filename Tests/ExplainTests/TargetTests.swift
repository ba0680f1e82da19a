import Autodiff
import Networks
import Testing

@testable import Explain

@Suite struct TargetTests {
  @Test func valueAndSeedOfAClass() {
    let target = Target(2)
    #expect(target.value(of: [1, 2, 4, 8]) == 4)
    #expect(target.value(of: [9, 1, 2, 4, 8][1...]) == 4)
    let seed = target.seed(classCount: 4, batch: 2, in: BufferPool(poison: true))
    #expect(seed.shape == [2, 4])
    #expect(seed.elements == [0, 0, 1, 0, 0, 0, 1, 0])
  }

  @Test func valueAndSeedOfAContrast() {
    let target = Target(0, against: 3)
    #expect(target.value(of: [1, 2, 4, 8]) == -7)
    #expect(target.seed(classCount: 4, batch: 1, in: BufferPool(poison: true)).elements == [1, 0, 0, -1])
  }

  @Test(arguments: [Target(5), Target(-1), Target(0, against: 5), Target(2, against: 2)])
  func refusesClassesThatMakeNoSense(_ target: Target) throws {
    let analysis = try SmallNetwork.analysis()
    #expect(throws: AttributionError.self) { try analysis.explain(ClassActivationMap(.gradCAM), target: target) }
  }

  /// A map is linear in the target: the map of a contrast is the difference of the two maps.
  @Test(arguments: ["grad-cam", "hirescam", "xgrad-cam", "input-x-gradient", "integrated-gradients"])
  func theMapOfAContrastIsTheDifference(_ name: String) throws {
    let analysis = try SmallNetwork.analysis()
    let method = try MethodCatalog.method(named: name)
    let contrast = try analysis.explain(method, target: Target(1, against: 3))
    let (one, other) = (
      try analysis.explain(method, target: Target(1)).map, try analysis.explain(method, target: Target(3)).map
    )
    let scale = Double(max(one.maximum, -one.minimum))
    for (value, parts) in zip(contrast.map.values, zip(one.values, other.values)) {
      #expect(abs(Double(value) - (Double(parts.0) - Double(parts.1))) < 1e-5 * scale)
    }
    #expect(contrast.prediction.label.index == 1 && contrast.against?.label.index == 3)
    #expect(contrast.map.minimum < 0)
  }
}
