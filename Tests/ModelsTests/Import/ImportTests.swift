import Autodiff
import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Networks

/// From a file to a model in the store, with the smallest networks.
@Suite(.enabled(if: SharedData.isPresent, SharedData.note))
struct ImportTests {
  private let folder: ScratchFolder
  private let store: ModelStore

  init() throws {
    folder = try ScratchFolder()
    store = ModelStore(path: folder("store"))
  }

  private func squeezeNet(classes: Int = 1000, change: (inout [LayoutFile.Row]) -> Void = { _ in }) throws
    -> CheckpointImport
  {
    var rows = try LayoutFile("torchvision-squeezenet1_1").rows
    for index in rows.indices where rows[index].name.hasPrefix("classifier.1") { rows[index].shape[0] = classes }
    change(&rows)
    let path = folder("file-\(UUID().uuidString).safetensors")
    try LayoutFile(rows: rows).write(to: path)
    return CheckpointImport(path)
  }

  @Test("a published file is recognised, stored and loaded")
  func wholeWay() throws {
    let (manifest, report) = try store.importCheckpoint(try squeezeNet())
    #expect(manifest.name == "squeezenet1.1")
    #expect(manifest.classCount == 1000)
    #expect(manifest.labels == nil)
    #expect(manifest.parameterCount == 1_235_496)
    #expect(report.matched.count == 52)
    #expect(report.format == "safetensors")
    let classifier = try store.load("squeezenet1.1")
    #expect(classifier.labels[281].name == "tabby")
    #expect(classifier.network.targetLayer == manifest.targetLayer)
  }

  @Test(
    "the same tensors under timm's names make the same model",
    arguments: [
      ("timm-mobilenetv2_100", "torchvision-mobilenet_v2"),
      ("timm-tf_efficientnet_lite0", "efficientnet_lite_pytorch-lite0"),
    ])
  func sameModel(_ theirs: String, _ ours: String) throws {
    var digests: [String] = []
    for name in [theirs, ours] {
      let path = folder(name)
      try LayoutFile(name).write(to: path)
      var order = CheckpointImport(path)
      order.replacesOthers = true
      // timm's names are those of both paddings.
      if name == "timm-tf_efficientnet_lite0" { order.network = "efficientnet-lite0" }
      digests.append(try store.importCheckpoint(order).manifest.weightsSHA256)
    }
    #expect(digests[0] == digests[1])
  }

  @Test("one output is refused unless somebody says what it stands for")
  func oneOutput() throws {
    var order = try squeezeNet(classes: 1)
    order.name = "one"
    #expect(throws: ModelStoreError.oneOutput("one")) { try store.importCheckpoint(order) }
    order.output = .softmax
    #expect(throws: ModelStoreError.oneOutput("one")) { try store.importCheckpoint(order) }
    #expect(!store.contains("one"))

    order.output = .value
    order.unit = "years"
    let manifest = try store.importCheckpoint(order).manifest
    #expect(manifest.output == .value && manifest.unit == "years" && manifest.labels?.map(\.name) == ["value"])
    #expect(try store.load("one").numbers(of: [-3.5]) == [-3.5])

    order.output = .sigmoid
    #expect(throws: ModelStoreError.unitOfProbability) { try store.importCheckpoint(order) }
    order.unit = nil
    #expect(try store.importCheckpoint(order).manifest.labels?.map(\.name) == ["positive"])
    #expect(try store.load("one").numbers(of: [0]) == [0.5])
  }

  @Test("two names of one sigmoid are what it says no and yes to")
  func betweenTwo() throws {
    var order = try squeezeNet(classes: 1)
    order.name = "binary"
    order.output = .sigmoid
    order.labels = try LabelFile(path: folder.add("labels.txt", Array("benign\nmalignant\n".utf8)))
    let manifest = try store.importCheckpoint(order).manifest
    #expect(manifest.classCount == 2)
    let classifier = try store.load("binary")
    #expect(classifier.labels.classes.map(\.name) == ["benign", "malignant"])
    #expect(classifier.network.classCount == 2)
    let engine = Engine(threadCount: 1)
    let tape = Tape(engine: engine)
    let logits = classifier.forward(
      tape.constant(.zeros(classifier.preprocessing.inputShape, in: engine.pool))
    ).value.elements
    #expect(logits.count == 2 && logits[0] == -logits[1])
    let numbers = classifier.numbers(of: logits)
    #expect(abs(numbers[0] + numbers[1] - 1) < 1e-6)
    let randomised = try store.randomiser(of: classifier, seed: 1).classifier(randomising: 1)
    #expect(randomised.network.classCount == 2)
  }

  @Test("a fine-tuned head decides the number of classes, and labels come along")
  func fineTuned() throws {
    var order = try squeezeNet(classes: 3)
    order.name = "my-net"
    order.labels = try LabelFile(path: folder.add("labels.txt", Array("cat\ndog\nfish\n".utf8)))
    #expect(try store.importCheckpoint(order).manifest.classCount == 3)
    #expect(try store.load("my-net").labels.classes.map(\.name) == ["cat", "dog", "fish"])

    order.labels = nil
    let (manifest, _) = try store.importCheckpoint(order)
    #expect(manifest.labels?.map(\.name) == ["class 0", "class 1", "class 2"])

    order.labels = try LabelFile(path: folder.add("two.txt", Array("cat\ndog\n".utf8)))
    #expect(throws: ModelStoreError.labels(.count(folder("two.txt"), labels: 2, classes: 3))) {
      try store.importCheckpoint(order)
    }
  }

  @Test("all that is missing, misshapen or unused is reported together, and nothing is stored")
  func report() throws {
    var order = try squeezeNet { rows in
      rows.removeAll { $0.name.hasPrefix("features.3.squeeze") }
      rows[rows.firstIndex { $0.name == "features.4.expand3x3.bias" }!].shape = [63]
      rows.append(LayoutFile.Row(name: "extra.weight", shape: [2, 5]))
    }
    order.network = "squeezenet1.1"
    let error = #expect(throws: ModelStoreError.self) { try store.importCheckpoint(order) }
    guard case .doesNotFit(let report) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(report.missing.map(\.name) == ["features.3.squeeze.weight", "features.3.squeeze.bias"])
    #expect(report.missing.map(\.shape) == [[1, 1, 64, 16], [16]])
    #expect(report.mismatched.map(\.name) == ["features.4.expand3x3.bias"])
    #expect(report.mismatched.first?.found == [63])
    #expect(report.mismatched.first?.expected == [64])
    #expect(report.unused == [ImportReport.Unused(source: "extra.weight", shape: [2, 5])])
    #expect(report.matched.count == 49)
    #expect(store.list().models.isEmpty)
  }

  @Test("a missing head does not hide what else is missing")
  func headless() throws {
    var order = try squeezeNet { $0.removeAll { $0.name.hasPrefix("classifier") || $0.name == "features.0.bias" } }
    order.network = "squeezenet1.1"
    guard
      case .doesNotFit(let report) = #expect(
        throws: ModelStoreError.self, performing: { try store.importCheckpoint(order) })
    else { return }
    #expect(Set(report.missing.map(\.name)) == ["features.0.bias", "classifier.1.weight", "classifier.1.bias"])
  }

  @Test("an unused tensor is refused unless it is said to be known")
  func unused() throws {
    var order = try squeezeNet { $0.append(LayoutFile.Row(name: "ema.decay", shape: [1])) }
    guard case .holdsMore = #expect(throws: ModelStoreError.self, performing: { try store.importCheckpoint(order) })
    else {
      Issue.record("another error")
      return
    }
    order.ignoresUnused = true
    #expect(try store.importCheckpoint(order).report.unused.map(\.source) == ["ema.decay"])
    _ = try store.load("squeezenet1.1")
  }

  @Test("names with prefixes of wrappers are found")
  func prefixes() throws {
    let order = try squeezeNet { rows in
      for index in rows.indices { rows[index].name = "module.model." + rows[index].name }
    }
    #expect(try store.importCheckpoint(order).report.matched.count == 52)
  }

  @Test("another file does not take a model's place unasked")
  func nameTaken() throws {
    let first = try squeezeNet()
    _ = try store.importCheckpoint(first)
    _ = try store.importCheckpoint(first)
    var second = try squeezeNet(classes: 5)
    #expect(throws: ModelStoreError.nameTaken("squeezenet1.1")) { try store.importCheckpoint(second) }
    second.replacesOthers = true
    #expect(try store.importCheckpoint(second).manifest.classCount == 5)
  }

  @Test("a file of no known network is refused with some of its names")
  func unrecognised() throws {
    let path = folder("other.safetensors")
    try LayoutFile(rows: [LayoutFile.Row(name: "encoder.weight", shape: [2, 2])]).write(to: path)
    #expect(throws: ModelStoreError.unrecognised(path: path, names: ["encoder.weight"], likeness: nil)) {
      try store.importCheckpoint(CheckpointImport(path))
    }
  }

  @Test("a catalog's digest is compared before anything is read")
  func wrongDigest() throws {
    var order = try squeezeNet()
    order.entry = CatalogEntry.named("squeezenet1.1")
    guard case .wrongDigest = #expect(throws: ModelStoreError.self, performing: { try store.importCheckpoint(order) })
    else {
      Issue.record("another error")
      return
    }
  }

  @Test("timm's Lite networks have two kinds of padding: the import asks which")
  func ambiguity() throws {
    let path = folder("lite0")
    try LayoutFile("timm-efficientnet_lite0").write(to: path)
    let error = #expect(throws: ModelStoreError.self) { try store.importCheckpoint(CheckpointImport(path)) }
    #expect(error?.description.contains("efficientnet-lite0, timm-efficientnet-lite0.") == true)
  }
}
