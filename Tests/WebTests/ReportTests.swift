import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Web

/// What `gaze evaluate --keep` left with a model.
@Suite struct ReportTests {
  @Test func aReportIsServedWithItsPictures() async throws {
    var reported = TinyModels()
    reported.report = ["report.json": Array("{}".utf8), "0-photograph.jpg": [1, 2], "confusion.png": [3]]
    let models = reported
    try await withService(models: models) { client in
      let links = try #require(try await client.get("/api/models/tiny").object["links"] as? [String: String])
      let address = try #require(links["report"])
      #expect(address == "/api/models/tiny/report/report.json")
      let expected = [
        ("report.json", "application/json"), ("0-photograph.jpg", "image/jpeg"), ("confusion.png", "image/png"),
      ]
      for (file, type) in expected {
        let answer = try await client.get("/api/models/tiny/report/\(file)")
        #expect(answer.status == .ok && answer.headers[.contentType] == type, "\(file)")
        #expect(answer.bytes == models.report[file])
      }
    }
  }

  @Test(arguments: ["/api/models/other/report/report.json", "/api/models/tiny/report/x.png"])
  func whatNoReportHasIsNotFound(path: String) async throws {
    try await withService { client in
      let answer = try await client.get(path)
      #expect(answer.status == .notFound)
      #expect(try answer.errorMessage.contains("--keep"))
      let links = try await client.get("/api/models/other").object["links"] as? [String: String]
      #expect(links?.keys.contains("report") == false)
    }
  }

  @Test func anUnknownModelHasNoReport() async throws {
    try await withService { client in
      let answer = try await client.get("/api/models/nobody/report/report.json")
      #expect(answer.status == .notFound)
      #expect(try answer.errorMessage.contains("other, tiny"))
    }
  }
}
