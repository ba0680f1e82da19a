import TestSupport
import Testing

@testable import WeightFiles

/// What training scripts save beside the weights, and where they put the weights.
@Suite
struct CheckpointTests {
  private static let storage = Pickle.storage("FloatStorage", "0", 2)
  private static let tensor = Pickle.tensor(storage, [2], [1])

  private static func checkpoint(_ items: [UInt8]...) throws -> any WeightFile {
    try open(
      Pickle.legacy(
        bytes("}(") + items.flatMap { $0 } + bytes("u"),
        storages: [(key: "0", data: Pickle.storageData([3, 4]))]))
  }

  private static func stateDict(_ names: String...) -> [UInt8] {
    bytes("}(") + names.flatMap { Pickle.text($0) + tensor } + bytes("u")
  }

  /// `cls.__new__(cls)` with a dictionary as its state.
  private static func object(_ module: String, _ name: String, _ state: [UInt8]) -> [UInt8] {
    Pickle.global(module, name) + bytes(")") + [0x81] + state + bytes("b")
  }

  @Test("the arguments of a training script are read as data, and the optimizer is left aside")
  func trainingCheckpoint() throws {
    let arguments = Self.object(
      "argparse", "Namespace",
      Pickle.dictionary(
        Pickle.text("model"), Pickle.text("resnet18"), Pickle.text("epochs"), Pickle.integer(90),
        Pickle.text("mean"), Pickle.tuple(bytes("G") + bigEndian(0.5), bytes("G") + bigEndian(0.25)),
        Pickle.text("amp"), [0x88]))
    let file = try Self.checkpoint(
      Pickle.text("model"), Self.stateDict("conv1.weight", "fc.weight"), Pickle.text("optimizer"),
      Pickle.dictionary(Pickle.text("state"), Self.stateDict("momentum_buffer")), Pickle.text("args"), arguments,
      Pickle.text("epoch"), Pickle.integer(3))
    #expect(file.entries.map(\.name) == ["conv1.weight", "fc.weight"])
    #expect(file.leftAside == ["optimizer", "args", "epoch"])
    #expect(
      file.checkpointMetadata.values == [
        "args.model": "resnet18", "args.epochs": "90", "args.mean": "0.5,0.25", "args.amp": "True", "epoch": "3",
      ])
  }

  private func bigEndian(_ value: Double) -> [UInt8] { bytes(value.bitPattern.byteSwapped) }

  @Test(
    "values of the standard library, NumPy and PyTorch beside the weights are skipped",
    arguments: [
      Pickle.global("numpy.core.multiarray", "scalar")
        + Pickle.tuple(Pickle.global("numpy", "dtype") + Pickle.tuple(Pickle.text("f8")) + bytes("R"), bytes("C\u{1}a"))
        + bytes("R"),
      Pickle.global("datetime", "datetime") + Pickle.tuple(bytes("C\u{1}a")) + bytes("R"),
      Pickle.global("pathlib", "PosixPath") + Pickle.tuple(Pickle.text("/"), Pickle.text("tmp")) + bytes("R"),
      Pickle.global("collections", "defaultdict") + Pickle.tuple(Pickle.global("builtins", "list"))
        + bytes("R(") + Pickle.text("a") + bytes("Nu"),
      Pickle.global("torch", "device") + Pickle.tuple(Pickle.text("cuda")) + bytes("R"),
      Pickle.global("torch", "float16"),
      [0x8F] + bytes("(") + Pickle.integer(1) + [0x90],
      bytes("(") + Pickle.integer(1) + [0x91],
    ] as [[UInt8]])
  func inert(_ value: [UInt8]) throws {
    let file = try Self.checkpoint(Pickle.text("net"), Self.stateDict("w", "v"), Pickle.text("value"), value)
    #expect(file.entries.map(\.name) == ["w", "v"])
    #expect(file.leftAside == ["value"])
  }

  @Test(
    "names that are no data stay refused, in a sentence that says what to save",
    arguments: [
      ("torchvision.models.resnet", "ResNet", "whole model"), ("__main__", "Net", "whole model"),
      ("builtins", "getattr", "could run code"), ("builtins", "eval", "could run code"),
      ("numpy", "load", "could run code"), ("torch.storage", "_load_from_bytes", "could run code"),
      ("my.module", "Config", "could run code"), ("torch._utils", "_rebuild_qtensor", "quantized"),
      ("torch", "qint8", "quantized"),
    ])
  func refused(_ module: String, _ name: String, _ words: String) throws {
    let error = #expect(throws: WeightFileError.self) {
      try Self.checkpoint(Pickle.text("net"), Self.stateDict("w"), Pickle.text("x"), Pickle.global(module, name))
    }
    #expect(error?.description.contains(words) == true)
    #expect(error?.description.contains("save") == true)
  }

  @Test("what is data is not called as a function of anything else")
  func onlyAsItIs() {
    #expect(throws: WeightFileError.self) {
      try Self.checkpoint(Pickle.text("x"), Pickle.text("os") + bytes(")") + [0x81])
    }
    // A storage's type is a mark and no constructor.
    #expect(throws: WeightFileError.self) {
      try Self.checkpoint(Pickle.text("x"), Pickle.global("torch", "FloatStorage") + bytes(")") + [0x81])
    }
  }

  @Test(
    "the state dict is found under any key and at any depth",
    arguments: [
      (Pickle.text("net") + stateDict("w", "v"), ["w", "v"]),
      (Pickle.text("weights") + stateDict("w", "v"), ["w", "v"]),
      (Pickle.text("epoch") + bytes("N") + Pickle.text("my_network") + stateDict("w", "v"), ["w", "v"]),
      (
        Pickle.text("model") + Pickle.dictionary(Pickle.text("state_dict") + stateDict("w", "v")), ["w", "v"]
      ),
      // Saved apart: together they are the network.
      (
        Pickle.text("backbone") + stateDict("a", "b", "c") + Pickle.text("head") + stateDict("w"),
        ["backbone.a", "backbone.b", "backbone.c", "head.w"]
      ),
      (Pickle.text("w") + tensor + Pickle.text("v") + tensor, ["w", "v"]),
    ] as [([UInt8], [String])])
  func place(_ items: [UInt8], _ names: [String]) throws {
    #expect(try Self.checkpoint(items).entries.map(\.name) == names)
  }

  @Test(
    "an average of the weights is kept apart",
    arguments: ["model_ema", "ema", "state_dict_ema", "model_ema_state_dict", "swa_model"])
  func average(_ key: String) throws {
    let both = try Self.checkpoint(
      Pickle.text("state_dict"), Self.stateDict("w", "v"), Pickle.text(key), Self.stateDict("module.w", "module.v"))
    #expect(both.entries.map(\.name) == ["w", "v"])
    #expect(both.average?.entries.map(\.name) == ["module.w", "module.v"])
    #expect(try both.average?.floats("module.w") == [3, 4])
    let alone = try Self.checkpoint(Pickle.text(key), Self.stateDict("w", "v"))
    #expect(alone.entries.map(\.name) == ["w", "v"])
    #expect(alone.average == nil)
  }
}

/// Folders, archives and configurations.
@Suite
struct ContainerTests {
  private static func oneTensor(_ name: String) -> [UInt8] {
    safetensors("{\"\(name)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", bytes([2 as Float]))
  }

  @Test("a folder is its weights, in one file or in pieces, and the configurations beside them")
  func folder() throws {
    let folder = try ScratchFolder()
    _ = try folder.add("config.json", bytes("{\"architecture\": \"resnet18\"}"))
    _ = try folder.add("model-00001-of-00002.safetensors", Self.oneTensor("a"))
    #expect(throws: WeightFileError.folder(path: folder.path, .missingPieces(found: 1, expected: 2))) {
      try openWeightFile(folder.path)
    }
    _ = try folder.add("model-00002-of-00002.safetensors", Self.oneTensor("b"))
    let pieces = try openWeightFile(folder.path)
    #expect(pieces.entries.map(\.name) == ["a", "b"])
    #expect(try pieces.floats("b") == [2])
    #expect(pieces.checkpointMetadata.texts == ["config.json": "{\"architecture\": \"resnet18\"}"])
    _ = try folder.add("model.safetensors", Self.oneTensor("c"))
    #expect(try openWeightFile(folder.path).entries.map(\.name) == ["c"])
  }

  @Test("a folder without weights, or with several files of them, is refused by what it is")
  func badFolder() throws {
    let folder = try ScratchFolder()
    _ = try folder.add("saved_model.pb", [0x08, 0x01, 0x12])
    #expect(throws: WeightFileError.folder(path: folder.path, .tensorFlow)) { try openWeightFile(folder.path) }
    _ = try folder.add("a.pth", [])
    _ = try folder.add("b.pth", [])
    #expect(throws: WeightFileError.folder(path: folder.path, .severalFiles(["a.pth", "b.pth"]))) {
      try openWeightFile(folder.path)
    }
  }

  @Test("a Keras archive is its weights and its layers")
  func kerasArchive() throws {
    let configuration = """
      {"class_name": "Functional", "config": {"name": "mine", "layers": [
        {"class_name": "Rescaling", "config": {"name": "rescaling", "scale": 0.0078125, "offset": -1}},
        {"class_name": "Functional", "config": {"name": "base", "layers": [
          {"class_name": "Conv2D", "config": {"name": "conv", "kernel_size": [3, 3], "padding": "same"}}]}},
        {"class_name": "Dense", "config": {"name": "dense", "units": 5, "activation": "relu"}}]}}
      """
    let archive = Zip(members: [
      .init(name: "metadata.json", data: bytes("{}")), .init(name: "config.json", data: bytes(configuration)),
      .init(name: "model.weights.h5", data: KerasGolden.keras3),
    ])
    let file = try open(archive.file)
    #expect(file.entries.map(\.name) == (try open(KerasGolden.keras3)).entries.map(\.name))
    #expect(try file.floats("head/kernel") == [-2, -1.375, -0.75, -0.125, 0.5, 1.125])
    let keras = try #require(file.checkpointMetadata.keras)
    #expect(keras.name == "mine")
    #expect(keras.layers.map(\.className) == ["Rescaling", "Functional", "Conv2D", "Dense"])
    #expect(keras.layers.map(\.path) == [[], [], ["base"], []])
    #expect(keras.layers[0].numbers == ["scale": [0.0078125], "offset": [-1]])
    #expect(keras.layers[2].numbers["kernel_size"] == [3, 3])
    #expect(keras.layers[3].texts["activation"] == "relu")
  }

  @Test(
    "an archive of something else is refused by what it is",
    arguments: [
      ("a.npy", .numpyArchive), ("m/archive_format", .exportedProgram), ("MAR-INF/MANIFEST.json", .torchServeArchive),
    ] as [(String, FileLookAlike)])
  func otherArchive(_ member: String, _ likeness: FileLookAlike) {
    #expect(throws: WeightFileError.unrecognised(likeness)) {
      try open(Zip(members: [.init(name: member, data: [1])]).file)
    }
  }

  @Test("compressed members are told by their names")
  func compressed() {
    #expect(throws: WeightFileError.unrecognised(.numpyArchive)) {
      try open(Zip(members: [.init(name: "a.npy", data: [1], method: 8)]).file)
    }
    #expect(throws: WeightFileError.pyTorch(.torchScript)) {
      try open(Zip(members: [.init(name: "m/code/__torch__/net.py", data: [1], method: 8)]).file)
    }
  }
}
