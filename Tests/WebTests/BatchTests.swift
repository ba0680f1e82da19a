import Foundation
import HTTPTypes
import Images
import Models
import Serving
import Testing

@testable import Web

/// Several images in one request.
@Suite struct BatchTests {
  private static func form(_ images: [[UInt8]], _ fields: [(String, String)] = []) -> [UInt8] {
    var form = TestForm()
    for (name, value) in fields { form.add(name, value) }
    for (index, image) in images.enumerated() { form.add("image", file: image, filename: "\(index).png") }
    form.end()
    return form.bytes
  }

  private static let headers: HTTPFields = [.contentType: TestForm.contentType]

  /// Each has the bytes that it has alone; a bad one has its error, and nothing else is lost.
  @Test func eachImageIsAnsweredInItsPlace() async throws {
    try await withService { client in
      let images = [
        TestImage.png(seed: 1), Array("no image at all".utf8), TestImage.png(seed: 2), [], TestImage.png(seed: 3),
      ]
      let query = "class=7&method=layercam&include=picture&side=64"
      let response = try await client.send(
        .post, "/api/batch?\(query)", body: Self.form(images), headers: Self.headers)
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "application/json")
      var expected: [String] = []
      for image in images {
        let alone = try await client.send(
          .post, "/api/explain?\(query)", body: image, headers: [.accept: "application/json"])
        expected.append(alone.text)
      }
      let results = try #require(try response.object["results"] as? [[String: Any]])
      #expect(results.count == 5)
      for place in [0, 2, 4] { #expect(response.text.contains(expected[place]), "image \(place)") }
      #expect((results[1]["error"] as? [String: Any])?["code"] as? String == "not_an_image")
      #expect((results[3]["error"] as? [String: Any])?["code"] as? String == "bad_request")
      #expect((results[3]["error"] as? [String: Any])?["field"] as? String == "image")
    }
  }

  @Test func aZIPFileHasAFolderForEach() async throws {
    try await withService { client in
      let images = [TestImage.png(seed: 1), Array("no image at all".utf8)]
      var headers = Self.headers
      headers[.accept] = "application/zip"
      let response = try await client.send(
        .post, "/api/batch", body: Self.form(images, [("class", "7")]), headers: headers)
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "application/zip")
      #expect(response.headers[.vary] == "Accept")
      let text = String(decoding: response.bytes, as: UTF8.self)
      for name in ["0/picture.png", "0/saliency.npy", "0/saliency.json", "0/receipt.json", "1/error.json"] {
        #expect(text.contains(name), "\(name)")
      }
    }
  }

  @Test(arguments: [
    ("class=nosuch", 404, "unknown_class"), ("methods=rise&rise.masks=0", 400, "bad_request"),
    ("methds=rise", 400, "bad_request"), ("model=nosuch", 404, "unknown_model"),
    ("method=rise&masks=6000", 400, "bad_request"), ("side=999999", 400, "bad_request"),
  ])
  func aBadQuestionIsRefusedAsAWhole(query: String, status: Int, code: String) async throws {
    let models = TinyModels()
    try await withService(models: models) { client in
      let response = try await client.send(
        .post, "/api/batch?\(query)", body: Self.form([TestImage.png(), TestImage.png()]), headers: Self.headers)
      #expect(response.status.code == status)
      #expect(try response.errorCode == code)
      // What all images would take is known before the first of them is looked at.
      #expect(models.passes.count == 0)
    }
  }

  @Test func thereAreBounds() async throws {
    try await withService(configuration: [
      .set(\.limits.maximumInstances, 3), .set(\.limits.maximumJSONValues, 150),
    ]) { client in
      let image = TestImage.png()
      let many = try await client.send(
        .post, "/api/batch", body: Self.form([image, image, image, image]), headers: Self.headers)
      #expect(many.status == .contentTooLarge)
      #expect(try many.errorCode == "too_many_values")
      // Room for the numbers of two images, 72 each.
      let response = try await client.send(
        .post, "/api/batch", body: Self.form([image, image, image]), headers: Self.headers)
      let results = try #require(try response.object["results"] as? [[String: Any]])
      #expect(results[0]["error"] == nil && results[1]["error"] == nil)
      #expect((results[2]["error"] as? [String: Any])?["code"] as? String == "too_many_values")
      let none = try await client.send(.post, "/api/batch", body: Self.form([]), headers: Self.headers)
      #expect(try none.status == .badRequest && none.errorField == "image")
      let one = try await client.send(.post, "/api/batch", body: image)
      #expect((try one.object["results"] as? [Any])?.count == 1)
    }
  }
}
