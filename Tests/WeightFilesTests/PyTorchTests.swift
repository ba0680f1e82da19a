import TestSupport
import Testing

@testable import WeightFiles

@Suite
struct PyTorchTests {
  private static let storage = Pickle.storage("FloatStorage", "0", 6)
  /// The tensor 0…5 as a 2x3 matrix.
  private static let matrix = Pickle.tensor(storage, [2, 3], [3, 1])
  private static let numbers: [Float] = [0, 1, 2, 3, 4, 5]

  private static func legacy(_ items: [UInt8]...) -> [UInt8] {
    Pickle.legacy(
      bytes("}(") + items.flatMap { $0 } + bytes("u"), storages: [("0", Pickle.storageData(numbers))])
  }

  private static func zip(_ object: [UInt8], _ change: (inout Zip) -> Void = { _ in }) -> [UInt8] {
    var zip = Zip(members: [
      .init(name: "net/data.pkl", data: Pickle.pickle(object)), .init(name: "net/byteorder", data: bytes("little")),
      .init(name: "net/data/0", data: bytes(numbers)),
    ])
    change(&zip)
    return zip.file
  }

  private static let object = Pickle.dictionary(Pickle.text("w"), matrix)

  // MARK: - What is read

  @Test("both containers give the tensor", arguments: [legacy(Pickle.text("w"), matrix), zip(object)])
  func containers(_ file: [UInt8]) throws {
    let file = try open(file)
    #expect(file.entries == [TensorEntry(name: "w", shape: [2, 3], type: .float32)])
    #expect(try file.floats("w") == Self.numbers)
    #expect(throws: WeightFileError.noSuchTensor("v")) { try file.floats("v") }
  }

  @Test(
    "views are copied out in C order of their shape",
    arguments: [
      ([3, 2], [1, 3], 0, [0, 3, 1, 4, 2, 5]),  // transposed
      ([2], [3], 1, [1, 4]),  // a column
      ([2, 2], [0, 1], 4, [4, 5, 4, 5]),  // expanded
      ([], [], 5, [5]),
      ([1, 6, 1], [Int32.max, 1, Int32.max], 0, [0, 1, 2, 3, 4, 5]),  // strides that are never taken
      ([2, 1, 3], [3, 7, 1], 0, [0, 1, 2, 3, 4, 5]),
      ([0, 4], [1, 1], 0, []),
    ] as [([Int32], [Int32], Int32, [Float])])
  func views(_ shape: [Int32], _ strides: [Int32], _ offset: Int32, _ expected: [Float]) throws {
    let file = try open(Self.legacy(Pickle.text("w"), Pickle.tensor(Self.storage, offset: offset, shape, strides)))
    #expect(try file.floats("w") == expected)
  }

  @Test("a part of a storage counts from its own beginning and ends at its own end")
  func storageView() throws {
    let view = Pickle.tuple(Pickle.text("0.2"), Pickle.integer(2), Pickle.integer(3))
    let part = Pickle.storage("FloatStorage", "0", 6, view: view)
    let file = try open(Self.legacy(Pickle.text("w"), Pickle.tensor(part, offset: 1, [2], [1])))
    #expect(try file.floats("w") == [3, 4])
    #expect(throws: WeightFileError.tensor(name: "w", .outsideStorage(elements: 3))) {
      try open(Self.legacy(Pickle.text("w"), Pickle.tensor(part, offset: 1, [3], [1])))
    }
  }

  @Test("what stands beside the tensors is skipped, dictionaries around them come off, names stay")
  func wrappers() throws {
    let state = Pickle.dictionary(
      Pickle.text("module.a"), Self.matrix, Pickle.text("module.n"), bytes("N"), Pickle.text("module.module.b"),
      Self.matrix)
    let file = try open(
      Self.legacy(
        Pickle.text("epoch"), Pickle.integer(3), Pickle.text("lr"), bytes("G") + Array(bytes(UInt64(0)).reversed()),
        Pickle.text("schedule"), Pickle.global("collections", "Counter") + Pickle.tuple(bytes("}")) + bytes("R"),
        Pickle.text("state_dict"), state))
    #expect(file.entries.map(\.name) == ["module.a", "module.module.b"])
  }

  @Test("OrderedDict as Python 2 writes it, with its strings")
  func pythonTwo() throws {
    let pair = bytes("](U") + [1] + bytes("w") + Self.matrix + bytes("e")
    let items = bytes("](") + pair + bytes("e")
    let object = Pickle.global("collections", "OrderedDict") + Pickle.tuple(items) + bytes("R")
    let file = try open(Pickle.legacy(object, storages: [("0", Pickle.storageData(Self.numbers))]))
    #expect(try file.floats("w") == Self.numbers)
  }

  @Test("zip64 and a comment at the end")
  func zip64() throws {
    let file = Self.zip(Self.object) { zip in
      zip.isZip64 = true
      for i in zip.members.indices { zip.members[i].isWide = true }
      zip.comment = "PK\u{5}\u{6} is no end record"
    }
    #expect(try open(file).floats("w") == Self.numbers)
  }

  // MARK: - What is refused

  @Test("every lie of a legacy file is named", arguments: legacyLies)
  func legacyLie(_ lie: Lie) { lie.expectError() }

  private static let legacyLies: [Lie] = {
    let data = Pickle.storageData(numbers)
    func file(_ storages: [(String, [UInt8])], little: Bool = true) -> [UInt8] {
      Pickle.legacy(object, isLittleEndian: little, storages: storages.map { (key: $0.0, data: $0.1) })
    }
    return [
      Lie(Pickle.pickle(integerFive), .pyTorch(.noMagicNumber)),
      Lie(Pickle.magicNumber + Pickle.pickle(integerFive), .pyTorch(.formatVersion)),
      Lie(file([("0", data)], little: false), .pyTorch(.bigEndian)),
      Lie(file([]), .pyTorch(.missingStorage("0"))),
      Lie(file([("0", data), ("1", data)]), .pyTorch(.unknownStorage("1"))),
      Lie(file([("0", data), ("0", data)]), .pyTorch(.repeatedStorage("0"))),
      Lie(file([("0", data + [9])]), .pyTorch(.trailingBytes(1))),
      Lie(file([("0", Array(data.dropLast()))]), .pyTorch(.storageBytes(key: "0", expected: 24, found: 23))),
      Lie(
        file([("0", bytes(Int64(-6)) + data.dropFirst(8))]),
        .pyTorch(.storageCount(key: "0", expected: 6, found: -6))
      ),
      Lie(Pickle.legacy(bytes("]"), storages: []), .pyTorch(.notADictionary)),
      Lie(Pickle.legacy(bytes("}"), storages: []), .noTensors),
      Lie(legacy(Pickle.text("w"), matrix, Pickle.text("w"), matrix), .duplicateTensor("w")),
    ]
  }()

  private static let integerFive = Pickle.integer(5)

  @Test("every lie of a zip archive is named", arguments: zipLies)
  func zipLie(_ lie: Lie) { lie.expectError() }

  private static let zipLies: [Lie] = [
    Lie(zip(object) { $0.members[2].name = "net/data/1" }, .pyTorch(.missingStorage("0"))),
    Lie(zip(object) { $0.members[0].name = "net/other.pkl" }, .pyTorch(.noPickle)),
    Lie(zip(object) { $0.members[0].name = "net/data.pkl/deep/data.pkl" }, .pyTorch(.noPickle)),
    Lie(
      zip(object) { $0.members.append(.init(name: "other/data.pkl", data: [])) }, .pyTorch(.severalPickles)
    ),
    Lie(zip(object) { $0.members.append(.init(name: "net/constants.pkl", data: [])) }, .pyTorch(.torchScript)),
    Lie(
      zip(object) { $0.members = [.init(name: "model.weights.h5", data: bytes("none"))] }, .hdf5(.signature)
    ),
    Lie(zip(object) { $0.members[1].data = bytes("big") }, .pyTorch(.bigEndian)),
    Lie(zip(object) { $0.members[1].data = bytes("middle") }, .pyTorch(.byteOrder)),
    Lie(zip(object + bytes(".")), .pyTorch(.trailingBytes(1))),
    Lie(
      zip(object) { $0.members[2].data += [0] },
      .pyTorch(.storageBytes(key: "0", expected: 24, found: 25))
    ),
    Lie(zip(object) { $0.members[2].method = 8 }, .zip(.compressed("net/data/0", method: 8))),
    Lie(zip(object) { $0.members[2].flags = 1 }, .zip(.encrypted("net/data/0"))),
    Lie(zip(object) { $0.members[2].localName = "net/data/9" }, .zip(.localHeader("net/data/0"))),
    Lie(zip(object) { $0.members[2].claimedOffset = 1 << 31 }, .zip(.memberOutside("net/data/0"))),
    Lie(zip(object) { $0.members[2].claimedSize = 1 << 31 }, .zip(.memberOutside("net/data/0"))),
    Lie(zip(object) { $0.members[0].claimedSize = 210 }, .zip(.overlap("net/data.pkl", "net/byteorder"))),
    Lie(zip(object) { $0.members.append($0.members[2]) }, .zip(.repeatedName("net/data/0"))),
    Lie(zip(object) { $0.members[2].name = "/net/data/0" }, .zip(.badName("/net/data/0"))),
    Lie(zip(object) { $0.members[2].name = "net/../0" }, .zip(.badName("net/../0"))),
    Lie(zip(object) { $0.members[2].name = "net\\0" }, .zip(.badName("net\\0"))),
    Lie(zip(object) { $0.members[2].name = "" }, .zip(.badName(""))),
    Lie(zip(object) { $0.claimedCount = 2 }, .zip(.directorySize)),
    Lie(zip(object) { $0.claimedCount = 65535 }, .zip(.directorySize)),
    Lie(zip(object) { $0.claimedDirectory = 1 << 30 }, .zip(.directoryOutside)),
    Lie(zip(object) { $0.claimedDirectory = 0 }, .zip(.directorySize)),
    Lie(withBadEntry, .zip(.badEntry)),
    Lie(zip(object) + [0], .zip(.noEndRecord)),
  ]

  /// An archive whose directory begins with other letters than “PK”.
  private static let withBadEntry: [UInt8] = {
    var file = zip(object)
    let directory = file.indices.first { file[$0...].starts(with: bytes("PK\u{1}\u{2}")) }!
    file[directory] = 0
    return file
  }()

  @Test("every lie of a pickle is named", arguments: pickleLies)
  func pickleLie(_ lie: Lie) { lie.expectError() }

  private static let pickleLies: [Lie] = [
    Lie(Pickle.magicNumber + [0x80], .pickle(.truncated, offset: 15)),
    Lie(Pickle.magicNumber + bytes("N."), .pickle(.noProtocol, offset: 15)),
    Lie([0x80, 1], .pickle(.protocolVersion(1), offset: 0)),
    Lie([0x80, 5], .pickle(.protocolVersion(5), offset: 0)),
    Lie(Pickle.pickle([0x80, 2]), .pickle(.opcode(0x80), offset: 2)),
    Lie(Pickle.pickle(bytes("N2")), .pickle(.opcode(0x32), offset: 3)),
    Lie(Pickle.pickle([]), .pickle(.leftOver(0), offset: 2)),
    Lie(Pickle.pickle(bytes("NN")), .pickle(.leftOver(2), offset: 4)),
    Lie(Pickle.pickle(bytes("N(")), .pickle(.leftOver(1), offset: 4)),
    Lie(Pickle.pickle(bytes("X") + bytes(UInt32(4)) + bytes("ab")), .pickle(.truncated, offset: 2)),
    Lie(Pickle.pickle(bytes("X") + bytes(UInt32(1)) + [0xFF]), .pickle(.invalidText, offset: 2)),
    Lie(Pickle.pickle(bytes("T") + bytes(Int32(-1))), .pickle(.negativeLength(-1), offset: 2)),
    Lie(Pickle.pickle([0x8D] + bytes(UInt64.max)), .pickle(.truncated, offset: 2)),
    Lie(Pickle.pickle([0x8E] + bytes(UInt64(1) << 62)), .pickle(.truncated, offset: 2)),
    Lie(Pickle.pickle([0x95] + bytes(UInt64.max)), .pickle(.frameBeyondEnd(.max), offset: 2)),
    Lie(Pickle.pickle([0x8A, 17] + [UInt8](repeating: 1, count: 17)), .pickle(.integerTooLong(bytes: 17), offset: 2)),
    Lie(Pickle.pickle(bytes("t")), .pickle(.noMark, offset: 2)),
    Lie(Pickle.pickle(bytes("(\u{1}")), .pickle(.opcode(1), offset: 3)),
    Lie(Pickle.pickle([0x4E, 0x28, 0x85]), .pickle(.stackUnderflow, offset: 4)),
    Lie(Pickle.pickle(bytes("q\u{0}")), .pickle(.stackUnderflow, offset: 2)),
    Lie(Pickle.pickle(bytes("Na")), .pickle(.stackUnderflow, offset: 3)),
    Lie(Pickle.pickle(bytes("NNa")), .pickle(.wrongOperands("APPENDS"), offset: 4)),
    Lie(Pickle.pickle(bytes("NNNs")), .pickle(.wrongOperands("SETITEMS"), offset: 5)),
    Lie(Pickle.pickle(bytes("}(Nu")), .pickle(.wrongOperands("SETITEMS"), offset: 5)),
    Lie(Pickle.pickle(bytes("NNb")), .pickle(.wrongOperands("BUILD"), offset: 4)),
    Lie(Pickle.pickle(bytes("N)R")), .pickle(.wrongOperands("REDUCE"), offset: 4)),
    Lie(Pickle.pickle([0x4E, 0x4E, 0x93]), .pickle(.wrongOperands("STACK_GLOBAL"), offset: 4)),
    Lie(Pickle.pickle(bytes("h\u{7}")), .pickle(.unsetMemo(7), offset: 2)),
    Lie(
      Pickle.pickle(Pickle.global("os", "system")), .pickle(.forbiddenGlobal(module: "os", name: "system"), offset: 2)),
    Lie(
      Pickle.pickle(Pickle.global("torch", "load")), .pickle(.forbiddenGlobal(module: "torch", name: "load"), offset: 2)
    ),
    Lie(Pickle.pickle(bytes("c" + String(repeating: "a", count: 300))), .pickle(.globalNameTooLong, offset: 2)),
    Lie(Pickle.pickle(bytes("cos")), .pickle(.truncated, offset: 2)),
    Lie(Pickle.pickle(bytes("NQ")), .pickle(.malformedStorage, offset: 3)),
    Lie(Pickle.pickle(Pickle.storage("FloatStorage", "0", -1)), .pickle(.malformedStorage, offset: 55)),
    Lie(
      Pickle.pickle(Pickle.storage("FloatStorage", "0", 1) + Pickle.storage("FloatStorage", "0", 2)),
      .pickle(.storageRedefined("0"), offset: 109)),
    Lie(
      Pickle.pickle(Pickle.storage("FloatStorage", "0", 1) + Pickle.storage("LongStorage", "0", 1)),
      .pickle(.storageRedefined("0"), offset: 108)),
    Lie(
      Pickle.pickle(Pickle.global("torch._utils", "_rebuild_tensor_v2") + bytes(")R")),
      .pickle(.malformedTensor, offset: 36)),
    Lie(
      Pickle.pickle(Pickle.global("torch._utils", "_rebuild_parameter") + bytes("(Nt") + bytes("R")),
      .pickle(.malformedTensor, offset: 38)),
    Lie(Pickle.pickle([UInt8](repeating: 0x4E, count: 1 << 20)), .pickle(.tooManySteps, offset: 2 + 1 << 20)),
  ]

  @Test("every lie of a tensor is named", arguments: tensorLies)
  func tensorLie(_ shape: [Int32], _ strides: [Int32], _ offset: Int32, _ fault: TensorFault) {
    #expect(throws: WeightFileError.tensor(name: "w", fault)) {
      try open(Self.legacy(Pickle.text("w"), Pickle.tensor(Self.storage, offset: offset, shape, strides)))
    }
  }

  private static let tensorLies: [([Int32], [Int32], Int32, TensorFault)] = [
    ([7], [1], 0, .outsideStorage(elements: 6)),
    ([6], [1], 1, .outsideStorage(elements: 6)),
    ([2], [6], 0, .outsideStorage(elements: 6)),
    ([], [], 6, .outsideStorage(elements: 6)),
    ([Int32.max, 2], [Int32.max, Int32.max], 0, .outsideStorage(elements: 6)),
    ([-1], [1], 0, .negativeDimension(-1)),
    ([1], [-1], 0, .negativeStride(-1)),
    ([1], [1], -1, .negativeOffset(-1)),
    ([1, 1], [1], 0, .strideCount(dimensions: 2, strides: 1)),
    ([Int32.max, Int32.max, Int32.max], [0, 0, 0], 0, .sizeOverflows),
    ([Int32](repeating: 1, count: 17), [Int32](repeating: 1, count: 17), 0, .tooManyDimensions(17)),
  ]

  @Test("expanded views are not copied out beyond the file's size, one or many")
  func expansion() {
    let whole = Self.legacy(Pickle.text("w"), Pickle.tensor(Self.storage, [1000], [0]))
    #expect(throws: WeightFileError.moreElementsThanBytes(bytes: whole.count)) { try open(whole) }
    let views = (0..<20).map { Pickle.text("w\($0)") + Pickle.tensor(Self.storage, [300], [0]) }
    let many = Self.legacy(views.flatMap { $0 })
    #expect(many.count > 300 && many.count < 6000)
    #expect(throws: WeightFileError.moreElementsThanBytes(bytes: many.count)) { try open(many) }
  }

  // MARK: - Damage

  @Test(
    "half a file and changed bytes are refused or read, never more",
    arguments: [legacy(Pickle.text("w"), matrix, Pickle.text("v"), matrix), zip(object)])
  func damage(_ file: [UInt8]) throws {
    try expectSoundness(of: file, flips: 400)
  }
}
