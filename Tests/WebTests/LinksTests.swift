import Autodiff
import Foundation
import HTTPTypes
import Hummingbird
import Images
import Testing

@testable import Serving
@testable import Web

/// Gaze's own interface stands at `/api` and at `/api/v1`; answers lead on under the address that was asked.
@Suite struct LinksTests {
  @Test(arguments: ["/api", "/api/v1"]) func answersLeadOnUnderTheAddressThatWasAsked(api: String) async throws {
    try await withService { client in
      let created = try await client.send(.post, "\(api)/analyses", body: TestImage.png())
      #expect(created.status == .created)
      let object = try created.object
      let id = try #require(object["id"] as? String)
      let links = try #require(object["links"] as? [String: String])
      #expect(created.headers[.location] == "\(api)/analyses/\(id)")
      #expect(links["self"] == "\(api)/analyses/\(id)")
      // The page is for people: it has one address.
      #expect(links["page"] == "/analyses/\(id)")
      for (name, link) in links where name != "faithfulness" {
        #expect(name == "page" || link.hasPrefix("\(api)/analyses/\(id)"), "\(name): \(link)")
        #expect(try await client.get(link).status == .ok, "\(link)")
      }
      let list = try await client.get("\(api)/models").object
      let models = try #require(list["models"] as? [[String: Any]])
      for model in models {
        let link = try #require((model["links"] as? [String: String])?["self"])
        #expect(link == "\(api)/models/\(model["name"] ?? "")")
        #expect((try await client.get(link).object["links"] as? [String: String])?["self"] == link)
      }
    }
  }

  /// No path has been left out, and none has a second meaning.
  @Test func everyPathStandsUnderBothAddresses() throws {
    var configuration = ServiceConfiguration()
    configuration.staticFolder = staticFolder
    let service = ExplanationService(
      configuration.limits, models: TinyModels(), engine: .init(threadCount: 1), now: { .now })
    let router = try buildRouter(
      FaceContext(service, configuration), configuration, Connections(ConnectionLimits()))
    let routes = Set(router.routes.map { "\($0.method) \($0.path.description)" })
    let versioned = routes.filter { $0.contains(" /api/v1/") }
    let plain = routes.filter { $0.contains(" /api/") }.subtracting(versioned)
    #expect(!plain.isEmpty)
    #expect(Set(versioned.map { $0.replacing(" /api/v1/", with: " /api/") }) == plain)
  }

  @Test func theSameAnswersComeFromBoth() async throws {
    try await withService { client in
      let id = try await client.upload()
      for path in ["saliency.npy", "saliency.json", "heatmap.png", "receipt.json", "image.jpg"] {
        let one = try await client.get("/api/analyses/\(id)/\(path)")
        #expect(one.status == .ok)
        #expect(try await client.get("/api/v1/analyses/\(id)/\(path)").bytes == one.bytes)
      }
      #expect(try await client.get("/api/v2/models").status == .notFound)
      #expect(try await client.send(.put, "/api/v1/models").status == .methodNotAllowed)
    }
  }
}
