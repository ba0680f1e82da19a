import Foundation
import HTTPTypes
import Images
import Testing

@testable import Web

@Suite struct StatelessExplainTests {
  @Test(arguments: [
    (nil, "image/png"), ("*/*", "image/png"), ("image/*", "image/png"), ("application/json", "application/json"),
    ("application/x-npy", "application/x-npy"), ("application/octet-stream", "application/octet-stream"),
    ("image/png;q=0.5, application/json;q=0.9", "application/json"),
    ("text/html, application/json;q=0.1, */*;q=0", "application/json"),
    ("IMAGE/PNG", "image/png"), ("*/*;q=0.1, image/png;q=0", "application/json"),
  ])
  func acceptPicksTheForm(accept: String?, type: String) async throws {
    try await withService { client in
      var headers: HTTPFields = [:]
      headers[.accept] = accept
      let response = try await client.send(.post, "/api/explain?class=7", body: TestImage.png(), headers: headers)
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == type)
      #expect(response.headers[.vary] == (type == "application/json" ? "Accept, Accept-Encoding" : "Accept"))
      #expect(response.headers[HTTPField.Name("X-Gaze-Class")!] == "7")
    }
  }

  @Test(arguments: ["text/html", "image/png;q=0", "image/jpeg, text/*", "nonsense", "image/png;q=2"])
  func formsThatAreNotHadAreRefused(accept: String) async throws {
    try await withService { client in
      let response = try await client.send(
        .post, "/api/explain", body: TestImage.png(), headers: [.accept: accept])
      #expect(response.status == .notAcceptable)
      #expect(try response.errorCode == "not_acceptable")
      #expect(try response.errorMessage.contains("application/x-npy"))
    }
  }

  @Test func itAnswersLikeAKeptAnalysisAndKeepsNothing() async throws {
    try await withService { client in
      let image = TestImage.png()
      let query = "?class=11&alpha=0.7&colormap=magma&overlay=false"
      let png = try await client.send(.post, "/api/explain" + query, body: image)
      let npy = try await client.send(
        .post, "/api/explain?class=11&resolution=input", body: image, headers: [.accept: "application/x-npy"])
      let json = try await client.send(
        .post, "/api/explain?class=11&top=4", body: image, headers: [.accept: "application/json"])
      #expect(try await client.metric("gaze_analyses_kept") == 0)

      let id = try await client.upload(image)
      #expect(png.bytes == (try await client.get("/api/analyses/\(id)/heatmap.png" + query)).bytes)
      #expect(npy.bytes == (try await client.get("/api/analyses/\(id)/saliency.npy?class=11&resolution=input")).bytes)
      var answer = try json.object
      #expect((answer.removeValue(forKey: "predictions") as? [Any])?.count == 4)
      let kept = try await client.get("/api/analyses/\(id)/saliency.json?class=11").object
      #expect(answer as NSDictionary == kept as NSDictionary)
    }
  }

  @Test func aFormNamesTheClass() async throws {
    try await withService { client in
      var form = TestForm()
      form.add("file", file: TestImage.png())
      form.add("class", "kind 12")
      form.end()
      let response = try await client.send(
        .post, "/api/explain", body: form.bytes, headers: [.contentType: TestForm.contentType])
      #expect(response.headers[HTTPField.Name("X-Gaze-Class")!] == "12")
    }
  }

  @Test func predictionsAndPictureComeInOneAnswer() async throws {
    try await withService { client in
      let image = TestImage.png(width: 300, height: 200)
      let query = "?class=11&alpha=0.7&colormap=magma&side=120"
      let png = try await client.send(.post, "/api/explain" + query, body: image)
      #expect(try decodeImage(png.bytes).image.size == ImageSize(width: 120, height: 80))
      let json: HTTPFields = [.accept: "application/json"]
      let both = try await client.send(
        .post, "/api/explain" + query + "&top=3&include=picture", body: image, headers: json)
      var answer = try both.object
      let text = try #require(answer.removeValue(forKey: "picture_png") as? String)
      #expect([UInt8](try #require(Data(base64Encoded: text))) == png.bytes)
      #expect((answer["predictions"] as? [Any])?.count == 3)
      var receipt = try #require(answer["receipt"] as? [String: Any])
      let display = try #require(receipt.removeValue(forKey: "display") as? [String: Any])
      #expect(display["image"] as? [String: Int] == ["width": 120, "height": 80])
      answer["receipt"] = receipt
      let alone = try await client.send(.post, "/api/explain" + query + "&top=3", body: image, headers: json)
      #expect(answer as NSDictionary == (try alone.object) as NSDictionary, "nothing else differs")
    }
  }

  /// A side as long as the image's: every pixel outside of the crop, where it is left plain, is the photograph's own.
  @Test func anOverlayAtTheOriginalsResolution() async throws {
    try await withService { client in
      let image = TestImage.image(width: 1600, height: 700)
      let query = "?class=11&unseen=plain"
      let usual = try await client.send(.post, "/api/explain" + query, body: encodePNG(image))
      #expect(try decodeImage(usual.bytes).image.size == ImageSize(width: 1024, height: 448))
      let whole = try await client.send(.post, "/api/explain\(query)&side=1600", body: encodePNG(image))
      let picture = try decodeImage(whole.bytes).image
      #expect(picture.size == image.size)
      #expect(picture.pixels[..<300] == image.pixels[..<300])
      #expect(picture.pixels != image.pixels)
    }
  }

  @Test func aPictureOfTooManyPixelsIsRefused() async throws {
    try await withService { client in
      let image = encodePNG(
        RGBImage(size: ImageSize(width: 6000, height: 5000), pixels: Array(repeating: 9, count: 90_000_000)))
      let response = try await client.send(.post, "/api/explain?side=6000", body: image)
      #expect(response.status == .contentTooLarge)
      #expect(try response.errorMessage.contains("30000000 pixels"))
      #expect(try await client.send(.post, "/api/explain?side=300", body: image).status == .ok)
    }
  }

  @Test(arguments: ["side=0", "side=8193", "side=12.5", "side=", "side=5&side=6", "include=overlay", "include="])
  func wishesThatCannotBeMetAreRefused(query: String) async throws {
    try await withService { client in
      let response = try await client.send(
        .post, "/api/explain?" + query, body: TestImage.png(), headers: [.accept: "application/json"])
      #expect(response.status == .badRequest)
      #expect(try response.errorMessage.contains(query.prefix(4)))
    }
  }
}
