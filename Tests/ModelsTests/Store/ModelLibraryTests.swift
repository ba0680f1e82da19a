import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Networks

/// Which models are in memory: three SqueezeNets of 5 MB, whose 3x3 filters are kept in a larger form.
@Suite(.enabled(if: SharedData.isPresent, SharedData.note))
struct ModelLibraryTests {
  private let folder: ScratchFolder
  private let store: ModelStore
  private let bytes = 1_235_496 * 4

  init() throws {
    folder = try ScratchFolder()
    store = ModelStore(path: folder("store"))
    let path = folder("squeezenet.safetensors")
    try LayoutFile("torchvision-squeezenet1_1").write(to: path)
    for name in ["a", "b", "c"] {
      var order = CheckpointImport(path)
      order.name = name
      _ = try store.importCheckpoint(order)
    }
  }

  @Test("a model is loaded when it is first asked for, and once")
  func once() throws {
    let library = ModelLibrary(store: store)
    #expect(library.counters == ModelLibrary.Counters())
    let first = try library.classifier("a")
    #expect(try library.classifier("a") === first)
    #expect(library.counters.loads == 1)
    #expect(library.counters.loadedModels == 1)
    // Winograd's filters are up to four times as large, and blocks have size classes, four to an octave.
    #expect((bytes...bytes * 3).contains(library.counters.loadedBytes))
  }

  @Test("beyond the limit the model goes that was unused for longest")
  func leastRecentlyUsed() throws {
    let alone = ModelLibrary(store: store)
    _ = try alone.classifier("a")
    let library = ModelLibrary(store: store, byteLimit: alone.counters.loadedBytes * 5 / 2)
    for name in ["a", "b", "a", "c"] { _ = try library.classifier(name) }
    #expect(library.counters.unloads == 1)
    #expect(library.counters.loadedModels == 2)
    _ = try library.classifier("a")
    #expect(library.counters.loads == 3)
    _ = try library.classifier("b")
    #expect(library.counters.loads == 4)
  }

  @Test("a model in use stays, whatever the limit")
  func inUse() throws {
    let library = ModelLibrary(store: store, byteLimit: 1)
    let a = try library.classifier("a")
    let b = try library.classifier("b")
    #expect(library.counters.loadedModels == 2)
    #expect(try library.classifier("a") === a)
    withExtendedLifetime(b) {}
  }

  @Test("an unloaded model's memory is free")
  func freed() throws {
    let library = ModelLibrary(store: store, byteLimit: 1)
    weak var a: Classifier?
    do { a = try library.classifier("a") }
    #expect(a != nil)
    _ = try library.classifier("b")
    #expect(a == nil)
  }

  @Test("a model whose weights are damaged is told from one that would load, without loading either")
  func faults() throws {
    let library = ModelLibrary(store: store)
    for name in ["a", "b", "c"] { #expect(library.fault(in: name) == nil) }
    #expect(library.counters == ModelLibrary.Counters())

    let weights = folder("store/a/weights.safetensors")
    let whole = try Data(contentsOf: URL(fileURLWithPath: weights))
    try whole.dropLast(1000).write(to: URL(fileURLWithPath: weights))
    guard case .weights("a", .unreadable(let reason))? = library.fault(in: "a") else {
      Issue.record("cut short: \(String(describing: library.fault(in: "a")))")
      return
    }
    #expect(!reason.contains(folder.path))
    #expect(throws: ModelStoreError.self) { try library.classifier("a") }
    try whole.write(to: URL(fileURLWithPath: weights))
    #expect(library.fault(in: "a") == nil)
    _ = try library.classifier("a")
    #expect(library.fault(in: "a") == nil)

    try FileManager.default.removeItem(atPath: folder("store/b/weights.safetensors"))
    #expect(library.fault(in: "b") != nil)
    #expect(library.fault(in: "nosuch") == .unknownModel("nosuch", known: ["a", "b", "c"]))
  }

  @Test("what only loading shows is remembered")
  func faultOfALoad() throws {
    let library = ModelLibrary(store: store)
    let weights = folder("store/a/weights.safetensors")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: weights))
    // The last number is none.
    bytes.replaceSubrange((bytes.count - 4)..., with: [0, 0, 0xC0, 0x7F])
    try bytes.write(to: URL(fileURLWithPath: weights))
    #expect(library.fault(in: "a") == nil)
    #expect(throws: ModelStoreError.self) { try library.classifier("a") }
    #expect(library.fault(in: "a") != nil)
  }

  @Test("a model that was imported again is loaded anew")
  func replaced() throws {
    let library = ModelLibrary(store: store)
    let first = try library.classifier("a")
    var order = CheckpointImport(folder("squeezenet.safetensors"))
    order.name = "a"
    order.labels = try LabelFile(
      path: folder.add("labels.txt", Array((0..<1000).map { "\($0)" }.joined(separator: "\n").utf8)))
    _ = try store.importCheckpoint(order)
    #expect(try library.classifier("a") !== first)
    #expect(library.counters.loadedModels == 1)
  }

  @Test("a model whose temperature was fitted, or taken away, is loaded anew and has it")
  func calibrated() throws {
    let library = ModelLibrary(store: store)
    let first = try library.classifier("a")
    #expect(first.temperature == 1)
    let weights = first.manifest.weightsSHA256
    _ = try store.calibrate("a", to: .fixed(0.5), weightsSHA256: weights)
    let second = try library.classifier("a")
    #expect(second.temperature == 0.5)
    #expect(second.numbers(of: [2, 0]) == first.numbers(of: [4, 0]))
    #expect(library.counters.loadedModels == 1)
    _ = try store.calibrate("a", to: nil, weightsSHA256: weights)
    #expect(try library.classifier("a").temperature == 1)
  }

  @Test("threads that ask together wait for one load")
  func together() async throws {
    let library = ModelLibrary(store: store)
    let classifiers = try await withThrowingTaskGroup(of: Classifier.self) { group in
      for _ in 0..<8 { group.addTask { try library.classifier("a") } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(classifiers.map { ObjectIdentifier($0) }).count == 1)
    #expect(library.counters.loads == 1)
  }

  @Test("a name that is not there is said so")
  func unknown() {
    #expect(throws: ModelStoreError.unknownModel("d", known: ["a", "b", "c"])) {
      try ModelLibrary(store: store).classifier("d")
    }
  }
}
