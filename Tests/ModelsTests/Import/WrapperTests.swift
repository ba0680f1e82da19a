import Autodiff
import TestSupport
import Testing
import WeightFiles

@testable import Models
@testable import Networks

/// Where in a file the network lies, and what lies beside it.
@Suite(.enabled(if: SharedData.isPresent, SharedData.note))
struct WrapperTests {
  private let folder: ScratchFolder
  private let store: ModelStore

  init() throws {
    folder = try ScratchFolder()
    store = ModelStore(path: folder("store"))
  }

  private func order(_ rows: [LayoutFile.Row]) throws -> CheckpointImport {
    let path = folder("file.safetensors")
    try LayoutFile(rows: rows).write(to: path)
    return CheckpointImport(path)
  }

  private static func rows(under prefix: String = "") throws -> [LayoutFile.Row] {
    try LayoutFile("torchvision-squeezenet1_1").rows.map {
      LayoutFile.Row(name: prefix + $0.name, shape: $0.shape)
    }
  }

  @Test(
    "a wrapper may have any name",
    arguments: ["cnn.", "base.", "encoder.", "timm_model.", "model.backbone.", "module._orig_mod."])
  func wrapper(_ prefix: String) throws {
    let (manifest, report) = try store.importCheckpoint(try order(try Self.rows(under: prefix)))
    #expect(manifest.architecture == "squeezenet1.1")
    #expect(report.matched.count == 52)
  }

  @Test("losses, metrics and averages beside the network are left aside and named")
  func beside() throws {
    let others = [
      LayoutFile.Row(name: "criterion.weight", shape: [1000]), LayoutFile.Row(name: "train_acc.tp", shape: [1000]),
      LayoutFile.Row(name: "n_averaged", shape: [1]),
    ]
    var order = try order(try Self.rows(under: "model.") + Self.rows(under: "ema_model.") + others)
    let (manifest, report) = try store.importCheckpoint(order)
    #expect(report.leftAside.sorted() == ["criterion", "ema_model.*", "train_acc"])
    #expect(report.notes.contains { $0.contains("--ema") })
    order.takesAverage = true
    order.replacesOthers = true
    let average = try store.importCheckpoint(order)
    #expect(average.report.leftAside.sorted() == ["criterion", "model.*", "train_acc"])
    // The rows of a LayoutFile differ by their place.
    #expect(average.manifest.weightsSHA256 != manifest.weightsSHA256)
  }

  @Test("an average that is not there is said to be missing")
  func noAverage() throws {
    var order = try order(try Self.rows())
    order.takesAverage = true
    #expect(throws: ModelStoreError.noAverage(path: order.checkpoint)) { try store.importCheckpoint(order) }
  }

  @Test("of two networks in one file none is taken")
  func two() throws {
    let order = try order(try Self.rows(under: "query.") + Self.rows(under: "key."))
    #expect(throws: ModelStoreError.severalNetworks(path: order.checkpoint, prefixes: ["key.", "query."])) {
      try store.importCheckpoint(order)
    }
  }

  private static func renamed(_ name: String, _ table: [(String, String)]) throws -> LayoutFile {
    LayoutFile(
      rows: try LayoutFile(name).rows.map { row in
        let found = table.first { row.name.hasPrefix($0.0) }
        return LayoutFile.Row(name: (found?.1 ?? "") + row.name.dropFirst(found?.0.count ?? 0), shape: row.shape)
      })
  }

  @Test("the numbers of Sequential(*children()[:-1]) are modules in their order, and the rest is the head")
  func children() throws {
    let file = try Self.renamed(
      "torchvision-resnet50",
      [
        ("conv1.", "backbone.0."), ("bn1.", "backbone.1."), ("layer1.", "backbone.4."), ("layer2.", "backbone.5."),
        ("layer3.", "backbone.6."), ("layer4.", "backbone.7."), ("fc.", "fc."),
      ])
    let found = ImportRecognition.recognise(file)
    #expect(found.map(\.architecture.name) == ["resnet50"])
    let naming = try #require(found.first).naming
    #expect(naming.publisherName("backbone.4.0.conv1.weight") == "layer1.0.conv1.weight")
    #expect(naming.publisherName("fc.weight") == "fc.weight")
  }

  @Test("modules that lack a tensor are not told by their place")
  func incompleteChildren() throws {
    let file = try Self.renamed(
      "torchvision-resnet50",
      [
        ("conv1.", "0."), ("bn1.", "1."), ("layer1.", "4."), ("layer2.", "5."), ("layer3.", "6."), ("layer4.", "7."),
        ("fc.", "fc."),
      ])
    let rows = file.rows.filter { $0.name != "6.2.conv1.weight" }
    #expect(ImportRecognition.recognise(LayoutFile(rows: rows)).isEmpty)
  }

  @Test("what the network has no use for is refused where it lies on the way to the logits, whatever is said")
  func onPath() throws {
    var rows = try Self.rows()
    rows.append(LayoutFile.Row(name: "features.3.se.fc1.weight", shape: [4, 64, 1, 1]))
    var first = try order(rows)
    first.ignoresUnused = true
    guard
      case .holdsAnother(let report) = #expect(
        throws: ModelStoreError.self, performing: { try store.importCheckpoint(first) })
    else {
      Issue.record("another error")
      return
    }
    #expect(report.unusedOnPath.map(\.source) == ["features.3.se.fc1.weight"])
    #expect(!ModelStoreError.holdsAnother(report).description.contains("--ignore-unused"))
    // A second layer that reads the logits.
    rows[rows.count - 1] = LayoutFile.Row(name: "final.weight", shape: [5, 1000])
    var second = try order(rows)
    second.ignoresUnused = true
    guard case .holdsAnother = #expect(throws: ModelStoreError.self, performing: { try store.importCheckpoint(second) })
    else {
      Issue.record("another error")
      return
    }
  }

  @Test("a file that fits no network is said to look like the nearest, with what differs")
  func likeness() throws {
    var rows = try LayoutFile("torchvision-resnet50").rows
    rows[rows.firstIndex { $0.name == "layer4.2.conv3.weight" }!].shape = [2048, 1024, 1, 1]
    let likeness = try #require(ImportLikeness(of: LayoutFile(rows: rows)))
    #expect(
      likeness.description.contains("layer4.2.conv3.weight is [2048, 1024, 1, 1] instead of [2048, 512, 1, 1]"))
  }

  @Test("samples of names leave bookkeeping out")
  func sample() {
    let names = ["bn.num_batches_tracked", "bn.running_mean", "conv.weight"]
    let entries = names.map { TensorEntry(name: $0, shape: [1], type: .float32) }
    #expect(FileNames.sample(of: entries) == ["conv.weight"])
  }
}
