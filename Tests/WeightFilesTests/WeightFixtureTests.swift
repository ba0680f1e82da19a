import Foundation
import TestSupport
import Testing

@testable import WeightFiles

/// The 127 files of `weights-fixtures`: what they hold, and what each of them lies about.
@Suite(.enabled(if: SharedData.isPresent, SharedData.note))
struct WeightFixtureTests {
  @Test("what must be read is read, name for name and value for value", arguments: WeightFixture.all(.accept))
  func accepts(_ fixture: WeightFixture) throws {
    try fixture.requireContents(of: openWeightFile(fixture.path))
  }

  @Test("what must be refused is refused by a typed error", arguments: WeightFixture.all(.reject))
  func rejects(_ fixture: WeightFixture) {
    #expect(throws: WeightFileError.self) { try openWeightFile(fixture.path) }
  }

  @Test("what may be read is read rightly or refused", arguments: WeightFixture.all(.optional))
  func optional(_ fixture: WeightFixture) throws {
    guard let file = try? openWeightFile(fixture.path) else { return }
    try fixture.requireContents(of: file)
  }

  @Test("a file is refused for the reason it was made for", arguments: WeightFixture.reasons)
  func reason(_ name: String, _ error: WeightFileError) {
    #expect(throws: error) { try openWeightFile(SharedData.path("weights-fixtures/" + name)) }
  }

  /// Runs in a process of its own: the limit and the folder hold for a whole process.
  @Test("no file makes memory follow its claims or leaves anything behind")
  func memoryAndSideEffects() async {
    await #expect(processExitsWith: .success) {
      let folder = try ScratchFolder()
      try #require(FileManager.default.changeCurrentDirectoryPath(folder.path))
      // The largest file has 100 KB; the smallest of the large claims is 100 MB.
      limitAddressSpace(extra: 64 << 20)
      for fixture in WeightFixture.all {
        guard let file = try? openWeightFile(fixture.path) else { continue }
        for entry in file.entries { _ = try? file.floats(entry.name) }
      }
      let leftBehind = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      precondition(leftBehind.isEmpty, "the files \(leftBehind) were created")
    }
  }
}

struct WeightFixture: CustomTestStringConvertible, Sendable {
  enum Expectation: String { case accept, reject, optional }

  let name: String
  let expectation: Expectation

  var path: String { SharedData.path("weights-fixtures/" + name) }
  var testDescription: String { name }

  static let all: [WeightFixture] = {
    guard let manifest = try? String(contentsOfFile: SharedData.path("weights-fixtures/manifest.csv"), encoding: .utf8)
    else { return [] }
    return manifest.split(separator: "\n").dropFirst().map { line in
      let fields = line.split(separator: ",")
      return WeightFixture(name: String(fields[0]), expectation: Expectation(rawValue: String(fields[2]))!)
    }
  }()

  static func all(_ expectation: Expectation) -> [WeightFixture] { all.filter { $0.expectation == expectation } }

  /// Throws or records an issue unless the file has exactly the tensors of `values.json`.
  func requireContents(of file: any WeightFile) throws {
    // The manifest lists names without the prefix of DataParallel; taking it off is the import's part, not the
    // reader's.
    let prefix = name.contains("data-parallel") ? "module." : ""
    let listed = try #require(Self.contents[name])
    let expected = Dictionary(uniqueKeysWithValues: listed.map { (prefix + $0.key, $0.value) })
    #expect(Set(file.entries.map(\.name)) == Set(expected.keys))
    #expect(file.entries.count == expected.count)
    for entry in file.entries {
      let tensor = try #require(expected[entry.name], "\(entry.name)")
      #expect(entry.shape == tensor.shape, "\(entry.name)")
      #expect(entry.type.rawValue == tensor.dtype, "\(entry.name)")
      let floats = try file.floats(entry.name)
      #expect(floats.count == tensor.shape.reduce(1, *), "\(entry.name)")
      #expect(Array(floats.prefix(24)) == tensor.values.map { Float($0) }, "\(entry.name)")
    }
  }

  struct Contents: Decodable {
    let dtype: String
    let shape: [Int]
    let values: [Double]
  }

  static let contents: [String: [String: Contents]] = {
    guard let data = FileManager.default.contents(atPath: SharedData.path("weights-fixtures/values.json")),
      let files = try? JSONSerialization.jsonObject(with: data) as? [String: [String: [String: Any]]]
    else { return [:] }
    return files.mapValues { tensors in
      var result: [String: Contents] = [:]
      for (key, tensor) in tensors where key != "_forward" {
        // Keras' paths begin with the network's name, which no weight file has.
        let name = key.hasPrefix("tiny/") ? String(key.dropFirst("tiny/".count)) : key
        result[name] = Contents(
          dtype: tensor["dtype"] as! String, shape: tensor["shape"] as! [Int],
          values: (tensor["values"] as! [NSNumber]).map(\.doubleValue))
      }
      return result
    }
  }()

  /// Which lie is found, for a choice of the files.
  static let reasons: [(String, WeightFileError)] = [
    ("safetensors/bad-empty.safetensors", .empty),
    ("safetensors/bad-header-huge.safetensors", .safetensors(.headerTooLong(UInt64(Int64.max)))),
    ("safetensors/bad-header-max.safetensors", .safetensors(.headerTooLong(.max))),
    ("safetensors/bad-header-past-end.safetensors", .safetensors(.headerBeyondEnd(header: 10_000, file: 70))),
    ("safetensors/bad-json-deep.safetensors", .safetensors(.json(JSONMismatch(expected: .object, offset: 5)))),
    ("safetensors/bad-duplicate-keys.safetensors", .duplicateTensor("x")),
    ("safetensors/bad-overlap.safetensors", .safetensors(.notAdjacent(tensor: "y", begin: 4, previousEnd: 8))),
    ("safetensors/bad-hole.safetensors", .safetensors(.notAdjacent(tensor: "y", begin: 8, previousEnd: 4))),
    ("safetensors/bad-shape-overflow-zero.safetensors", .tensor(name: "x", .sizeOverflows)),
    ("pytorch/bad-short-data-zip.pth", .pyTorch(.storageBytes(key: "0", expected: 216, found: 8))),
    ("pytorch/bad-path-traversal-zip.pth", .zip(.badName("../../../archive/data/0"))),
    ("pytorch/bad-truncated-zip.pth", .zip(.noEndRecord)),
    ("pytorch/bad-legacy-magic.pth", .pyTorch(.noMagicNumber)),
    ("pytorch/bad-zip-bomb.pth", .zip(.compressed("archive/data.pkl", method: 8))),
    ("pytorch/hostile-os-system.pth", .pickle(.forbiddenGlobal(module: "os", name: "system"), offset: 48)),
    ("pytorch/hostile-stack-global.pth", .pickle(.forbiddenGlobal(module: "os", name: "system"), offset: 60)),
    ("pytorch/hostile-os-system-legacy.pth", .pickle(.forbiddenGlobal(module: "os", name: "system"), offset: 139)),
    ("pytorch/hostile-ext-registry.pth", .pickle(.opcode(0x82), offset: 48)),
    ("pytorch/hostile-deep-nesting.pth", .pyTorch(.notADictionary)),
    ("pytorch/hostile-cyclic-dict.pth", .noTensors),
    ("pytorch/hostile-bytes8-claims-exa.pth", .pickle(.truncated, offset: 48)),
    ("pytorch/hostile-frame-claims-exa.pth", .pickle(.frameBeyondEnd(1 << 62), offset: 48)),
    ("pytorch/hostile-long-claims-2gb.pth", .pickle(.integerTooLong(bytes: Int(Int32.max)), offset: 48)),
    ("pytorch/hostile-tensor-huge-shape.pth", .tensor(name: "w", .sizeOverflows)),
    ("pytorch/hostile-tensor-expand-bomb.pth", .moreElementsThanBytes(bytes: 500)),
    ("pytorch/hostile-tensor-past-storage.pth", .tensor(name: "w", .outsideStorage(elements: 4))),
    ("pytorch/hostile-tensor-offset-overflow.pth", .tensor(name: "w", .outsideStorage(elements: 4))),
    ("pytorch/hostile-tensor-negative-stride.pth", .tensor(name: "w", .negativeStride(-1))),
    (
      "pytorch/hostile-legacy-storage-count.pth",
      .pyTorch(.storageCount(key: "0", expected: 4, found: 1 << 60))
    ),
  ]
}
