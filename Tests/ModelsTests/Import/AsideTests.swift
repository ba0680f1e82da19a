import Autodiff
import Testing
import WeightFiles

@testable import Models
@testable import Networks

/// What lies in a file but not on the path from image to logits.
@Suite("Modules off the path to the logits")
struct AsideTests {
  /// Names and shapes alone, as PyTorch lays them out.
  private struct File: WeightFile {
    var format: String { "test" }
    let entries: [TensorEntry]
    var metadata: [String: String] { [:] }
    func floats(_ name: String) -> [Float] { [] }
  }

  private func inception(_ more: [String: [Int]]) throws -> ImportedWeights {
    let architecture = try #require(Architecture.named("inception-v3"))
    let account = WeightAccount(head: architecture.head)
    _ = try architecture.build(WeightReader(describing: account))
    let own = account.entries.map { entry -> TensorEntry in
      let shape = entry.parameter.shape
      let extents = shape.rank == 4 ? [shape[3], shape[2], shape[0], shape[1]] : shape.extents
      return TensorEntry(name: entry.parameter.name, shape: extents, type: .float32)
    }
    let others = more.map { TensorEntry(name: $0.key, shape: $0.value, type: .float32) }
    return ImportedWeights(
      File(entries: own + others), try #require(architecture.conventions.first), head: architecture.head)
  }

  @Test("Inception's auxiliary classifier is left out and named")
  func auxiliary() throws {
    let plain = try inception([:])
    #expect(plain.asides.isEmpty)
    let weights = try inception(["AuxLogits.fc.weight": [1000, 768], "AuxLogits.fc.bias": [1000]])
    #expect(weights.asides == ["AuxLogits": 2])
    #expect(weights.names == plain.names)
  }

  @Test("nothing else is left out")
  func others() throws {
    let weights = try inception(["AuxLogitsToo.weight": [3], "fc2.weight": [5, 1000]])
    #expect(weights.asides.isEmpty)
    #expect(Set(weights.names).isSuperset(of: ["AuxLogitsToo.weight", "fc2.weight"]))
  }
}
