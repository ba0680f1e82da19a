import Autodiff
import Foundation
import HTTPTypes
import Hummingbird
import Serving
import Testing

@testable import Web

/// The description of the interface, `Static/openapi.yaml`, against the routes that there are.
@Suite struct DescriptionTests {
  /// What each route takes is told by the answer to a method that none takes.
  @Test func everyRouteIsDescribedWithItsMethods() async throws {
    let (described, routed) = (try Self.described(), try Self.routed())
    #expect(routed.count > 20)
    // Where tokens are needed there are two routes more.
    #expect(Set(described.keys).subtracting(routed.keys) == ["/sign-in", "/sign-out"], "described, and no route")
    try await withService(configuration: [Change { $0.vertex = Self.vertex }]) { client in
      for (path, routes) in routed {
        var methods: Set<String> = []
        for address in routes.flatMap(Self.addresses) {
          let answer = try await client.send(.trace, address)
          #expect(answer.status == .methodNotAllowed, "TRACE \(address)")
          methods.formUnion((answer.headers[.allow] ?? "").split(separator: ", ").map(String.init))
        }
        methods.remove("HEAD")
        #expect(described[path, default: []] == methods, "\(path) of the router, as Static/openapi.yaml describes it")
      }
    }
  }

  @Test func everyErrorCodeIsDescribed() throws {
    let text = try String(contentsOfFile: staticFolder + "/openapi.yaml", encoding: .utf8)
    let list = try #require(text.firstMatch(of: #/ErrorCode:\n +type: string\n +enum:\n((?: +- [a-z_]+\n)+)/#)).1
    let described = list.split(separator: "\n").map { $0.drop { $0 == " " || $0 == "-" } }.map(String.init)
    #expect(Set(described) == Set(ServiceError.Code.allCases.map(\.rawValue)))
  }

  @Test func theDescriptionAndItsPageAreServed() async throws {
    try await withService { client in
      let description = try await client.get("/openapi.yaml")
      #expect(description.status == .ok)
      #expect(description.headers[.contentType] == "application/yaml")
      #expect(description.text.hasPrefix("openapi: 3.1"))
      let page = try await client.get("/docs")
      #expect(page.status == .ok)
      #expect(page.headers[.contentType] == "text/html; charset=utf-8")
      #expect(page.text.hasPrefix("<!doctype html>"))
      // The page's template is no page.
      for path in ["/docs.html", "/index", "/index.html"] {
        #expect(try await client.get(path).status == .notFound)
      }
    }
  }

  /// The methods of each path of the description, by the plain path.
  private static func described() throws -> [String: Set<String>] {
    let text = try String(contentsOfFile: staticFolder + "/openapi.yaml", encoding: .utf8)
    let paths = try #require(text.firstRange(of: "\npaths:\n")).upperBound
    let end = try #require(text.firstRange(of: "\ncomponents:\n")).lowerBound
    var methods: [String: Set<String>] = [:]
    var path = ""
    for line in text[paths..<end].split(separator: "\n") {
      if let match = line.wholeMatch(of: #/ {2}(/.*):/#) {
        path = Self.plain(String(match.1))
      } else if let match = line.wholeMatch(of: #/ {4}(get|put|post|delete|patch):/#) {
        methods[path, default: []].insert(match.1.uppercased())
      }
    }
    return methods
  }

  /// Addresses that a route answers: under `/v1` with a verb and without.
  private static func addresses(of route: String) -> [String] {
    let address = route.replacing("{label}", with: "latest").replacing(#/\{[^}]*\}/#, with: "1")
    return route.hasPrefix("/v1/") && route.hasSuffix("}") ? [address, address + ":predict"] : [address]
  }

  /// The routes that there are in a container of Vertex AI, too.
  private static let vertex = try? VertexContainer(environment: ["AIP_HTTP_PORT": "8080"])

  /// A path without what is said once for all: the names of parameters, the verb after one, and `/api/v1`, which takes
  /// what `/api` takes.
  private static func plain(_ path: String) -> String {
    path.replacing(#/\{[^}]*\}(:[a-z]+$)?/#, with: "{}").replacing(#/^\/api\/v1\//#, with: "/api/")
  }

  /// The router's paths by what they are in the description, but for the page's own files.
  private static func routed() throws -> [String: [String]] {
    var configuration = ServiceConfiguration()
    configuration.staticFolder = staticFolder
    configuration.vertex = vertex
    let service = ExplanationService(
      configuration.limits, models: TinyModels(), engine: Engine(threadCount: 1), now: { .now })
    let router = try buildRouter(
      FaceContext(service, configuration), configuration, Connections(ConnectionLimits()))
    let paths = router.routes.map(\.path.description).map { $0.hasPrefix("/") ? $0 : "/" + $0 }
    let asked = Set(paths).filter { $0.contains("{") || !$0.contains(#/\.(css|js|svg|jpg|webp)$/#) }
    return Dictionary(grouping: asked, by: plain)
  }
}
