import Digests
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Models
@testable import Networks

/// Downloads from a server that misbehaves in every way that servers do.
struct DownloadTests {
  private static let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  private static let digest = Digest.sha256(of: body).hexadecimal

  private let folder: ScratchFolder
  private var target: String { folder("file.pth") }
  private var part: String { target + ".part" }

  init() throws { folder = try ScratchFolder() }

  private func download(
    _ address: String, byteCount: Int? = body.count, digest: PublishedDigest? = .sha256(digest), attempts: Int = 3
  ) -> Download {
    var download = Download(address, byteCount: byteCount, digest: digest)
    download.limits.pauseSeconds = 0
    download.limits.attempts = attempts
    download.limits.idleSeconds = 20
    return download
  }

  private func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }
  private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private func requireWhole() {
    #expect(contents(target) == Self.body)
    #expect(!isThere(part))
    #expect(!isThere(part + ".version"))
  }

  @Test("a file arrives whole, and its progress is told")
  func whole() async throws {
    let server = try FileServer { request, _ in .file(Self.body, for: request) }
    let last = Mutex<Download.Progress?>(nil)
    try await download(server.address()).fetch(to: target) { progress in last.withLock { $0 = progress } }
    requireWhole()
    #expect(last.withLock { $0 } == Download.Progress(received: 200_000, total: 200_000, resumed: 0))
    #expect(server.requests[0].headers["accept-encoding"] == "identity")
  }

  @Test("a slow server is waited for")
  func slow() async throws {
    let server = try FileServer { _, _ in
      var answer = FileServer.Answer.file(Self.body)
      answer.chunk = 20_000
      answer.pause = 0.05
      return answer
    }
    try await download(server.address()).fetch(to: target)
    requireWhole()
    #expect(server.requests.count == 1)
  }

  @Test("a server that falls silent is given up and asked for the rest")
  func stalled() async throws {
    let server = try FileServer { request, number in
      var answer = FileServer.Answer.file(Self.body, for: request)
      if number == 0 {
        answer.chunk = 50_000
        answer.pause = 30
      }
      return answer
    }
    var download = download(server.address())
    download.limits.idleSeconds = 1
    try await download.fetch(to: target)
    requireWhole()
    #expect(server.requests.map(\.rangeStart) == [nil, 50_000])
  }

  @Test("what was cut off is taken up where it stopped, under the same entity tag")
  func cutOff() async throws {
    let server = try FileServer { request, number in
      var answer = FileServer.Answer.file(Self.body, for: request)
      if number < 2 { answer.cutAfter = 60_000 }
      return answer
    }
    try await download(server.address()).fetch(to: target)
    requireWhole()
    #expect(server.requests.map(\.rangeStart) == [nil, 60_000, 120_000])
    #expect(server.requests.map { $0.headers["if-range"] } == [nil, "\"1\"", "\"1\""])
  }

  @Test("a cut-off file is kept for another run, which goes on from it")
  func resumedLater() async throws {
    let server = try FileServer { request, number in
      var answer = FileServer.Answer.file(Self.body, for: request)
      if number == 0 { answer.cutAfter = 70_001 }
      return answer
    }
    await #expect(throws: DownloadError.cutOff(server.address(), received: 70_001, total: 200_000)) {
      try await download(server.address(), attempts: 1).fetch(to: target)
    }
    #expect(!isThere(target))
    #expect(contents(part) == Array(Self.body.prefix(70_001)))
    let resumed = Mutex(0)
    try await download(server.address(), attempts: 1).fetch(to: target) { progress in
      resumed.withLock { $0 = progress.resumed }
    }
    requireWhole()
    #expect(resumed.withLock { $0 } == 70_001)
  }

  @Test("a server without ranges sends all of it again")
  func noRanges() async throws {
    let server = try FileServer { _, number in
      var answer = FileServer.Answer.file(Self.body)
      if number == 0 { answer.cutAfter = 60_000 }
      return answer
    }
    try await download(server.address()).fetch(to: target)
    requireWhole()
    #expect(server.requests.map(\.rangeStart) == [nil, 60_000])
  }

  @Test("a file that changed between two tries is fetched anew", arguments: [true, false])
  func changed(honoursIfRange: Bool) async throws {
    let server = try FileServer { request, number in
      if number == 0 {
        var answer = FileServer.Answer.file(Self.body.map { ~$0 }, etag: "\"old\"")
        answer.cutAfter = 60_000
        return answer
      }
      guard honoursIfRange else {
        var deaf = request
        deaf = FileServer.Request(path: deaf.path, headers: deaf.headers.filter { $0.key != "if-range" })
        return .file(Self.body, etag: "\"new\"", for: deaf)
      }
      return .file(Self.body, etag: "\"new\"", for: request)
    }
    try await download(server.address()).fetch(to: target)
    requireWhole()
  }

  @Test("without an entity tag a mixture of two versions is found out by the digest and fetched anew")
  func mixture() async throws {
    let server = try FileServer { request, number in
      var answer = FileServer.Answer.file(number == 0 ? Self.body.map { ~$0 } : Self.body, etag: nil, for: request)
      if number == 0 { answer.cutAfter = 60_000 }
      return answer
    }
    try await download(server.address()).fetch(to: target)
    requireWhole()
    #expect(server.requests.map(\.rangeStart) == [nil, 60_000, nil])
  }

  @Test(
    "a file with another digest is not kept and not fetched again",
    arguments: [
      PublishedDigest.sha256("0676ba61"), .md5("2cb95161c43110f7111970584f804107"),
    ])
  func wrongDigest(_ expected: PublishedDigest) async throws {
    let server = try FileServer { request, _ in .file(Self.body, for: request) }
    await #expect(
      throws: DownloadError.wrongDigest(server.address(), expected: expected, sha256: Self.digest, isContinued: false)
    ) {
      try await download(server.address(), digest: expected).fetch(to: target)
    }
    #expect(server.requests.count == 1)
    #expect(!isThere(target) && !isThere(part))
  }

  @Test("the first digits of a digest, or an MD5, are enough")
  func shortDigest() async throws {
    let server = try FileServer { request, _ in .file(Self.body, for: request) }
    try await download(server.address(), digest: .sha256(String(Self.digest.prefix(8)))).fetch(to: target)
    var md5 = DigestBuilder(.md5)
    md5.add(Self.body)
    try await download(server.address(), digest: .md5(md5.digest().hexadecimal)).fetch(to: target)
    requireWhole()
  }

  @Test("a file of another length is refused before it is fetched")
  func wrongLength() async throws {
    let server = try FileServer { request, _ in .file(Self.body, for: request) }
    await #expect(throws: DownloadError.wrongLength(server.address(), expected: 199_999, found: 200_000)) {
      try await download(server.address(), byteCount: 199_999, digest: nil).fetch(to: target)
    }
    #expect(!isThere(target) && !isThere(part))
  }

  @Test("a file whose length nobody says is measured at its end")
  func silentLength() async throws {
    let server = try FileServer { _, _ in FileServer.Answer(body: Self.body + [0]) }
    await #expect(throws: DownloadError.wrongLength(server.address(), expected: 200_000, found: 200_001)) {
      try await download(server.address(), digest: nil).fetch(to: target)
    }
    #expect(!isThere(target) && !isThere(part))
    try await download(server.address(), byteCount: nil, digest: nil).fetch(to: target)
    #expect(contents(target) == Self.body + [0])
  }

  @Test("a length within what is known of it is accepted")
  func tolerance() async throws {
    let server = try FileServer { request, _ in .file(Self.body, for: request) }
    var download = Download(server.address(), byteCount: 200_300, byteCountTolerance: 300, digest: .sha256(Self.digest))
    download.limits.attempts = 1
    try await download.fetch(to: target)
    requireWhole()
  }

  @Test("a file that is not there is not asked for again; a tired server is", arguments: [404, 403, 503])
  func status(_ code: Int) async throws {
    let server = try FileServer { _, _ in FileServer.Answer(status: code, body: Array("sorry".utf8), length: 5) }
    await #expect(throws: DownloadError.status(server.address(), code)) {
      try await download(server.address()).fetch(to: target)
    }
    #expect(server.requests.count == (code == 503 ? 3 : 1))
    #expect(!isThere(target) && !isThere(part))
  }

  @Test("redirects are followed, with the range", arguments: [301, 302, 307, 308])
  func redirect(_ code: Int) async throws {
    let server = try FileServer { request, number in
      if request.path != "/there" {
        return FileServer.Answer(status: code, headers: ["Location": "/there"], body: Array("moved".utf8), length: 5)
      }
      var answer = FileServer.Answer.file(Self.body, for: request)
      if number == 1 { answer.cutAfter = 60_000 }
      return answer
    }
    try await download(server.address()).fetch(to: target)
    requireWhole()
    #expect(server.requests.map(\.path) == ["/file.pth", "/there", "/file.pth", "/there"])
    #expect(server.requests[3].rangeStart == 60_000)
  }

  @Test("a circle of redirects is left")
  func redirectLoop() async throws {
    let server = try FileServer { request, _ in
      FileServer.Answer(status: 302, headers: ["Location": request.path == "/a" ? "/b" : "/a"], length: 0)
    }
    await #expect(throws: DownloadError.redirects(server.address("/a"))) {
      try await download(server.address("/a")).fetch(to: target)
    }
    #expect(server.requests.count == 11)
    #expect(!isThere(target) && !isThere(part))
  }

  @Test("a redirect to an address without encryption is not followed")
  func insecureRedirect() async throws {
    let server = try FileServer { _, _ in
      FileServer.Answer(status: 302, headers: ["Location": "http://example.invalid/file"], length: 0)
    }
    await #expect(throws: DownloadError.insecureRedirect(server.address())) {
      try await download(server.address()).fetch(to: target)
    }
  }

  @Test(
    "a redirect never leads away from encryption",
    arguments: [
      ("https://example.org/a", "https://example.com/b", true), ("http://127.0.0.1:1/a", "http://localhost:2/b", true),
      ("http://127.0.0.1:1/a", "https://example.org/b", true), ("https://example.org/a", "http://127.0.0.1/b", false),
      ("HTTPS://example.org/a", "HTTP://localhost/b", false), ("https://example.org/a", "http://example.org/a", false),
      ("https://example.org/a", "file:///etc/passwd", false),
      ("http://127.0.0.1/a", "http://127.0.0.1@example.org/b", false),
    ])
  func leadsAway(_ from: String, _ to: String, _ isFollowed: Bool) throws {
    let (from, to) = (try #require(URL(string: from)), try #require(URL(string: to)))
    #expect(Download.mayLead(from: from, to: to) == isFollowed)
  }

  @Test(
    "addresses without encryption are refused",
    arguments: ["http://example.invalid/a", "ftp://example.invalid/a", "file:///etc/passwd", "", "https://"])
  func insecure(_ address: String) async {
    await #expect(throws: DownloadError.address(address)) { try await download(address).fetch(to: target) }
  }

  @Test("nobody listening is a failed connection")
  func refused() async throws {
    var server: FileServer? = try FileServer { _, _ in .file(Self.body) }
    let address = server!.address()
    server = nil
    let error = await #expect(throws: DownloadError.self) { try await download(address).fetch(to: target) }
    guard case .connection = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("two programs do not write to one file")
  func busy() async throws {
    let other = open(part, O_RDWR | O_CREAT, 0o644)
    defer { close(other) }
    #expect(flock(other, LOCK_EX) == 0)
    await #expect(throws: DownloadError.busy(target)) {
      try await download("https://example.invalid/a").fetch(to: target)
    }
  }

  @Test("all bytes of a run that ended before it could check them are enough")
  func complete() async throws {
    try Data(Self.body).write(to: URL(filePath: part))
    let server = try FileServer { _, _ in FileServer.Answer(status: 500) }
    try await download(server.address()).fetch(to: target)
    requireWhole()
    #expect(server.requests.isEmpty)
  }

  @Test("a stopped download leaves its part")
  func cancelled() async throws {
    let server = try FileServer { _, _ in
      var answer = FileServer.Answer.file(Self.body)
      answer.chunk = 50_000
      answer.pause = 20
      return answer
    }
    let (download, target) = (download(server.address()), target)
    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let task = Task { try await download.fetch(to: target) { _ in start.yield() } }
    for await _ in started { break }
    task.cancel()
    await #expect(throws: DownloadError.cancelled) { try await task.value }
    #expect(contents(part)?.isEmpty == false)
  }

  @Test(
    "a content range must begin somewhere and go to the end",
    arguments: [
      ("bytes 5-9/10", 5), ("bytes 0-0/1", 0), ("bytes 5-8/10", nil), ("bytes */10", nil), ("bytes 5-9/*", nil),
      ("", nil),
      ("bytes 9-5/10", nil), ("lines 5-9/10", nil), ("bytes 5-9/99999999999999999999", nil),
    ])
  func contentRange(_ text: String, _ first: Int?) {
    #expect(ContentRange(text)?.first == first)
  }

  @Test("a head is that of the final answer, whatever the case of its names, and a weak entity tag is no identity")
  func responseHead() {
    var head = ResponseHead()
    let lines = [
      "HTTP/1.1 103 Early Hints\r\n", "Content-Length: 5\r\n", "\r\n", "HTTP/2 200 \r\n", "ETag: W/\"1\"\r\n",
      "last-modified:  Mon, 01 Jan 2024 00:00:00 GMT \r\n", "X: y\r\n", "\r\n",
    ]
    let ends = lines.map { line in Array(line.utf8).withUnsafeBytes { head.add($0) } }
    #expect(ends == lines.indices.map { $0 == lines.count - 1 })
    #expect(head.status == 200 && head.contentLength == nil && head.redirect == nil)
    #expect(head.validator == "Mon, 01 Jan 2024 00:00:00 GMT")
  }
}
