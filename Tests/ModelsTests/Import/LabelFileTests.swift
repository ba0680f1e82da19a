import Foundation
import TestSupport
import Testing

@testable import Models
@testable import Networks

struct LabelFileTests {
  private func labels(_ name: String, _ text: String) throws -> [ClassLabel] {
    let folder = try ScratchFolder()
    return try LabelFile(path: try folder.add(name, Array(text.utf8))).labels.classes
  }

  private static let catAndDog = [ClassLabel(index: 0, name: "cat"), ClassLabel(index: 1, name: "big, bad dog")]
  private static let tench = [
    ClassLabel(index: 0, wnid: "n01440764", name: "tench"), ClassLabel(index: 1, wnid: "n01443537", name: "goldfish"),
  ]

  @Test(
    "names are read from every form",
    arguments: [
      ("a.txt", "cat\nbig, bad dog"), ("a.txt", "cat\r\n  big, bad dog \r\n\r\n"),
      ("a.txt", "\u{FEFF}cat\nbig, bad dog\n"),
      ("a.json", #"["cat", "big, bad dog"]"#), ("a.json", #"{"1": "big, bad dog", "0": "cat"}"#),
      ("a.json", #"{"big, bad dog": 1, "cat": 0}"#),
      ("a.json", #"{"id2label": {"0": "cat", "1": "big, bad dog"}, "x": 2}"#),
      ("a.csv", "index,name\n1,\"big, bad dog\"\n0,cat\n"), ("a.csv", "Name\ncat\n\"big, bad dog\"\n"),
    ])
  func forms(_ name: String, _ text: String) throws {
    #expect(try labels(name, text) == Self.catAndDog)
  }

  @Test(
    "WordNet ids are kept",
    arguments: [
      ("a.txt", "n01440764 tench\nn01443537 goldfish"),
      ("a.json", #"{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}"#),
      ("a.json", #"[["n01440764", "tench"], ["n01443537", "goldfish"]]"#),
      ("a.csv", "index,synset,name\n0,n01440764,tench\n1,n01443537,goldfish"),
    ])
  func wordNet(_ name: String, _ text: String) throws {
    #expect(try labels(name, text) == Self.tench)
  }

  @Test("quotation marks are doubled inside a field")
  func quotes() throws {
    #expect(try labels("a.csv", "index,name\n0,\"the \"\"cat\"\"\"\n").map(\.name) == [#"the "cat""#])
  }

  @Test(
    "what leaves a class in doubt is refused",
    arguments: [
      ("a.txt", ""), ("a.txt", "cat\n\ndog"), ("a.json", "[1, 2]"), ("a.json", "[\"cat\""),
      ("a.json", #"{"0": "cat", "2": "dog"}"#),
      ("a.json", #"{"cat": 0, "dog": 0}"#), ("a.json", #"{"x": "cat"}"#), ("a.json", #"["cat", ""]"#),
      ("a.json", #"{"-1": "cat"}"#), ("a.csv", "a,b\n0,cat"), ("a.csv", "index,name\nzero,cat"),
      ("a.csv", "index,name\n0"),
      ("a.csv", "index,name\n0,\"cat"), ("a.csv", "index,name"),
    ])
  func doubts(_ name: String, _ text: String) throws {
    let folder = try ScratchFolder()
    let path = try folder.add(name, Array(text.utf8))
    #expect(throws: LabelFileError.self) { try LabelFile(path: path) }
  }

  @Test("a missing file is no error, a folder is")
  func missing() throws {
    let folder = try ScratchFolder()
    #expect(throws: LabelFileError.cannotRead(folder("none.txt"))) { try LabelFile(path: folder("none.txt")) }
    #expect(throws: LabelFileError.cannotRead(folder.path)) { try LabelFile(path: folder.path) }
  }
}
