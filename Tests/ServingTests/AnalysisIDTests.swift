import Testing

@testable import Serving

@Suite struct AnalysisIDTests {
  private static let random = String(repeating: "0", count: 31) + "1"

  @Test(arguments: [nil, "a", "0", "gaze-0", "gaze-7d9f8b6c5-x2x4z", String(repeating: "a", count: 63)])
  func idsAreReadAsWritten(name: String?) throws {
    let start = ReplicaStart(of: try name.map { try #require(ReplicaName($0)) })
    let id = AnalysisID.random(in: start)
    #expect(AnalysisID(id.description) == id)
    #expect(AnalysisID(id.description)?.start == start)
    let prefix = name.map { $0 + ".0000000a." } ?? "0000000a."
    #expect(AnalysisID(prefix + Self.random)?.description == prefix + Self.random)
  }

  @Test(
    arguments: [
      "", "0", ".", "..", random, "." + random, "0000000a" + random, "0000000." + random, "000000000." + random,
      "0000000A." + random, "+000000a." + random, "0000000a." + random + "0", "0000000a.+" + random.dropFirst(),
      "0000000a." + random.dropLast() + "g", ".0000000a." + random, "A.0000000a." + random, "-a.0000000a." + random,
      "a-.0000000a." + random, "a_b.0000000a." + random, "a.b.0000000a." + random, "\u{301}a.0000000a." + random,
      "a.0000000a.\(random)\u{301}", String(repeating: "a", count: 64) + ".0000000a." + random,
    ])
  func nothingElseIsAnID(text: String) {
    #expect(AnalysisID(text) == nil)
  }

  @Test func noTwoAreAlike() throws {
    let start = ReplicaStart(of: nil)
    #expect(Set((0..<1000).map { _ in AnalysisID.random(in: start) }).count == 1000)
    let name = ReplicaName("a")
    #expect(Set((0..<100).map { _ in ReplicaStart(of: name).description }).count == 100)
  }
}
