import Foundation
import HTTPTypes
import Images
import TestSupport
import Testing

@testable import Web

/// Samples of 12 bits in a PNG of 16: dark as stored, with a warning; stretched where a window is given.
@Suite struct WindowTests {
  private static let size = ImageSize(width: 48, height: 40)

  /// The values of a picture of 8 bits, of which the sensor made `factor` times as much.
  private static func gray16(factor: Int) -> [UInt8] {
    let picture = TestImage.image(width: size.width, height: size.height)
    let rows = (0..<size.height).map { y in
      (0..<size.width).flatMap { x in TestPNG.big(factor * Int(picture.pixels[(y * size.width + x) * 3])).suffix(2) }
    }
    return TestPNG.file(size.width, size.height, depth: 16, .gray, rows: rows)
  }

  /// 12 bits: 16 times 8.
  private static let dark = gray16(factor: 16)

  private func logits(_ response: TestResponse) throws -> [Double] {
    try #require(try response.object["predictions"] as? [[String: Any]]).compactMap { $0["logit"] as? Double }
  }

  @Test func anAnalysisIsOfTheImageAsWindowed() async throws {
    try await withService { client in
      let stored = try await client.send(.post, "/api/analyses", body: Self.dark)
      let warnings = try #require(try stored.object["warnings"] as? [String])
      #expect(warnings.count == 1 && warnings[0].contains("window=0,4095"))
      #expect((try stored.object["image"] as? [String: Any])?["window"] == nil)

      // 16 s of 0 ... 16 * 255 is s of 0 ... 255.
      let stretched = try await client.send(.post, "/api/analyses?window=0,4080", body: Self.dark)
      #expect(stretched.status == .created)
      #expect(try stretched.object["warnings"] == nil)
      #expect((try stretched.object["image"] as? [String: Any])?["window"] as? [Int] == [0, 4080])
      let plain = try await client.send(.post, "/api/analyses?window=0,65535", body: Self.gray16(factor: 257))
      #expect(try logits(stretched) == logits(plain))
      #expect(try logits(stretched) != logits(stored))

      let id = try #require(try stretched.object["id"] as? String)
      let receipt = try await client.get("/api/analyses/\(id)/receipt.json").object
      #expect((receipt["input"] as? [String: Any])?["window"] as? [Int] == [0, 4080])
      let other = try #require(try stored.object["id"] as? String)
      let without = try await client.get("/api/analyses/\(other)/receipt.json").object
      #expect((without["input"] as? [String: Any])?["window"] == nil)
    }
  }

  @Test func aFormAndAStatelessRequestTakeItToo() async throws {
    try await withService { client in
      var form = TestForm()
      form.add("window", "0,4080")
      form.add("image", file: Self.dark)
      form.end()
      let sent = try await client.send(
        .post, "/api/analyses", body: form.bytes, headers: [.contentType: TestForm.contentType])
      #expect((try sent.object["image"] as? [String: Any])?["window"] as? [Int] == [0, 4080])

      let json: HTTPFields = [.accept: "application/json"]
      let stateless = try await client.send(
        .post, "/api/explain?window=0,4080&method=occlusion&window=9", body: Self.dark, headers: json
      ).object
      let receipt = try #require(stateless["receipt"] as? [String: Any])
      #expect((receipt["input"] as? [String: Any])?["window"] as? [Int] == [0, 4080])
      let method = try #require(receipt["method"] as? [String: Any])
      #expect((method["parameters"] as? [String: Any])?["window"] as? Int == 9)
      #expect(stateless["warnings"] == nil)
      let id = try #require(try sent.object["id"] as? String)
      let kept = try await client.get("/api/analyses/\(id)/saliency.json?method=occlusion&window=9").object
      #expect(stateless["values"] as? NSArray == kept["values"] as? NSArray)
    }
  }

  @Test(arguments: ["4095", "", "7,7", "9,8", "-1,5", "0,65536", "0,1,2"])
  func whatIsNoWindowIsRefused(_ window: String) async throws {
    try await withService { client in
      for path in ["/api/analyses", "/api/explain"] {
        let response = try await client.send(.post, "\(path)?window=\(window)", body: Self.dark)
        #expect(response.status == .badRequest)
        #expect(try response.errorMessage.hasPrefix("'window' must be two whole numbers"))
        #expect((try response.object["error"] as? [String: Any])?["field"] as? String == "window")
      }
    }
  }

  @Test func aWindowBeyondTheFilesSamplesIsRefused() async throws {
    try await withService { client in
      #expect(try await client.send(.post, "/api/analyses?window=0,255", body: TestImage.png()).status == .created)
      let beyond = try await client.send(.post, "/api/analyses?window=0,256", body: TestImage.png())
      #expect(beyond.status == .badRequest)
      #expect(try beyond.errorMessage.hasPrefix("The window 0,256 does not fit this file"))
      #expect((try beyond.object["error"] as? [String: Any])?["field"] as? String == "window")
    }
  }

  @Test func aKeptAnalysisHasItsWindow() async throws {
    try await withService { client in
      let id = try await client.upload(Self.dark)
      for path in ["heatmap.png", "saliency.npy", "saliency.json", "receipt.json", "faithfulness.svg"] {
        let response = try await client.get("/api/analyses/\(id)/\(path)?window=0,4095")
        #expect(response.status == .badRequest)
        #expect(try response.errorMessage.contains("'window'"))
      }
      let page = try await client.get("/analyses/\(id)?window=0,4095", headers: [.accept: "text/html"])
      #expect(page.status == .badRequest && page.text.contains("belongs to an upload"))
    }
  }

  @Test func predictionsOfTensorFlowServingTakeItInTheQuery() async throws {
    try await withService { client in
      let body = Array(#"{"instances": [{"b64": "\#(Data(Self.dark).base64EncodedString())"}]}"#.utf8)
      let stored = try await client.send(.post, "/v1/models/tiny:predict", body: body)
      let stretched = try await client.send(.post, "/v1/models/tiny:predict?window=0,4080", body: body)
      #expect(stored.status == .ok && stretched.status == .ok && stored.bytes != stretched.bytes)
      let wrong = try await client.send(.post, "/v1/models/tiny:predict?window=5", body: body)
      #expect(wrong.status == .badRequest && wrong.text.contains("'window' must be two whole numbers"))
    }
  }

  // MARK: The page

  private func submit(_ image: [UInt8], window: String?, _ client: Client) async throws -> TestResponse {
    var form = TestForm()
    form.add("image", file: image)
    if let window { form.add("window", window) }
    form.end()
    let sent = try await client.send(
      .post, "/analyses", body: form.bytes, headers: [.contentType: TestForm.contentType])
    guard let location = sent.headers[.location] else { return sent }
    return try await client.get(location, headers: [.accept: "text/html"])
  }

  /// A field that was left empty is what the page's own form sends.
  @Test(arguments: [nil, ""]) func thePageShowsWarnings(_ window: String?) async throws {
    try await withService { client in
      let page = try await submit(Self.dark, window: window, client).text
      #expect(
        page.contains(#/role="status"><p class="note">Most of the range is unused: [^<]*window=0,4095[^<]*</p></div>/#))
      let usual = try await submit(TestImage.png(), window: window, client).text
      #expect(usual.contains(#/class="warnings"\s+role="status"></div>/#))
      #expect(
        try await client.get("/", headers: [.accept: "text/html"]).text.contains(
          #/class="warnings"\s+role="status"></div>/#))
    }
  }

  @Test func thePagesFormTakesAWindowAndShowsIt() async throws {
    try await withService { client in
      let page = try await submit(Self.dark, window: "0,4095", client).text
      #expect(page.contains(#/class="warnings"\s+role="status"></div>/#))
      #expect(page.contains("aria-describedby=\"window-hint\" value=\"0,4095\">"))
      let wrong = try await submit(Self.dark, window: "9,8", client)
      #expect(wrong.status == .badRequest && wrong.text.contains("must be two whole numbers"))
    }
  }

  @Test func thePageShowsAMapFromItsZero() async throws {
    try await withService { client in
      let id = try await client.upload()
      let query = "?class=7&method=rise&masks=60&score=logit"
      let json = try await client.get("/api/analyses/\(id)/saliency.json" + query).object
      let (zero, largest) = (try #require(json["zero"] as? Double), try #require(json["max"] as? Double))
      #expect(json["zero_is"] as? String == "mean score over the masks")
      let page = try await client.get("/analyses/\(id)" + query, headers: [.accept: "text/html"]).text
      #expect(page.contains(">\(DisplayText.number(Float(largest - zero)))</span>"))
      #expect(page.contains("\(DisplayText.number(Float(zero))), the mean score over the masks"))
      let usual = try await client.get("/api/analyses/\(id)/saliency.json?class=7").object
      #expect(usual["zero"] == nil && usual["zero_is"] == nil)
      let plain = try await client.get("/analyses/\(id)?class=7", headers: [.accept: "text/html"]).text
      #expect(!plain.contains("shown from"))
    }
  }
}
