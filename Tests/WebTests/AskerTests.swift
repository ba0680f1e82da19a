import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Web

/// Who may ask: names of the service, and pages of other sites.
@Suite struct AskerTests {
  // MARK: Hosts

  @Test(
    arguments: [
      ("localhost", "localhost", nil, true), ("LOCALHOST:8080", "localhost", 8080, true),
      ("gaze.localhost.", "gaze.localhost", nil, true), ("127.0.0.1:80", "127.0.0.1", 80, true),
      ("127.9.8.7", "127.9.8.7", nil, true), ("[::1]:65535", "::1", 65535, true), ("[0:0::0:1]", "::1", nil, true),
      ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1", nil, true), ("[fe80::1%25eth0]:1", "fe80::1", 1, false),
      ("evil.example", "evil.example", nil, false), ("localhost.evil.example:", "localhost.evil.example", nil, false),
      ("128.0.0.1", "128.0.0.1", nil, false), ("127.0.0.1.nip.io", "127.0.0.1.nip.io", nil, false),
      ("xlocalhost", "xlocalhost", nil, false),
    ] as [(String, String, Int?, Bool)])
  func anAuthorityIsRead(text: String, host: String, port: Int?, isLoopback: Bool) throws {
    let authority = try #require(Authority(text))
    #expect(authority.host == host)
    #expect(authority.port == port)
    #expect(authority.isLoopback == isLoopback)
  }

  @Test(arguments: [
    "", ".", ":80", "localhost:x", "localhost:65536", "localhost:-1", "local host", "localhost/", "a@b",
    "a,b", "::1", "[::1", "[localhost]", "[127.0.0.1]", "[::1]x", "http://localhost", "ä.example",
    String(repeating: "a", count: 300),
  ])
  func whatIsNoAuthorityIsNone(text: String) {
    #expect(Authority(text) == nil)
  }

  @Test(arguments: [
    (["localhost"], 200), (["localhost:1"], 200), (["127.0.0.1:8080"], 200), (["[::1]"], 200), (["a.localhost"], 200),
    (["evil.example"], 421), (["evil.example:8080"], 421), (["192.168.0.1"], 421), (["localhost.evil.example"], 421),
    ([], 400), (["localhost", "localhost"], 400), (["localhost", "evil.example"], 400), ([""], 400), (["a b"], 400),
  ])
  func onlyOwnNamesAreAnswered(hosts: [String], status: Int) async throws {
    try await withService(reach: .socket) { client in
      let request = PlainRequest("GET", "/healthz", hosts.map { "Host: \($0)" })
      let answer = try await request.response(port: client.port)
      #expect(answer.status == status)
      #expect(answer["Content-Type"] == "application/json")
      #expect(answer["X-Content-Type-Options"] == "nosniff")
      if status == 421 {
        #expect(answer.body.contains(#""code":"foreign_host""#))
        #expect(answer.body.contains("--allowed-host"))
      }
    }
  }

  @Test func aForeignNameIsRefusedBeforeAnythingIsLookedAt() async throws {
    try await withService(reach: .socket) { client in
      for (method, target) in [("GET", "/nothing"), ("POST", "/api/analyses"), ("PATCH", "/metrics"), ("GET", "/")] {
        let answer = try await PlainRequest(method, target, ["Host: evil.example", "Accept: text/html"])
          .response(port: client.port)
        #expect(answer.status == 421)
      }
      let predict = try await PlainRequest("POST", "/v1/models/tiny:predict", ["Host: evil.example"])
        .response(port: client.port)
      #expect(predict.body.hasPrefix(#"{"error":"This service is not known as 'evil.example'."#))
      #expect(try await client.metric("gaze_forward_passes_total") == 0)
    }
  }

  @Test(
    arguments: [
      (Change.set(\.allowedHosts, ["Gaze.Example.org"]), "gaze.example.org:443", 200),
      (.set(\.allowedHosts, ["gaze.example.org"]), "www.gaze.example.org", 421),
      (.set(\.allowedHosts, ["*"]), "anything.example", 200), (.set(\.allowedHosts, ["192.0.2.7"]), "192.0.2.7", 200),
      (.set(\.allowedHosts, ["192.0.2.7"]), "192.0.2.8", 421),
    ] as [(Change, String, Int)])
  func configuredNamesAreAnswered(change: Change, host: String, status: Int) async throws {
    try await withService(reach: .socket, configuration: [change]) { client in
      let answer = try await PlainRequest("GET", "/healthz", ["Host: \(host)"]).response(port: client.port)
      #expect(answer.status == status)
    }
  }

  @Test(arguments: [
    ("0.0.0.0", "192.0.2.1:8080", 200), ("0.0.0.0", "[2001:db8::1]", 200), ("0.0.0.0", "0.0.0.0", 200),
    ("0.0.0.0", "localhost", 200), ("0.0.0.0", "evil.example", 421),
  ])
  func wherePeopleReachItByAddressAddressesAreAnswered(bound: String, host: String, status: Int) async throws {
    try await withService(reach: .socket, configuration: [.set(\.host, bound)]) { client in
      let answer = try await PlainRequest("GET", "/healthz", ["Host: \(host)"]).response(port: client.port)
      #expect(answer.status == status)
    }
  }

  // MARK: Origins

  private static let foreign: [HTTPFields] = [
    [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"], [.secFetchSite: "anything"],
    [.secFetchSite: "cross-site", .origin: "http://localhost"], [.origin: "https://evil.example"],
    [.origin: "null"], [.origin: "http://localhost:3000"], [.origin: "ftp://localhost"], [.origin: "localhost"],
    [.origin: ""], [.origin: "http://localhost.evil.example"],
  ]

  @Test(arguments: foreign)
  func pagesOfOtherSitesChangeNothing(headers: HTTPFields) async throws {
    try await withService { client in
      let id = try await client.upload()
      for (method, uri) in [
        (HTTPRequest.Method.post, "/api/analyses"), (.post, "/api/explain"), (.post, "/analyses"),
        (.post, "/v1/models/tiny:predict"), (.post, "/api/analyses/\(id)/faithfulness"),
        (.delete, "/api/analyses/\(id)"), (.put, "/api/analyses/\(id)"), (.post, "/nothing"),
      ] {
        let response = try await client.send(method, uri, body: TestImage.png(), headers: headers)
        #expect(response.status == .forbidden, "\(method) \(uri)")
        if !uri.hasPrefix("/v1") { #expect(try response.errorCode == "foreign_origin") }
        #expect(response.text.contains("--allowed-origin"))
        #expect(response.headers[.accessControlAllowOrigin] == nil)
      }
      #expect(try await client.metric("gaze_forward_passes_total") == 1)
      #expect(try await client.get("/api/analyses/\(id)", headers: headers).status == .ok, "reading is not changing")
    }
  }

  @Test(
    arguments: [
      [:], [.secFetchSite: "same-origin"], [.secFetchSite: "none"], [.origin: "http://localhost"],
      [.origin: "https://localhost"], [.origin: "http://LOCALHOST:80"],
      [.secFetchSite: "same-origin", .origin: "null"],
    ] as [HTTPFields])
  func ownPagesAndProgramsAsk(headers: HTTPFields) async throws {
    try await withService { client in
      let response = try await client.send(.post, "/api/analyses", body: TestImage.png(), headers: headers)
      #expect(response.status == .created)
      #expect(response.headers[.accessControlAllowOrigin] == nil)
      #expect(response.headers[.vary]?.contains("Origin") != true)
    }
  }

  private static let listed = Change.set(\.allowedOrigins, [Origin("https://lab.example")!])

  @Test func listedPagesAskAndRead() async throws {
    try await withService(configuration: [Self.listed]) { client in
      let headers: HTTPFields = [.origin: "https://lab.example", .secFetchSite: "cross-site"]
      let made = try await client.send(.post, "/api/analyses", body: TestImage.png(), headers: headers)
      #expect(made.status == .created)
      #expect(made.headers[.accessControlAllowOrigin] == "https://lab.example")
      #expect(made.headers[.accessControlExposeHeaders]?.contains("X-Gaze-Class") == true)
      // Errors can be read, too, and caches know on what the answer depends, whoever asks.
      let missing = try await client.get("/nothing", headers: headers)
      #expect(missing.headers[.accessControlAllowOrigin] == "https://lab.example")
      #expect(try await client.get("/healthz").headers[.vary]?.contains("Origin") == true)
      let other = try await client.get("/api/models", headers: [.origin: "https://lab.example:444"])
      #expect(other.status == .ok)
      #expect(other.headers[.accessControlAllowOrigin] == nil)
      #expect(other.headers[.vary]?.contains("Origin") == true)
    }
  }

  @Test func preflightsOfListedPagesAreAnswered() async throws {
    try await withService(configuration: [Self.listed]) { client in
      let ask: HTTPFields = [.origin: "https://lab.example", .accessControlRequestMethod: "DELETE"]
      let answer = try await client.send(.options, "/api/analyses/00000000000000000000000000000000", headers: ask)
      #expect(answer.status == .noContent)
      #expect(answer.headers[.accessControlAllowOrigin] == "https://lab.example")
      #expect(answer.headers[.accessControlAllowMethods] == "GET, HEAD, POST, DELETE")
      #expect(answer.headers[.accessControlAllowHeaders]?.contains("Content-Type") == true)
      for headers: HTTPFields in [
        [.origin: "https://evil.example", .accessControlRequestMethod: "POST"], [.origin: "https://lab.example"],
      ] {
        let refused = try await client.send(.options, "/api/analyses", headers: headers)
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.headers[.accessControlAllowMethods] == nil)
      }
    }
  }

  @Test(arguments: [
    "*", "null", "https://a.example/", "https://a.example/x", "a.example", "ws://a.example", "https://",
  ])
  func whatIsNoOriginCannotBeListed(text: String) {
    #expect(Origin(text) == nil)
  }
}

extension HTTPField.Name {
  fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
