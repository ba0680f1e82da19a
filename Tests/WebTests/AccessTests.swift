import Foundation
import HTTPTypes
import Testing

@testable import Serving
@testable import Web

@Suite("Who asks: networks, what proxies say, prefixes")
struct ForwardedTests {
  private func headers(_ fields: (String, String)...) -> HTTPFields {
    var headers = HTTPFields()
    for (name, value) in fields { headers.append(HTTPField(name: HTTPField.Name(name)!, value: value)) }
    return headers
  }

  private func client(_ headers: HTTPFields, _ fields: ForwardedFields = .xForwarded, trusting: [String]) throws
    -> String
  {
    let proxies = try trusting.map { try #require(AddressRange($0)) }
    let peer = try #require(IPAddress("10.0.0.1"))
    return Forwarded(headers, in: fields).client(from: peer, trusting: proxies).written
  }

  @Test(
    "A network holds its addresses and no others",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.1", "192.0.2.1", true),
      ("192.0.2.1", "192.0.2.2", false), ("192.0.2.128/25", "192.0.2.200", true),
      ("192.0.2.128/25", "192.0.2.100", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false),
      ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
      ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::1", "::1", true),
    ])
  func networks(range: String, address: String, isIn: Bool) throws {
    #expect(try #require(AddressRange(range)).contains(try #require(IPAddress(address))) == isIn)
  }

  @Test(
    "What is no network is none",
    arguments: [
      "", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "gaze.example", "/8",
    ])
  func noNetworks(text: String) { #expect(AddressRange(text) == nil) }

  @Test("The client is the last that no proxy of ours stands for; what it says itself is not heard")
  func rightmost() throws {
    let spoofed = headers(("X-Forwarded-For", "127.0.0.1, 198.51.100.7"))
    #expect(try client(spoofed, trusting: ["10.0.0.0/8"]) == "198.51.100.7")
    let twice = headers(("X-Forwarded-For", "1.1.1.1, 198.51.100.7, 10.2.2.2"), ("X-Forwarded-For", "10.3.3.3"))
    #expect(try client(twice, trusting: ["10.0.0.0/8"]) == "198.51.100.7")
    // All of the way is ours: then it is the first.
    #expect(try client(headers(("X-Forwarded-For", "10.9.9.9")), trusting: ["10.0.0.0/8"]) == "10.9.9.9")
    #expect(try client(headers(), trusting: ["10.0.0.0/8"]) == "10.0.0.1")
  }

  @Test("An entry that is no address ends the search")
  func nonsense() throws {
    #expect(try client(headers(("X-Forwarded-For", "198.51.100.7, unknown")), trusting: ["10.0.0.0/8"]) == "10.0.0.1")
    #expect(
      try client(headers(("X-Forwarded-For", "198.51.100.7, '; DROP, 10.4.4.4")), trusting: ["10.0.0.0/8"])
        == "10.4.4.4")
    let many = Array(repeating: "10.5.5.5", count: 5000).joined(separator: ",")
    #expect(try client(headers(("X-Forwarded-For", "1.1.1.1," + many)), trusting: ["10.0.0.0/8"]) == "10.5.5.5")
  }

  @Test("Forwarded (RFC 7239) says the same in its own way, and only where it is the one that counts")
  func standard() throws {
    let fields = headers(
      ("Forwarded", #"for=1.1.1.1, for="[2001:db8::7]:4711";proto=HTTPS;host="gaze.example:8443""#),
      ("Forwarded", #"For=10.2.2.2;by=10.0.0.1"#), ("X-Forwarded-For", "9.9.9.9"), ("X-Forwarded-Host", "x.example"))
    #expect(try client(fields, .forwarded, trusting: ["10.0.0.0/8"]) == "2001:db8::7")
    #expect(try client(fields, .xForwarded, trusting: ["10.0.0.0/8"]) == "9.9.9.9")
    let forwarded = Forwarded(fields, in: .forwarded)
    #expect(forwarded.host == "gaze.example:8443" && forwarded.scheme == "https")
    #expect(Forwarded(fields, in: .xForwarded).host == "x.example")
    #expect(
      try client(headers(("Forwarded", #"for="_hidden, for=1.1.1.1""#)), .forwarded, trusting: ["10.0.0.0/8"])
        == "10.0.0.1")
  }

  @Test("Ports are no part of an address")
  func ports() throws {
    #expect(try client(headers(("X-Forwarded-For", "198.51.100.7:5123")), trusting: ["10.0.0.0/8"]) == "198.51.100.7")
    #expect(try client(headers(("X-Forwarded-For", "2001:db8::7")), trusting: ["10.0.0.0/8"]) == "2001:db8::7")
  }

  @Test(
    "The prefix is taken off where it stands as a whole",
    arguments: [
      ("/gaze/api/models", "/api/models"), ("/gaze", "/"), ("/gaze?a=1", "/?a=1"), ("/gaze/", "/"),
      ("/gazette", "/gazette"), ("/api/models", "/api/models"), ("/gaze//api", "//api"),
    ])
  func prefixes(path: String, rest: String) {
    #expect(PathPrefix.removed("/gaze", from: path) == rest)
    #expect(PathPrefix.removed("", from: path) == path)
  }

  @Test("A prefix is a plain path", arguments: ["gaze", "/gaze/", "/", "/a//b", "/../a", "/a b", "/a?b", "/é"])
  func badPrefixes(text: String) { #expect(!PathPrefix.isValid(text)) }

  @Test("A prefix is a plain path", arguments: ["", "/gaze", "/ml/gaze-1.0"])
  func goodPrefixes(text: String) { #expect(PathPrefix.isValid(text)) }
}

@Suite("Files of tokens")
struct TokenListTests {
  private let secret = "a-secret-of-enough-letters"

  private func list(_ text: String) throws -> TokenList { try TokenList(Array(text.utf8)) }

  private func refusal(_ text: String) -> String {
    do {
      _ = try list(text)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("A token is found by its secret, whether the file has that or its digest")
  func found() throws {
    // printf %s a-secret-of-enough-letters | sha256sum
    let digest = "08867057cb8d600339f9572e56072b79b95f95921422a1e345b190b2124f59a5"
    let plain = try list(#"{"tokens": [{"name": "a", "token": "\#(secret)"}]}"#)
    let digested = try list(#"{"tokens": [{"name": "a", "sha256": "\#(digest.uppercased())"}]}"#)
    for tokens in [plain, digested] {
      #expect(tokens.find(secret)?.name == "a")
      #expect(tokens.find(secret + "x") == nil && tokens.find(secret.dropLast()) == nil && tokens.find("") == nil)
      #expect(tokens.find(digest) == nil)
      #expect(tokens.tokens[0].digest.count == 32 && tokens.tokens[0].digest[0] == 0x08)
    }
    #expect(plain.holdsSecrets && !digested.holdsSecrets)
    #expect(try list(#"{"tokens": []}"#).find(secret) == nil)
  }

  @Test("What a token may have")
  func allowances() throws {
    let tokens = try list(
      """
      {"tokens": [
        {"name": "a", "token": "aaaaaaaaaaaaaaaa", "requests-per-second": 2.5, "burst": 7},
        {"name": "b", "token": "bbbbbbbbbbbbbbbb", "requests-per-second": 2.5},
        {"name": "c", "token": "cccccccccccccccc", "compute-seconds": 60, "period": "day"},
        {"name": "d", "token": "dddddddddddddddd"}
      ]}
      """
    ).tokens
    #expect(tokens[0].allowance == Allowance(rate: 2.5, burst: 7))
    #expect(tokens[1].allowance == Allowance(rate: 2.5, burst: 3))
    #expect(tokens[2].allowance == Allowance(burst: 1, computeTime: .seconds(60), period: .seconds(86_400)))
    #expect(tokens[3].allowance == .unlimited)
  }

  @Test(
    "What is wrong with a file is said, and never with a secret in it",
    arguments: [
      ("", "no JSON"), ("[]", "no JSON"), (#"{"tokens": {}}"#, "of the wrong kind"),
      (#"{"token": []}"#, "token: no such key"),
      (#"{"tokens": [{"token": "a-secret-of-enough-letters"}]}"#, "tokens[0] lacks 'name'"),
      (#"{"tokens": [{"name": "a"}]}"#, "either 'token' or 'sha256'"),
      (#"{"tokens": [{"name": "a", "token": "a-secret-of-enough-letters", "sha256": "00"}]}"#, "either"),
      (#"{"tokens": [{"name": "a", "token": "short"}]}"#, "16 to 256"),
      (#"{"tokens": [{"name": "a", "token": "a secret; with blanks in it"}]}"#, "16 to 256"),
      (#"{"tokens": [{"name": "a", "sha256": "00"}]}"#, "64 hexadecimal digits"),
      (#"{"tokens": [{"name": "", "token": "a-secret-of-enough-letters"}]}"#, "tokens[0].name"),
      (#"{"tokens": [{"name": "a\n", "token": "a-secret-of-enough-letters"}]}"#, "tokens[0].name"),
      (#"{"tokens": [{"name": "a", "token": "a-secret-of-enough-letters", "rate": 3}]}"#, "rate: no such key"),
      (#"{"tokens": [{"name": "a", "token": "a-secret-of-enough-letters", "burst": 3}]}"#, "burst is for"),
      (#"{"tokens": [{"name": "a", "token": "a-secret-of-enough-letters", "requests-per-second": 0}]}"#, "0.001"),
      (#"{"tokens": [{"name": "a", "token": "a-secret-of-enough-letters", "period": "day"}]}"#, "period is for"),
      (
        #"{"tokens": [{"name": "a", "token": "a-secret-of-enough-letters"}, {"name": "a", "token": "another-of-enough-letters"}]}"#,
        "two tokens are called 'a'"
      ),
      (
        #"{"tokens": [{"name": "a", "token": "a-secret-of-enough-letters"}, {"name": "b", "token": "a-secret-of-enough-letters"}]}"#,
        "the same token"
      ),
    ])
  func refused(text: String, part: String) {
    let sentence = refusal(text)
    #expect(sentence.contains(part), "\(sentence)")
    #expect(!sentence.contains("a-secret-of-enough-letters"))
  }
}
