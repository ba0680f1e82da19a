import Explain
import Images
import Networks
import Testing

/// What is asked, read from the texts of any face.
@Suite struct AskTests {
  private func ask(_ fields: (String, String)..., spelling: Spelling = .query) throws -> Ask {
    try Ask(AskFields(fields.map { (name: $0.0, value: $0.1) }, spelling: spelling))
  }

  private func refusal(_ fields: (String, String)..., spelling: Spelling = .query) -> AskError? {
    do {
      _ = try Ask(AskFields(fields.map { (name: $0.0, value: $0.1) }, spelling: spelling))
      return nil
    } catch {
      return error
    }
  }

  @Test func nothingAskedIsTheDefaults() throws { #expect(try ask() == Ask()) }

  @Test func everyFieldIsRead() throws {
    let asked = try ask(
      ("class", "tabby"), ("against", "tiger cat"), ("method", "rise"), ("masks", "7"), ("fusion", "max"),
      ("augmentation", "flip"), ("evidence", "signed"), ("range", "p99"), ("contours", "0.25, 0.5"),
      ("colorbar", "true"), ("unseen", "plain"), ("alpha", "0.25"), ("fade", "value"), ("side", "300"),
      ("resolution", "input"),
      ("top", "3"), ("include", "picture"))
    #expect(asked.classes == .one("tabby") && asked.against == "tiger cat")
    #expect(asked.method.name == "rise" && asked.method.given == ["masks": "7"])
    #expect(asked.fusion == .maximum && asked.augmentation == .flip)
    #expect(
      asked.presentation.recipe
        == DisplayRecipe(
          colorMap: .coolwarm, opacity: 0.25, fade: .value, evidence: .signed, range: .percentile(99),
          contours: [0.25, 0.5], unseen: .plain, hasColorBar: true))
    #expect(asked.presentation.side == 300 && asked.resolution == .input && asked.top == 3 && asked.includesPicture)
  }

  private func window(_ texts: String..., method: String? = nil) throws(AskError) -> SampleWindow? {
    try Ask(AskFields(texts.map { ("window", $0) } + (method.map { [("method", $0)] } ?? []))).window
  }

  @Test(arguments: ["0,4095", " 0 , 4095 "]) func aWindowIsTwoNumbers(_ text: String) throws {
    #expect(try window(text) == SampleWindow(low: 0, high: 4095))
    #expect(try window() == nil)
  }

  @Test(arguments: [
    "4095", "", ",", "0,", ",5", "5,5", "6,5", "-1,5", "0,65536", "0,1,2", "0.5,7", "a,b", "0,99999999999999999999",
  ])
  func whatIsNoWindowIsRefused(_ text: String) {
    let error = #expect(throws: AskError.self) { try window(text) }
    #expect(error?.field == "window")
    #expect(error?.description.hasPrefix("'window' must be two whole numbers from 0 to 65535") == true)
    #expect(throws: AskError.self) { try SampleWindow(text, spelling: .commandLine) }
  }

  /// Occlusion has a parameter of this name, which is one number.
  @Test func occlusionsWindowIsItsOwn() throws {
    #expect(try window("11", method: "occlusion") == nil)
    #expect(try window("0,4095", method: "occlusion") == SampleWindow(low: 0, high: 4095))
    let both = try Ask(AskFields([("method", "occlusion"), ("window", "0,255"), ("window", "11")]))
    #expect(both.window == SampleWindow(low: 0, high: 255))
    #expect(both.method.given == ["window": "11"])
    #expect(try Ask(AskFields([("method", "occlusion"), ("window", "0,255")])).method.given == [:])
    let twice = #expect(throws: AskError.self) { try window("0,1", "0,2") }
    #expect(twice?.description == "'window' is given 2 times; give it once.")
  }

  /// The same rules on both faces, each message in the face's own words.
  @Test(arguments: [
    ("range", "much", "'range' must be", "--range must be"),
    ("range", "p101", "'range' must be", "--range must be"),
    ("range", "0", "'range' must be", "--range must be"),
    ("range", "shared", "range=shared needs", "--range shared needs"),
    ("shared_with", "3", "'shared_with' needs range=shared", "--shared-with needs --range shared"),
    ("contours", "0.5,1", "'contours' must be", "--contours must be"),
    ("alpha", "1.5", "'alpha' must be", "--alpha must be"),
    ("evidence", "both", "'evidence' must be one of", "--evidence must be one of"),
    ("side", "0", "'side' must be a whole number of pixels", "--side must be a whole number of pixels"),
    ("colormap", "coolwarm", "The colour map coolwarm", "The colour map coolwarm"),
    ("layer", "a,a", "'layer' names a layer twice", "--layer names a layer twice"),
  ])
  func aBadValueIsRefusedInTheWordsOfTheFace(field: String, value: String, query: String, option: String) {
    #expect(refusal((field, value))?.description.hasPrefix(query) == true)
    #expect(refusal((field, value), spelling: .commandLine)?.description.hasPrefix(option) == true)
    #expect(refusal((field, value))?.field == field)
  }

  @Test func whatMeansNothingIsTheMethodsAndIsRefusedWhereItHasNone() throws {
    #expect(refusal(("clas", "3"))?.description.contains("no parameter 'clas'") == true)
    // A form carries fields that nobody meant; a method's own are taken.
    let form = try AskFields([], lenient: [("clas", "3"), ("masks", "9"), ("method", "rise")])
    #expect(try Ask(form).method.given == ["masks": "9"])
  }

  @Test func valuesAreBoundedBeforeAnythingIsLookedUp() {
    for (field, length) in [("class", 257), ("class", 60_000), ("against", 300), ("layer", 5000), ("x", 5000)] {
      #expect(refusal((field, String(repeating: "q", count: length)))?.description.contains("too long") == true)
    }
    #expect(refusal((String(repeating: "n", count: 300), "1"))?.description.contains("too long") == true)
    #expect(refusal(("classes", (0..<20).map { "\($0)" }.joined(separator: ","))) == nil)
    #expect(refusal(("classes", (0..<21).map { "\($0)" }.joined(separator: ",")))?.field == "classes")
  }

  @Test func severalClassesShareTheirRangeUnlessAnotherIsAskedFor() throws {
    #expect(try ask(("classes", "1,2")).presentation.sharesRange)
    #expect(try !ask(("classes", "1")).presentation.sharesRange)
    #expect(try !ask(("classes", "1,2"), ("range", "own")).presentation.sharesRange)
    #expect(try !ask(("class", "1")).presentation.sharesRange)
    #expect(try ask(("classes", "1"), ("classes", "2"), spelling: .commandLine).classes == .list(["1", "2"]))
    #expect(refusal(("class", "1"), ("classes", "2"))?.field == "classes")
    #expect(refusal(("class", "1"), ("class", "2"))?.description.contains("classes=281,282") == true)
  }

  @Test func aViewIsReadAsItWasWritten() throws {
    for asked in [
      try ask(
        ("class", "3"), ("method", "smoothgrad"), ("samples", "7"), ("evidence", "signed"), ("range", "p98.5"),
        ("contours", "0.25"), ("colorbar", "true"), ("unseen", "plain"), ("alpha", "0.3"), ("fusion", "max")),
      try ask(("class", "3"), ("range", "2.5"), ("layer", "a"), ("colormap", "jet"), ("fade", "value")),
      try ask(("class", "3"), ("range", "shared"), ("shared_with", "4,5"), ("augmentation", "flip")),
    ] {
      var written = WrittenFields()
      written.addColors(of: asked.presentation, leavingOutDefaults: true)
      written.addMethod(of: asked)
      written.addDrawing(of: asked.presentation, hasColorBar: true)
      #expect(try Ask(AskFields([("class", "3")] + written.pairs)) == asked)
    }
  }

  @Test(arguments: ["0", "8", "five", "99999999999999999999"])
  func howManyClassesAreListedIsToldWithTheNumberThereAre(text: String) throws {
    let labels = Labels((0..<7).map { ClassLabel(index: $0, name: "kind \($0)") })
    for (spelling, name) in [(Spelling.query, "'top'"), (.commandLine, "--top")] {
      let top = try ask(("top", text), spelling: spelling).top
      let error = #expect(throws: AskError.self) { try labels.count(listing: top, spelling: spelling) }
      #expect(error?.description == "\(name) must be a whole number from 1 to 7.")
    }
    #expect(try labels.count(listing: nil) == 5 && labels.count(listing: 7) == 7)
  }

  @Test func aPlainFormsFieldsKnowNothingOfEachOther() throws {
    let fields = try AskFields([("class", ""), ("evidence", "positive"), ("colormap", "coolwarm"), ("range", "own")])
    #expect(throws: AskError.self) { try Ask(fields) }
    #expect(try Ask(fields.ofPlainForm) == Ask(AskFields([("evidence", "positive")])))
    #expect(try Ask(fields.ofPlainForm).presentation.recipe == DisplayRecipe())
  }
}
