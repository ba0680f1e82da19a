import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import gaze

@Suite("What files, folders and patterns stand for")
struct PhotographsTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test("A folder stands for the JPEG and PNG files in it and below, in the order of their names")
  func folders() throws {
    for name in ["b.PNG", "a.jpg", "sub/deep/c.jpeg", "notes.txt", ".hidden.png", ".git/d.png", "sub/e.gif"] {
      try folder.add("in/" + name)
    }
    let found = findPhotographs([folder("in")])
    #expect(found.map(\.name) == ["a.jpg", "b.PNG", "sub/deep/c.jpeg"])
    #expect(found.map(\.stem) == ["a", "b", "sub/deep/c"])
    #expect(found.map(\.path) == ["a.jpg", "b.PNG", "sub/deep/c.jpeg"].map { folder("in/" + $0) })
  }

  @Test("A pattern stands for what it matches; a file that is reached twice is taken once")
  func patterns() throws {
    for name in ["a1.jpg", "a2.jpg", "b1.jpg"] { try folder.add(name) }
    #expect(findPhotographs([folder("a*.jpg")]).map(\.name) == ["a1.jpg", "a2.jpg"])
    let found = findPhotographs([folder("a?.jpg"), folder.path, folder.path + "/./a1.jpg"])
    #expect(found.map(\.name) == ["a1.jpg", "a2.jpg", "b1.jpg"])
  }

  @Test("A file whose name looks like a pattern is a file")
  func literalBrackets() throws {
    try folder.add("a[1].jpg")
    #expect(findPhotographs([folder("a[1].jpg")]).map(\.name) == ["a[1].jpg"])
  }

  @Test("Files of several folders keep their folders, so that equal names do not meet")
  func severalFolders() throws {
    try folder.add("x/photo.jpg")
    try folder.add("y/photo.jpg")
    #expect(findPhotographs([folder("x/photo.jpg"), folder("y/photo.jpg")]).map(\.stem) == ["x/photo", "y/photo"])
    #expect(findPhotographs([folder("x"), folder("y")]).map(\.stem) == ["x/photo", "y/photo"])
  }

  @Test("Where stems are alike, names keep their endings, also where that meets a third")
  func likeStems() throws {
    for name in ["a.jpg", "a.png", "a.jpg.png", "b.png"] { try folder.add(name) }
    let found = findPhotographs([folder.path])
    #expect(found.map(\.stem) == ["a.jpg", "a.jpg.png", "a.png", "b"])
    #expect(Set(found.map(\.stem)).count == found.count)
  }

  @Test("The folder for the results is left out")
  func results() throws {
    try folder.add("a.jpg")
    try folder.add("maps/a.png")
    #expect(findPhotographs([folder.path], besides: folder("maps")).map(\.name) == ["a.jpg"])
    #expect(findPhotographs([folder.path]).count == 2)
  }

  @Test("A link to a folder is not followed, so that a loop ends")
  func links() throws {
    try folder.add("in/a.jpg")
    try FileManager.default.createSymbolicLink(atPath: folder("in/again"), withDestinationPath: folder("in"))
    #expect(findPhotographs([folder("in")]).map(\.name) == ["a.jpg"])
  }

  @Test("What is not there is taken, to be reported in its turn")
  func missing() throws {
    try folder.add("a.jpg")
    #expect(findPhotographs([folder("a.jpg"), folder("none.jpg")]).map(\.name) == ["a.jpg", "none.jpg"])
  }

  @Test("Shards have each photograph once, whatever else there is", arguments: [1, 2, 3, 7])
  func shards(count: Int) throws {
    let photographs = (0..<200).map { Photograph(path: "p", name: "folder/photo-\($0).jpg", stem: "s") }
    let shards = try (1...count).map { try Shard("\($0)/\(count)") }
    for photograph in photographs { #expect(shards.filter { $0.holds(photograph) }.count == 1) }
    for shard in shards {
      let share = photographs.filter(shard.holds).count
      #expect(share > 200 / count / 2 && share < 200 / count * 2 + 1)
    }
  }

  @Test("Parts that cannot be are refused", arguments: ["0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2", ""])
  func badShards(text: String) { #expect(throws: ValidationError.self) { try Shard(text) } }

  @Test("A scheduler says which part is whose")
  func scheduled() throws {
    for index in 0..<5 {
      #expect(try Shard("auto/5", environment: ["JOB_COMPLETION_INDEX": "\(index)"]).description == "\(index + 1)/5")
      #expect(try Shard("auto/5", environment: ["SLURM_ARRAY_TASK_ID": "\(index)"]).description == "\(index + 1)/5")
      #expect(try Shard("auto", environment: Self.slurm(index, 0, 4, count: 5)).description == "\(index + 1)/5")
      #expect(try Shard("auto", environment: Self.slurm(1 + 2 * index, 1, 9, 2, count: 5)).number == index + 1)
    }
    #expect(try Shard("2/5", environment: Self.slurm(0, 0, 4, count: 5)).description == "2/5")
  }

  @Test(
    "Where the scheduler does not say it, nothing is guessed",
    arguments: [
      ("auto", [:], "1/2"), ("auto/2", [:], "1/2"), ("auto", ["JOB_COMPLETION_INDEX": "0"], "auto/N"),
      ("auto/2", ["JOB_COMPLETION_INDEX": "2"], "from 0"), ("auto/2", ["JOB_COMPLETION_INDEX": "-1"], "1/2"),
      ("auto/0", ["JOB_COMPLETION_INDEX": "0"], "from 0"), ("auto", slurm(3, 3, 7, count: 2), "gaps"),
      ("auto", slurm(9, 0, 4, count: 5), "gaps"), ("auto/", ["SLURM_ARRAY_TASK_ID": "0"], "from 0"),
      ("auto/2/3", ["SLURM_ARRAY_TASK_ID": "0"], "auto/2"),
    ] as [(String, [String: String], String)])
  func notScheduled(text: String, environment: [String: String], part: String) throws {
    let error = #expect(throws: ValidationError.self) { try Shard(text, environment: environment) }
    #expect(try #require(error).message.contains(part))
  }

  private static func slurm(_ task: Int, _ first: Int, _ last: Int, _ step: Int = 1, count: Int) -> [String: String] {
    [
      "SLURM_ARRAY_TASK_ID": "\(task)", "SLURM_ARRAY_TASK_MIN": "\(first)", "SLURM_ARRAY_TASK_MAX": "\(last)",
      "SLURM_ARRAY_TASK_STEP": "\(step)", "SLURM_ARRAY_TASK_COUNT": "\(count)",
    ]
  }
}
