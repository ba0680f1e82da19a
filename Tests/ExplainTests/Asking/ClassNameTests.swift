import Explain
import Networks
import Testing

/// Which class a text names.
@Suite struct ClassNameTests {
  private func labels(_ names: String...) -> Labels {
    Labels(names.enumerated().map { ClassLabel(index: $0, name: $1) })
  }

  private func refusal(_ text: String, in labels: Labels) -> AskError? {
    do {
      _ = try labels.find(text)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["282", "n02123159", "N02123159", "tiger cat", "Tiger Cat", "index:282", "label:tiger cat"])
  func imageNetsClassesAreFoundByIndexIdOrLabel(text: String) throws {
    #expect(try Labels.imageNet.find(text).index == 282)
  }

  @Test(arguments: [("cardigan", 474), ("Cardigan", 264), ("crane", 517), ("label:cardigan", 474)])
  func anExactLabelComesBeforeOneThatDiffersInCase(text: String, index: Int) throws {
    #expect(Labels.imageNet.classes.filter { $0.name.lowercased() == "cardigan" }.map(\.index) == [264, 474])
    #expect(try Labels.imageNet.find(text).index == index)
  }

  @Test func aTextThatDiffersInCaseFromSeveralLabelsIsRefusedWithTheWayToWriteEach() {
    let error = refusal("CARDIGAN", in: .imageNet)
    #expect(error?.kind == .ambiguousClass)
    #expect(error?.description.contains("index:264") == true && error?.description.contains("index:474") == true)
  }

  @Test func aLabelThatIsANumberIsFoundByItself() throws {
    let angles = labels("0", "90", "180", "270")
    for (index, name) in ["0", "90", "180", "270"].enumerated() { #expect(try angles.find(name).index == index) }
    #expect(try angles.find("1").index == 1)
    #expect(try angles.find("2").index == 2)
    #expect(refusal("4", in: angles)?.kind == .unknownClass)
  }

  @Test func aNumberThatIsALabelAndAnotherClassesIndexIsRefusedWithTheWayToWriteEach() throws {
    let months = Labels((1...12).map { ClassLabel(index: $0 - 1, name: "\($0)") })
    let error = refusal("5", in: months)
    #expect(error?.kind == .ambiguousClass)
    #expect(error?.description.contains("'5' (write label:5)") == true)
    #expect(error?.description.contains("'6' (write index:5)") == true)
    #expect(try months.find("label:5").index == 4 && months.find("index:5").index == 5)
    // At the ends only one reading is left.
    #expect(try months.find("12").index == 11 && months.find("0").index == 0)
    #expect(months.writing(ofIndex: 5) == "index:5" && months.writing(ofIndex: 0) == "0")
  }

  @Test func twoClassesOfOneLabelAreToldApartByIndex() throws {
    let roses = labels("rose", "tulip", "rose")
    let error = refusal("rose", in: roses)
    #expect(error?.kind == .ambiguousClass)
    #expect(error?.description.contains("index:0") == true && error?.description.contains("index:2") == true)
    #expect(refusal("label:rose", in: roses)?.kind == .ambiguousClass)
    #expect(try roses.find("index:2").index == 2 && roses.find("TULIP").index == 1)
  }

  @Test func aLabelThatLooksLikeAPrefixIsStillALabel() throws {
    let odd = labels("index:1", "label:x", "x")
    #expect(refusal("index:1", in: odd)?.kind == .ambiguousClass)
    #expect(try odd.find("index:0").index == 0)
    #expect(refusal("label:x", in: odd)?.kind == .ambiguousClass)
  }

  @Test(arguments: ["1000", "-1", "cat", "99999999999999999999", "n00000000", "index:x", "label:", "wnid:"])
  func whatIsNoClassIsRefused(text: String) { #expect(refusal(text, in: .imageNet)?.kind == .unknownClass) }

  @Test func anEmptyTextIsSaidToBeEmpty() {
    #expect(refusal("", in: .imageNet)?.description.contains("is empty") == true)
  }

  @Test func aMessageNamesLabelsThatAreAlike() {
    #expect(refusal("espr", in: .imageNet)?.description.contains("Did you mean 'espresso maker' (550)") == true)
  }
}
