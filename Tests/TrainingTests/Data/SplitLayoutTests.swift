import Foundation
import TestSupport
import Testing

@testable import Training

@Suite("The parts of a data set")
struct SplitLayoutTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Makes folders, each with a file; a class's or a part's by the slashes in its path.
  private func add(_ paths: [String], to root: String) throws -> String {
    for path in paths { try folder.add("\(root)/\(path)/1.png", [1]) }
    return folder(root)
  }

  private func sources(
    _ paths: [String], validation: [String] = [], share: Double? = nil, in root: String = "data"
  ) throws(DatasetError) -> (data: [String], validation: [String], note: String?) {
    let path: String
    do { path = try add(paths, to: root) } catch { preconditionFailure("\(error)") }
    let given = RunFolder.Sources(name: "a", data: [path], validation: validation, validationShare: share)
    let (found, note) = try given.findingSplits()
    func below(_ folders: [String]) -> [String] { folders.map { String($0.dropFirst(path.count)) } }
    return (below(found.data), below(found.validation), note)
  }

  @Test(
    "are used where they are clear",
    arguments: [
      (["train/cat", "train/dog", "val/cat", "val/dog"], "/train", "/val"),
      (["Training/cat", "Training/dog", "VALIDATION/cat", "VALIDATION/dog", "testing/x"], "/Training", "/VALIDATION"),
      (["train/cat", "train/dog", "valid/cat", "valid/dog", "sample/x", "test1"], "/train", "/valid"),
      (["train2017/cat", "train2017/dog", "val2017/cat", "val2017/dog"], "/train2017", "/val2017"),
      (["train_set/cat", "train_set/dog", "dev-set/cat", "dev-set/dog"], "/train_set", "/dev-set"),
      // What is no part is left out, if there are two parts with classes.
      (["train/cat", "train/dog", "val/cat", "val/dog", "labels", "extra/cat"], "/train", "/val"),
      // A folder of the same name inside, of a part or of the whole.
      (["train/train/cat", "train/train/dog", "val/val/cat", "val/val/dog"], "/train/train", "/val/val"),
      (["data/train/cat", "data/train/dog", "data/val/cat", "data/val/dog"], "/data/train", "/data/val"),
      (["mugs/train/cat", "mugs/train/dog", "mugs/val/cat", "mugs/val/dog"], "/mugs/train", "/mugs/val"),
      (
        ["data/train/cat", "data/train/dog", "train/cat", "train/dog", "val/cat", "val/dog", "test/cat"], "/train",
        "/val"
      ),
      (["data/cat", "data/dog"], "/data", ""),
      (["train/cat", "train/dog"], "/train", ""),
    ] as [([String], String, String)])
  func used(paths: [String], training: String, validation: String) throws {
    let found = try sources(paths)
    #expect(found.data == [training])
    #expect(found.validation == (validation.isEmpty ? [] : [validation]))
    let note = try #require(found.note)
    #expect(note.contains(folder("data") + training) && note.contains(folder("data") + validation))
  }

  @Test(
    "are no parts but classes by the whole picture",
    arguments: [
      ["cat", "dog"], ["sample", "control"], ["test", "sample", "control"], ["train", "bus", "car"],
      ["train/1", "train/2", "bus/1", "bus/2"], ["sample/1", "sample/2", "control"],
      ["test/1", "test/2", "sample/1", "sample/2", "control"], ["test tube", "train station"], ["trains", "tests"],
      // Recordings of each class, and one class alone, which is refused elsewhere.
      ["cat/train", "cat/test", "dog/train", "dog/test"], ["cat/1", "cat/2"], ["cat/train", "cat/test"], ["sample"],
    ])
  func classes(paths: [String]) throws {
    let found = try sources(paths)
    #expect(found.data == [""] && found.validation.isEmpty && found.note == nil)
    #expect(try SplitLayout(of: folder("data")) == nil)
  }

  @Test(
    "are refused where it is not clear what is meant, with what to type",
    arguments: [
      (["train/nok", "train/ok", "test"], "Train with --data ROOT/train --validation-split 0.2; or"),
      (["train/a", "train/b", "test/a", "test/b"], "Train with --data ROOT/train --validate ROOT/test; or"),
      (["train/a", "train/b", "val/a", "val/c"], "Train with --data ROOT/train --validation-split 0.2; or"),
      (
        ["train/a", "train/b", "val/a", "val/b", "valid/a", "valid/b"],
        "Train with --data ROOT/train --validate ROOT/val; or"
      ),
      (
        ["train1/a", "train1/b", "train2/a", "train2/b"],
        "Say which to train on: --data ROOT/train1 --data ROOT/train2."
      ),
      (["test/a", "test/b", "val/a", "val/b"], "Name the one to train on, such as --data ROOT/test; or"),
      (["train", "test", "val"], "such as ROOT/test/cat and ROOT/test/dog, and train with --data ROOT/test; or"),
    ] as [([String], String)])
  func refused(paths: [String], advice: String) throws {
    let error = try #require(#expect(throws: DatasetError.self) { try sources(paths) })
    let message = error.description.replacing(folder("data"), with: "ROOT")
    #expect(message.contains(advice), "\(message)")
    #expect(message.contains("parts of a data set"))
    // Nor are they classes if they are opened as such.
    #expect(throws: error) { try LabelledImages(folders: [folder("data")]) }
  }

  @Test("leave what is validated on to the options where these say it")
  func options() throws {
    let paths = ["train/nok", "train/ok", "test", "val/nok", "val/ok"]
    let shared = try sources(paths, share: 0.2)
    #expect(shared.data == ["/train"] && shared.validation.isEmpty)
    #expect(shared.note == "training on \(folder("data/train")); left out: test, val")
    let path = folder("data")
    let given = try RunFolder.Sources(
      name: "a", data: [path], validation: [path + "/test"], validationShare: nil
    ).findingSplits()
    #expect(given.sources.data == [path + "/train"] && given.sources.validation == [path + "/test"])
  }

  @Test("of several folders are not looked for, and a folder that is not there is none")
  func several() throws {
    let path = try add(["train/a", "train/b", "val/a", "val/b"], to: "data")
    let both = RunFolder.Sources(name: "a", data: [path, path + "/val"], validation: [], validationShare: nil)
    #expect(try both.findingSplits().sources == both)
    let gone = RunFolder.Sources(name: "a", data: [path + "/gone"], validation: [], validationShare: nil)
    #expect(try gone.findingSplits().sources == gone)
  }
}
