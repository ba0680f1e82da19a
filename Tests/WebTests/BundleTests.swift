import CZlib
import Foundation
import HTTPTypes
import Images
import Testing

@testable import Web

/// All that there is of an answer, as one ZIP file.
@Suite struct BundleTests {
  @Test func aBundleHoldsWhatTheAddressesGive() async throws {
    try await withService { client in
      let id = try await client.upload()
      let query = "class=7&evidence=signed&colorbar=true"
      let response = try await client.get("/api/analyses/\(id)/bundle.zip?\(query)")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "application/zip")
      let files = try StoredFiles(response.bytes)
      #expect(files.names == ["picture.png", "saliency.npy", "saliency.json", "receipt.json", "image.jpg"])
      for (name, path) in [
        ("picture.png", "heatmap.png"), ("saliency.npy", "saliency.npy"), ("receipt.json", "receipt.json"),
        ("image.jpg", "image.jpg"),
      ] {
        let alone = try await client.get("/api/analyses/\(id)/\(path)" + (path == "image.jpg" ? "" : "?\(query)"))
        #expect(files[name] == alone.bytes, "\(name)")
      }
      let bytes = try #require(files["saliency.json"])
      let json = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
      #expect((json["predictions"] as? [Any])?.count == 5)
      // The same receipt, the same bytes.
      #expect(try await client.get("/api/analyses/\(id)/bundle.zip?\(query)").bytes == response.bytes)
      let tag = try #require(response.headers[.eTag])
      let again = try await client.get("/api/analyses/\(id)/bundle.zip?\(query)", headers: [.ifNoneMatch: tag])
      #expect(again.status == .notModified)
    }
  }

  @Test func eachOfSeveralMapsHasAFolder() async throws {
    try await withService { client in
      let id = try await client.upload()
      let query = "methods=grad-cam,rise&rise.masks=20"
      let files = try StoredFiles(try await client.get("/api/analyses/\(id)/bundle.zip?classes=7,4&\(query)").bytes)
      let folders = ["0-7-grad-cam", "1-7-rise", "2-4-grad-cam", "3-4-rise"]
      let each = ["picture.png", "saliency.npy", "saliency.json", "receipt.json"]
      let parts: [String] = folders.flatMap { folder in each.map { "\(folder)/\($0)" } }
      #expect(files.names == ["picture.png"] + parts + ["image.jpg"])
      let alone = try await client.get("/api/analyses/\(id)/saliency.npy?class=4&method=rise&masks=20")
      #expect(files["3-4-rise/saliency.npy"] == alone.bytes)
      let sheet = try await client.get("/api/analyses/\(id)/heatmap.png?classes=7,4&\(query)")
      #expect(files["picture.png"] == sheet.bytes)
      // Heatmaps alone make no sheet.
      let bare = try StoredFiles(
        try await client.get("/api/analyses/\(id)/bundle.zip?classes=7,4&overlay=false").bytes)
      #expect(!bare.names.contains("picture.png") && bare.names.contains("1-4-grad-cam/picture.png"))
    }
  }

  @Test func withoutAnAnalysisAcceptPicksIt() async throws {
    try await withService { client in
      let response = try await client.send(
        .post, "/api/explain?class=7", body: TestImage.png(), headers: [.accept: "application/zip"])
      #expect(response.headers[.contentType] == "application/zip")
      #expect(
        try StoredFiles(response.bytes).names == ["picture.png", "saliency.npy", "saliency.json", "receipt.json"])
    }
  }

  /// Read from the directory at its end, as ZIP files are.
  private struct StoredFiles {
    private(set) var names: [String] = []
    private var contents: [String: [UInt8]] = [:]

    subscript(name: String) -> [UInt8]? { contents[name] }

    init(_ bytes: [UInt8]) throws {
      func number(_ place: Int, _ count: Int) -> Int {
        bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      let end = bytes.count - 22
      try #require(number(end, 4) == 0x0605_4B50)
      let count = number(end + 10, 2)
      var place = number(end + 16, 4)
      for _ in 0..<count {
        try #require(number(place, 4) == 0x0201_4B50)
        let (digest, size, length) = (number(place + 16, 4), number(place + 24, 4), number(place + 28, 2))
        let local = number(place + 42, 4)
        let name = String(decoding: bytes[place + 46..<place + 46 + length], as: UTF8.self)
        try #require(number(local, 4) == 0x0403_4B50 && number(local + 8, 2) == 0)
        let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
        let data = Array(bytes[start..<start + size])
        #expect(Int(data.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }) == digest)
        names.append(name)
        contents[name] = data
        place += 46 + length
      }
      #expect(place == end)
    }
  }
}
