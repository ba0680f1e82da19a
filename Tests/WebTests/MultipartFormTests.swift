import Testing

@testable import Web

@Suite struct MultipartFormTests {
  private let formType = "multipart/form-data; boundary=B"

  private func parse(_ text: String, type: String? = nil) throws -> MultipartForm {
    try MultipartForm(Array(text.utf8), contentType: type ?? formType)
  }

  private func file(_ text: String) -> String? {
    (try? parse(text).file).map { String(decoding: $0.body, as: UTF8.self) }
  }

  private func part(_ headers: String, _ body: String) -> String { "--B\r\n\(headers)\r\n\r\n\(body)\r\n" }
  private let fileHeader = "Content-Disposition: form-data; name=\"image\"; filename=\"a.png\""

  @Test func filesAndTextsAreTold() throws {
    let form = try parse(
      part("Content-Disposition: form-data; name=\"model\"", "tiny") + part(fileHeader, "data")
        + part("content-disposition:form-data;name=class", "kind 7") + "--B--\r\n")
    #expect(form.parts.map(\.name) == ["model", "image", "class"])
    #expect(form.file.map { Array($0.body) } == Array("data".utf8))
    #expect(form.texts.map(\.name) == ["model", "class"])
    #expect(form.texts.map(\.value) == ["tiny", "kind 7"])
  }

  @Test func theImageFieldGoesBeforeOtherFiles() throws {
    let header = { (name: String) in "Content-Disposition: form-data; name=\"\(name)\"; filename=\"x\"" }
    #expect(file(part(header("other"), "1") + part(header("data"), "2") + part(header("image"), "3") + "--B--") == "3")
    #expect(file(part(header("other"), "1") + part(header("data"), "2") + "--B--") == "2")
    #expect(file(part(header("other"), "1") + part(header("more"), "2") + "--B--") == "1")
    #expect(file(part("Content-Disposition: form-data; name=\"image\"", "text") + "--B--") == nil)
  }

  /// RFC 7578, section 4.2: a file's name should be there, and need not.
  @Test(arguments: ["image/png", "IMAGE/JPEG; q=1", "application/octet-stream"])
  func aTypeAloneMakesAFile(type: String) throws {
    let header = "Content-Disposition: form-data; name=\"image\"\r\nContent-Type: \(type)"
    let form = try parse(part(header, "data") + "--B--")
    #expect(form.file.map { Array($0.body) } == Array("data".utf8))
    #expect(form.texts.isEmpty)
    #expect(file(part(header.replacing(type, with: "text/plain"), "text") + "--B--") == nil)
  }

  @Test(arguments: [
    "line\r\nline", "\r\n", "", "x--B\r\n", "\r\n--Bx\r\n", "\r\n--B -\r\n", "\r\n--\r\n", "\n--B\r\n", "\r\n-",
    "\r\n--B-\r\n",
  ])
  func dataMayLookAlmostLikeABoundary(data: String) {
    #expect(file(part(fileHeader, data) + "--B--\r\n") == data)
  }

  @Test func preamblePaddingAndEpilogueArePassedOver() {
    #expect(file("preamble\r\n--B \t\r\n\(fileHeader)\r\n\r\ndata\r\n--B--  \r\nepilogue") == "data")
  }

  @Test func binaryDataComesThroughBitForBit() throws {
    let data = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) } + [0x0D, 0x0A, 0x2D, 0x2D, 0x0D]
    var form = TestForm()
    form.add("image", file: data)
    form.end()
    #expect(try MultipartForm(form.bytes, contentType: TestForm.contentType).file.map { Array($0.body) } == data)
  }

  @Test(arguments: [
    ("", MultipartError.noDelimiter),
    ("data without any boundary", .noDelimiter),
    ("--B\n\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\n\ndata\n--B--\n", .noDelimiter),
    ("--B", .noDelimiter),
    ("--B\r\n", .truncated),
    ("--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\ndata", .truncated),
    ("--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\ndata\r\n--B", .truncated),
    ("--B\r\nContent-Disposition: form-data; name=\"image\"\r\n--B--\r\n", .headersTooLong),
    ("--B\r\n\r\ndata\r\n--B--\r\n", .noName),
    ("--B\r\n--B--\r\n", .headersTooLong),
    ("--B\r\nContent-Disposition: attachment; name=\"image\"; filename=\"a\"\r\n\r\ndata\r\n--B--\r\n", .noName),
    ("--B\r\nContent-Disposition: form-data; filename=\"a\"\r\n\r\ndata\r\n--B--\r\n", .noName),
    ("--B\r\nContent-Type: image/png\r\n\r\ndata\r\n--B--\r\n", .noName),
  ])
  func formsThatLieAreRefused(text: String, error: MultipartError) {
    #expect(throws: error) { try parse(text) }
  }

  @Test func endlessHeadersAreRefused() {
    let header = "X-Long: " + String(repeating: "a", count: 5000) + "\r\n" + fileHeader
    #expect(throws: MultipartError.headersTooLong) { try parse(part(header, "data") + "--B--") }
  }

  @Test func tooManyPartsAreRefused() throws {
    let parts = { (count: Int) in
      (0..<count).map { part("Content-Disposition: form-data; name=\"f\($0)\"", "") }.joined() + "--B--"
    }
    #expect(try parse(parts(32)).parts.count == 32)
    #expect(throws: MultipartError.tooManyParts(32)) { try parse(parts(33)) }
  }

  @Test(arguments: [
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=a\u{1}b", "multipart/form-data; boundary=\"ends with blank \"",
    "multipart/form-data; boundary=\(String(repeating: "x", count: 71))",
  ])
  func boundariesThatCannotBeAreRefused(type: String) {
    #expect(throws: MultipartError.noBoundary) { try parse("--B\r\n", type: type) }
  }

  @Test(arguments: [
    "multipart/form-data;boundary=\"B\"", "Multipart/Form-Data ; charset=utf-8; BOUNDARY=B",
    "multipart/form-data; boundary=B; x=\"a;b\"",
  ])
  func boundariesMayBeQuotedAndAmongOtherParameters(type: String) throws {
    #expect(MultipartForm.isAnnounced(by: type))
    #expect(try parse(part(fileHeader, "data") + "--B--", type: type).file != nil)
  }

  @Test func aNestedFormIsOnlyData() {
    let nested = "--C\r\n\(fileHeader)\r\n\r\ninner\r\n--C--"
    #expect(file(part(fileHeader + "\r\nContent-Type: multipart/mixed; boundary=C", nested) + "--B--") == nested)
  }

  @Test(
    arguments: [
      (#"form-data; name="a;b"; filename="c\"d.png""#, "a;b", #"c"d.png"#),
      (#"form-data; name="a"; filename="C:\photos\e.png""#, "a", #"C:\photos\e.png"#),
      (#"form-data; name=a; filename="""#, "a", ""), (#"form-data; name="x\"#, #""x\"#, nil),
      (#"form-data; filename="first"; filename="second"; name="n""#, "n", "first"),
    ] as [(String, String, String?)])
  func headerParametersAreUnquoted(text: String, name: String, filename: String?) {
    let parameters = HeaderParameters(text)
    #expect(parameters.value == "form-data")
    #expect(parameters["name"] == name)
    #expect(parameters["filename"] == filename)
  }
}
