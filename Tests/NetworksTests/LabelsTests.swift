import Testing

@testable import Networks

@Suite struct LabelsTests {
  /// Literals from the data sets' own documentation.
  @Test(arguments: [
    (0, "n01440764", "tench"), (281, "n02123045", "tabby"), (504, "n03063599", "coffee mug"),
    (967, "n07920052", "espresso"), (999, "n15075141", "toilet tissue"),
  ])
  func imageNetIsInTheOrderOfItsOutputs(index: Int, wnid: String, name: String) {
    #expect(Labels.imageNet.count == 1000)
    #expect(Labels.imageNet[index] == ClassLabel(index: index, wnid: wnid, name: name))
  }

  @Test func imageNetsIdsAscend() {
    let ids = Labels.imageNet.classes.compactMap(\.wnid)
    #expect(ids.count == 1000)
    #expect(ids == ids.sorted() && Set(ids).count == 1000)
  }

  @Test(arguments: [
    ("cat", ["tiger cat", "Persian cat", "Siamese cat"]),
    ("espr", ["espresso maker", "espresso"]),
    ("big shark", ["great white shark", "tiger shark"]),
    ("x", []), ("qqqq", []), (String(repeating: "cat ", count: 100), []),
  ])
  func hintsPreferWholeWords(text: String, names: [String]) {
    #expect(Labels.imageNet.similar(to: text, count: names.count == 2 ? 2 : 3).map(\.name) == names)
  }
}
