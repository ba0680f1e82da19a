import Foundation
import Models
import TestSupport
import Testing

@testable import Training

@Suite("Tables of labels")
struct LabelTableTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func table(_ text: String, names: [String]? = nil, for output: OutputKind) throws -> LabelTable {
    try LabelTable(folder.add("table-\(UUID().uuidString).csv", Array(text.utf8)), names: names, for: output)
  }

  @Test("a list of labels says which classes are there; an empty one says none")
  func lists() throws {
    let table = try table("file,labels\na.png,cat;dog\n\"b, c.png\",\nd.png, dog \n", for: .sigmoid)
    #expect(table.names == ["cat", "dog"])
    #expect(table.rows.map(\.targets) == [[1, 1], [0, 0], [0, 1]])
    #expect(table.rows.map(\.name) == ["a.png", "b, c.png", "d.png"])
    #expect(table.rows[0].path == URL(fileURLWithPath: folder("a.png")).standardizedFileURL.path)
    let known = try self.table("file,labels\na.png,dog\n", names: ["fish", "dog"], for: .sigmoid)
    #expect(known.rows[0].targets == [0, 1])
  }

  @Test("columns of classes say 1 or 0, in the model's order")
  func columns() throws {
    let table = try table("dog,file,cat\n1,a.png,0\n0,b.png,1\n", names: ["cat", "dog"], for: .sigmoid)
    #expect(table.rows.map(\.targets) == [[0, 1], [1, 0]])
  }

  @Test("values are numbers; the only column is the only output's under any name")
  func values() throws {
    let table = try table("image,years\n/tmp/a.png,41.5\nb.png,-2e1\n", names: ["age"], for: .value)
    #expect(table.rows.map(\.targets) == [[41.5], [-20]])
    #expect(table.rows[0].path == "/tmp/a.png")
    #expect(try self.table("file,x,y\na.png,1,2\n", for: .value).names == ["x", "y"])
  }

  @Test(
    "what it does not say is refused, with the line",
    arguments: [
      ("name,labels\na.png,cat\n", OutputKind.sigmoid, "no column 'file'"), ("file,labels\n", .sigmoid, "no rows"),
      ("file\na.png\n", .sigmoid, "no column beside"), ("file,labels\na.png,bird\n", .sigmoid, "line 2: 'bird'"),
      ("file,cat\na.png,1\n", .sigmoid, "one 'dog'"), ("file,cat,dog\na.png,1,0.5\n", .sigmoid, "neither 1"),
      ("file,cat,dog\na.png,1\n", .value, "line 2 has 2 fields"), ("file,cat,dog\na.png,1,nan\n", .value, "no number"),
      ("file,cat,dog\n,1,0\n", .value, "names no file"), ("file,cat\na.png,1\n", .value, "no column 'dog'"),
      ("file,labels\n\"a.png,cat\n", .sigmoid, "not closed"),
    ])
  func refused(text: String, output: OutputKind, reason: String) {
    #expect {
      _ = try table(text, names: ["cat", "dog"], for: output)
    } throws: { error in
      (error as? DatasetError)?.description.contains(reason) == true
    }
  }

  @Test("a file that is not there is refused")
  func missing() {
    #expect(throws: DatasetError.self) { try LabelTable(folder("none.csv"), for: .value) }
  }
}
