import Autodiff
import Testing

@testable import Models
@testable import Networks

/// Parameters of ours that a file has in parts, and vectors that lie along one axis of an image.
@Suite("Parameters in parts")
struct JoinedParameterTests {
  private let convention = NameConvention(
    "a publisher", .pyTorch, modules: ["scale.gamma": "scale"],
    joined: [
      "qkv.weight": ["query.weight", "key.weight", "value.weight"], "qkv.bias": ["query.bias", nil, "value.bias"],
    ])

  private func weights(_ rows: [(String, [Int])], below prefix: String = "") -> ImportedWeights {
    ImportedWeights(
      LayoutFile(rows: rows.map { LayoutFile.Row(name: $0.0, shape: $0.1) }), convention,
      head: HeadWeight("head.weight", .linear, inputs: 2), naming: FileNaming(prefix: prefix))
  }

  private static let whole: [(String, [Int])] = [
    ("query.weight", [2, 3]), ("key.weight", [2, 3]), ("value.weight", [2, 3]), ("query.bias", [2]),
    ("value.bias", [2]), ("scale.gamma", [4, 1, 1]),
  ]

  @Test("parts follow one another along the outputs; a part that a publisher does not have is 0")
  func joins() throws {
    let weights = weights(Self.whole)
    #expect(weights.shape(of: "qkv.weight", .linear) == [6, 3])
    let value = { (row: Int) in Float(row + 1) / 4096 }
    #expect(
      try weights.values(of: "qkv.weight", .linear)
        == (0..<3).flatMap { [Float](repeating: value($0), count: 6) })
    #expect(weights.shape(of: "qkv.bias", .vector) == [6])
    #expect(try weights.values(of: "qkv.bias", .vector) == [value(3), value(3), 0, 0, value(4), value(4)])
    #expect(Set(weights.names) == ["qkv.weight", "qkv.bias", "scale"])
    #expect(weights.shape(of: "scale", .vector) == [4])
  }

  @Test("under another name for everything before it, too")
  func prefixed() throws {
    let weights = weights(Self.whole.map { ("model." + $0.0, $0.1) }, below: "model.")
    #expect(weights.shape(of: "qkv.weight", .linear) == [6, 3])
  }

  @Test("a part of another shape is seen, and where one is missing the others do not stand for the whole")
  func unfit() {
    var rows = Self.whole
    rows[1].1 = [2, 4]
    #expect(weights(rows).shape(of: "qkv.weight", .linear) == [2, 4])
    rows.remove(at: 1)
    let weights = weights(rows)
    #expect(weights.shape(of: "qkv.weight", .linear) == [2, 3])
    #expect(weights.names.contains("value.weight"))
    rows = Self.whole
    for index in 0..<3 { rows[index].1 = [] }
    #expect(self.weights(rows).shape(of: "qkv.weight", .linear) == [])
  }
}
