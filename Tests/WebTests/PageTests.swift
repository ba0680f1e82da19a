import Explain
import Foundation
import HTTPTypes
import Images
import Models
import NIOCore
import Serving
import TestSupport
import Testing

@testable import Web

private let html: HTTPFields = [.accept: "text/html,application/xhtml+xml,*/*;q=0.8"]

@Suite struct PageTests {
  @Test func browsersGetThePageAndProbesASignOfLife() async throws {
    try await withService { client in
      let page = try await client.get("/", headers: html)
      #expect(page.status == .ok)
      #expect(page.headers[.contentType] == "text/html; charset=utf-8")
      #expect(page.headers[.vary] == "Accept, Accept-Encoding")
      #expect(page.text.hasPrefix("<!doctype html>") || page.text.hasPrefix("\n<!doctype html>"))
      #expect(
        page.text.contains(
          "<option value=\"tiny\" data-summary=\"40 classes: kind 0, kind 1, kind 2 … Unverified.\" selected>Tiny tiny</option>"
        ))
      #expect(page.text.contains(#/<option value="other" data-summary="7 classes: [^"<>]*">Tiny other<\/option>/#))
      #expect(page.text.contains("<script id=\"state\" type=\"application/json\">null</script>"))
      #expect(!page.text.contains("{{"))
      for accept in ["*/*", "application/json", "text/html;q=0"] {
        #expect(try await client.get("/", headers: [.accept: accept]).text == #"{"status":"alive"}"#)
      }
      #expect(try await client.get("/").text == #"{"status":"alive"}"#)
    }
  }

  @Test func theLegendsBarIsTheColourMapItself() async throws {
    try await withService { client in
      for map in ColorMap.allCases {
        let answer = try await client.get("/colormaps/\(map.rawValue).png")
        #expect(answer.headers[.contentType] == "image/png")
        let bar = try decodeImage(Array(answer.body.readableBytesView)).image
        #expect(bar.size == ImageSize(width: 256, height: 1))
        let last = try #require(map.table.last)
        #expect(Array(bar.pixels.suffix(3)) == [last.red, last.green, last.blue])
      }
      #expect(try await client.get("/colormaps/sepia.png").status == .notFound)
    }
  }

  @Test func thePlainFormLeadsToItsPage() async throws {
    try await withService { client in
      var form = TestForm()
      form.add("image", file: TestImage.png())
      form.add("model", "tiny")
      form.end()
      let sent = try await client.send(
        .post, "/analyses", body: form.bytes, headers: [.contentType: TestForm.contentType])
      #expect(sent.status == .seeOther)
      let location = try #require(sent.headers[.location])
      #expect(location.hasPrefix("/analyses/"))

      let page = try await client.get(location + "?class=38&alpha=0.25&colormap=magma", headers: html)
      #expect(page.status == .ok)
      let id = location.dropFirst("/analyses/".count)
      #expect(
        page.text.contains("src=\"/api/analyses/\(id)/heatmap.png?class=38&amp;alpha=0.25&amp;colormap=magma\""))
      #expect(page.text.contains("No part of the picture speaks for “kind 38”"))
      #expect(
        page.text.contains(
          "href=\"/analyses/\(id)?class=38&amp;alpha=0.25&amp;colormap=magma\" data-class=\"38\" aria-current=\"true\"")
      )
      #expect(page.text.contains("<option value=\"magma\" selected>"))
      #expect(page.text.components(separatedBy: "aria-current").count == 2)
      let state = try #require(page.text.firstMatch(of: /<script id="state" type="application\/json">(.*)<\/script>/)).1
      let kept = try await client.get("/api/analyses/\(id)")
      let decoded = try JSONSerialization.jsonObject(with: Data(state.utf8)) as? NSDictionary
      #expect(decoded == (try kept.object as NSDictionary))
    }
  }

  @Test func theFirstFiveAreShownAndTheClassBeyondThem() async throws {
    try await withService { client in
      let id = try await client.upload()
      let top = try await client.get("/analyses/\(id)", headers: html).text
      #expect(top.components(separatedBy: "<li>").count + top.components(separatedBy: "<li class=").count > 6)
      #expect(!top.contains("class=\"beyond\""))
      // An empty field is what the page's own form sends where nothing was typed.
      #expect(try await client.get("/analyses/\(id)?class=", headers: html).status == .ok)
      let last = try #require(
        try await client.get("/api/analyses/\(id)?top=40").object["predictions"] as? [[String: Any]]
      ).last
      let index = try #require(last?["index"] as? Int)
      let page = try await client.get("/analyses/\(id)?class=\(index)", headers: html).text
      #expect(page.contains("class=\"beyond\""))

      // The five and the one beyond them stand side by side, but for the class that they are held against.
      let first = try #require(try await client.get("/api/analyses/\(id)").object["predictions"] as? [[String: Any]])
        .compactMap { $0["index"] as? Int }
      for against in [nil, first[2]] {
        let query = "?class=\(index)" + (against.map { "&against=\($0)" } ?? "")
        let compared = try await client.get("/analyses/\(id)\(query)", headers: html).text
        let expected = (first + [index]).filter { $0 != against }.map(String.init).joined(separator: ",")
        let link = try #require(
          compared.firstMatch(of: /id="compare-link" href="([^"]*classes=([0-9,]*)[^"]*range=shared[^"]*)"/))
        #expect(link.2 == expected)
        #expect(try await client.get(String(link.1).replacing("&amp;", with: "&")).status == .ok)
      }
    }
  }

  /// A link must not set off minutes of computing by being looked at.
  @Test func theCostOfAMapIsStatedBeforeItIsComputed() async throws {
    let models = TinyModels()
    try await withService(models: models, configuration: [.set(\.limits.maximumPasses, 1_000_000)]) { client in
      let id = try await client.upload()
      _ = try await client.get("/analyses/\(id)", headers: html)
      let before = models.passes.count
      let page = try await client.get("/analyses/\(id)?class=7&method=rise&masks=100000", headers: html)
      #expect(page.status == .ok && models.passes.count == before)
      #expect(page.text.contains(#/RISE\s+takes about \d+ (s|min)/#))
      #expect(page.text.contains("href=\"/analyses/\(id)?class=7&amp;method=rise&amp;masks=100000&amp;compute=true\""))
      #expect(page.text.contains("<dd id=\"fact-method\">Grad-CAM</dd>"))
      let accepted = try await client.get("/analyses/\(id)?class=7&method=rise&masks=8&compute=true", headers: html)
      #expect(accepted.text.contains("<dd id=\"fact-method\">RISE</dd>"))
    }
  }

  @Test(arguments: [(1499, nil), (1500, "about 2 s"), (59_400, "about 59 s"), (150_000, "about 3 min")])
  func whatIsHardlyNoticedHasNoCost(milliseconds: Int, text: String?) {
    #expect(DisplayText.cost(.milliseconds(milliseconds)) == text)
  }

  @Test func modelsOfOneTitleAreToldApartByTheirNames() {
    let manifests = ["a", "b", "c"].map { name in
      var manifest = TinyNetwork.classifier(name, passes: ForwardPassCounter()).manifest
      manifest.title = name == "c" ? "Other" : "Same"
      return manifest
    }
    #expect(DisplayText.titles(of: manifests) == ["a": "Same (a)", "b": "Same (b)", "c": "Other"])
  }

  /// Of several classes the first is shown, in the range of all.
  @Test func ofSeveralClassesThePageShowsTheFirst() async throws {
    try await withService { client in
      let id = try await client.upload()
      let page = try await client.get("/analyses/\(id)?classes=7,9&range=shared", headers: html).text
      #expect(page.contains("data-class=\"7\""))
      #expect(page.contains("class=7&amp;alpha=0.5&amp;colormap=turbo&amp;range=shared&amp;shared_with=9\""))
    }
  }

  /// The script reads defaults where the server has written them, and repeats none.
  @Test func thePageSaysWhatIsDefault() async throws {
    try await withService { client in
      let id = try await client.upload()
      for query in ["", "?method=layercam&evidence=signed&alpha=0.25"] {
        let page = try await client.get("/analyses/\(id)" + query, headers: html).text
        func attributes(_ option: String) throws -> Substring {
          let after = try #require(page.firstRange(of: "<option value=\"\(option)\"")).upperBound
          return page[after...].prefix { $0 != ">" }
        }
        #expect(try attributes("grad-cam").contains("data-default"))
        #expect(try !attributes("layercam").contains("data-default"))
        #expect(try attributes("positive").contains(#/data-lead="Evidence for"\s/#))
        #expect(try attributes("positive").contains(#/data-default-colormap="turbo"\s+data-default\b/#))
        #expect(try attributes("signed").contains(#"data-default-colormap="coolwarm""#))
        #expect(try !attributes("signed").contains(#/data-default(?!-)/#))
        #expect(page.contains(#/id="alpha"[^>]*data-default="0.5"/#))
      }
    }
  }

  @Test(arguments: [
    ("a < b > c & \"d\" 'e'", "a &lt; b &gt; c &amp; &quot;d&quot; &#39;e&#39;"),
    ("\"\u{301}'\u{301}<\u{338}", "&quot;\u{301}&#39;\u{301}&lt;\u{338}"),
    ("cup\u{202E}txt\u{202C}", "cup\u{FFFD}txt\u{FFFD}"),
    ("\u{2066}\u{2069}\u{200F}\u{61C}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
    ("\0\u{1B}\u{7F}\u{9F}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"), ("one\ntwo\tthree", "one two three"),
    ("naïve 茶 قهوة 🫖", "naïve 茶 قهوة 🫖"),
  ])
  func textIsEscapedScalarByScalar(text: String, expected: String) {
    #expect(Array(text.escapedForHTML.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test func hostileLabelsStayText() async throws {
    try await withService { client in
      let id = try await client.upload()
      let page = try await client.get("/analyses/\(id)?class=\(TinyNetwork.hostileClass)", headers: html).text
      #expect(!page.contains("<img src=x"))
      #expect(!page.contains("onfocus='"))
      #expect(
        page.contains(
          "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;\u{301} onfocus=&#39;alert(2)&#39; "
            + "x=&quot;&amp;amp;\u{FFFD}"))
      let markup = try #require(page.firstRange(of: "<script id=\"state\""))
      #expect(!page[..<markup.lowerBound].unicodeScalars.contains("\u{202E}"))
      let state = try #require(page.unicodeScalars.split(separator: "\n").last { String($0).contains("id=\"state\"") })
      #expect(String(state).components(separatedBy: "</script>").count == 2, "the state does not end its element")
      // The error sentence repeats what was asked for.
      let refusal = try await client.get("/analyses/\(id)?class=%3Cimg%20src%3Dx%3E%22", headers: html)
      #expect(refusal.status == .notFound)
      #expect(!refusal.text.contains("<img src=x"))
      #expect(refusal.text.contains("&lt;img src=x&gt;&quot;"))
    }
  }

  @Test func errorsAreThePageWithASentence() async throws {
    try await withService { client in
      var form = TestForm()
      form.add("image", file: [], filename: "")
      form.add("model", "tiny")
      form.end()
      let unchosen = try await client.send(
        .post, "/analyses", body: form.bytes, headers: [.contentType: TestForm.contentType])
      #expect(unchosen.status == .badRequest)
      #expect(unchosen.headers[.contentType] == "text/html; charset=utf-8")
      #expect(unchosen.text.contains("No image was chosen, or the file is empty. Choose a JPEG, PNG or WebP file."))

      let text = try await client.send(.post, "/analyses", body: Array("hello there, I am text".utf8))
      #expect(text.status == .unsupportedMediaType)
      #expect(text.text.contains("This is not an image file"))

      let unknown = try await client.get("/analyses/00000000000000000000000000000000", headers: html)
      #expect(unknown.status == .notFound)
      #expect(unknown.text.contains("There is no analysis with this id."))
    }
  }

  @Test func anExpiredPageSaysUploadAgain() async throws {
    let clock = ManualClock()
    try await withService(clock: clock) { client in
      let id = try await client.upload()
      clock.advance(by: .seconds(901))
      let page = try await client.get("/analyses/\(id)", headers: html)
      #expect(page.status == .gone)
      #expect(page.text.contains("Upload the image again."))
    }
  }

  @Test(
    arguments: [
      (0.394599, "39.5\u{A0}%"), (0, "0.0\u{A0}%"), (0.0004, "<0.1\u{A0}%"), (0.0005, "0.1\u{A0}%"),
      (1, "100.0\u{A0}%"),
    ] as [(Float, String)])
  func percentsReadAsInTheScript(value: Float, text: String) {
    #expect(DisplayText.percent(value) == text)
  }

  /// Expected texts are what `number` of `Static/js/format.js` gives in Node.
  @Test(
    arguments: [
      (0, "0"), (9.2474, "9.25"), (-0.2, "\u{2212}0.200"), (123.456, "123"), (9.996, "10.0"), (0.00012345, "0.000123"),
      (999.7, "1000"), (12345.6, "12346"), (-1.5e-7, "\u{2212}1.50e\u{2212}7"),
    ] as [(Float, String)])
  func numbersReadAsInTheScript(value: Float, text: String) {
    #expect(DisplayText.number(value) == text)
  }

  // MARK: Files

  @Test(arguments: [
    ("/gaze.css", "text/css; charset=utf-8"), ("/theme.css", "text/css; charset=utf-8"),
    ("/app.js", "text/javascript; charset=utf-8"),
    ("/js/api.js", "text/javascript; charset=utf-8"), ("/favicon.svg", "image/svg+xml"),
    ("/openapi.yaml", "application/yaml"),
  ])
  func filesComeWithTheirTypeAndAreAskedForAgain(path: String, type: String) async throws {
    try await withService { client in
      let response = try await client.get(path)
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == type)
      #expect(response.bytes == [UInt8](try Data(contentsOf: URL(filePath: staticFolder + path))))
      let tag = try #require(response.headers[.eTag])
      let again = try await client.get(path, headers: [.ifNoneMatch: "\"other\", W/\(tag)"])
      #expect(again.status == .notModified)
      #expect(again.bytes.isEmpty)
      #expect(try await client.get(path, headers: [.ifNoneMatch: "\"other\""]).status == .ok)
    }
  }

  @Test(arguments: [
    "/../Package.swift", "/..%2fPackage.swift", "/%2e%2e/Package.swift", "/js/../../Package.swift",
    "/js/..%2f..%2fPackage.swift", "//etc/passwd", "/js%2fapi.js%00", "/gaze.css%00.js", "/index.html", "/./gaze.css/",
    "/colormaps/", "/%2fetc%2fpasswd", "/file:///etc/passwd",
  ])
  func nothingElseIsServed(path: String) async throws {
    try await withService { client in
      let response = try await client.get(path)
      #expect(response.status == .notFound || path == "/./gaze.css/")
      #expect(!response.text.contains("swift-tools-version"))
      #expect(!response.text.contains("root:"))
      #expect(!response.text.contains("{{"))
    }
  }

  @Test func aChangedTemplateIsReadAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gaze-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: StartError.self) { try PageTemplate(folder: folder.path) }
    let file = folder.appending(path: "index.html")
    try Data("one".utf8).write(to: file)
    let watched = WatchedFile(file.path) { String(decoding: $0, as: UTF8.self) }
    #expect(try watched.current().content == "one")
    try Data("three".utf8).write(to: file)
    #expect(try watched.current().content == "three")
  }
}
