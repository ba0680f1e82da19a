import Autodiff
import Explain
import Foundation
import Models
import Networks
import TestSupport
import Testing
import WeightFiles

/// A published file's whole way: read, recognised, imported into a store, loaded, run.
@Suite(.enabled(if: SharedData.isPresent, SharedData.note))
struct ImportedGoldenTests {
  @Test func aKerasFileGivesTheReferencesLogitsAndMaps() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gaze-test-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = ModelStore(path: folder)
    let path = SharedData.path("goldens/synthetic/keras_mobilenet_v2")
    let imported = try store.importCheckpoint(CheckpointImport(path + ".h5"))
    #expect(imported.manifest.architecture == "keras-mobilenet-v2")
    #expect(imported.report.isComplete && imported.report.unused.isEmpty, "\(imported.report)")

    let golden = GoldenFile(try openWeightFile(path + ".safetensors"))
    let engine = Engine(pool: BufferPool(poison: true), threadCount: 2)
    let classifier = try store.load(imported.manifest.name)
    let pass = try ForwardPass(of: SyntheticWeights.picture(in: engine.pool), by: classifier, on: engine)
    let logits = Comparison(pass.logits, expected: try golden.floats("logits"))
    #expect(logits.relativeL2 <= 1e-4, "\(logits)")
    for target in golden.targets() {
      let map = try pass.map(of: target, by: .gradCAM, at: classifier.network.targetLayer)
      let comparison = Comparison(map.values, expected: try golden.floats("class\(target)/gradcam_raw"))
      #expect(comparison.relativeL2 <= 1e-4, "class \(target): \(comparison)")
    }
  }
}
