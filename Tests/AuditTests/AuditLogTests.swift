import Digests
import Foundation
import TestSupport
import Testing

@testable import Audit

/// The lines of a log, and its parts.
struct LogFolder {
  let folder: ScratchFolder
  var path: String { folder("audit.log") }

  init() throws { folder = try ScratchFolder() }

  func lines(of name: String = "audit.log") throws -> [String] {
    let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder(name))), as: UTF8.self)
    #expect(text.hasSuffix("\n"))
    return text.split(separator: "\n").map(String.init)
  }

  func objects(of name: String = "audit.log") throws -> [JSONTree] {
    try lines(of: name).map { try JSONTree(parsing: Array($0.utf8)) }
  }

  func write(_ lines: [String], to name: String = "audit.log") throws {
    try folder.add(name, Array((lines.joined(separator: "\n") + "\n").utf8))
  }

  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

  /// Opens a log, writes what the body appends, closes it.
  func write(
    key: SigningKey? = nil, maximumBytes: Int? = nil, _ body: (AuditLog) async throws -> Void = { _ in }
  ) async throws {
    var settings = AuditLogSettings(path: path)
    settings.key = key
    settings.maximumBytes = maximumBytes
    let log = try AuditLog(settings, beginning: AuditEntry(event: "start"))
    try await body(log)
    try await log.close(with: AuditEntry(event: "end"))
  }

  func verified(
    _ names: [String] = ["audit.log"], keys: [PublicKey] = [], receipts: Set<String> = [], head: String? = nil
  ) -> LogVerification {
    var found = LogVerification(keys: keys, receipts: receipts, head: head)
    for name in names {
      let isRead = found.read(folder(name))
      #expect(isRead)
    }
    return found
  }
}

@Suite("The audit log")
struct AuditLogTests {
  private func entry(_ number: Int) -> AuditEntry { AuditEntry(event: "test", ["number": .number(Double(number))]) }

  @Test("each line holds the digest of the one before it, in order, whoever writes at once")
  func chain() async throws {
    let log = try LogFolder()
    try await log.write { log in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 { group.addTask { try await log.append([entry(2 * number), entry(2 * number + 1)]) } }
        try await group.waitForAll()
      }
    }
    let (lines, objects) = (try log.lines(), try log.objects())
    #expect(lines.count == 402)
    var previous = String(repeating: "0", count: 64)
    for (index, (line, object)) in zip(lines, objects).enumerated() {
      #expect(object["sequence"]?.whole == index + 1)
      #expect(object["previous"]?.text == previous)
      previous = Digest.sha256(of: Array(line.utf8)).hexadecimal
    }
    #expect(objects.first?["event"] == "start" && objects.last?["event"] == "end")
    // What belongs to one request stands together.
    let numbers = objects.compactMap { $0["number"]?.whole }
    #expect(Set(numbers).count == 400)
    for place in stride(from: 0, to: 400, by: 2) { #expect(numbers[place + 1] == numbers[place] + 1) }
    let found = log.verified()
    #expect(found.breaks.isEmpty && found.lineCount == 402 && found.beginsAtBeginning && found.head == previous)
  }

  @Test("times are RFC 3339 in UTC with milliseconds")
  func times() throws {
    #expect(AuditChain.text(of: Date(timeIntervalSince1970: 1_795_838_400.25)) == "2026-11-28T04:00:00.250Z")
  }

  @Test("the chain goes on after a restart")
  func restart() async throws {
    let log = try LogFolder()
    for _ in 0..<3 { try await log.write { try await $0.append([entry(1)]) } }
    let found = log.verified()
    #expect(found.breaks.isEmpty && found.lineCount == 9 && found.lastSequence == 9)
  }

  @Test("what is to be said once is said once")
  func once() async throws {
    let log = try LogFolder()
    let model: [String: JSONTree] = ["event": "model"]
    try await log.write { log in
      for _ in 0..<3 { try await log.append([AuditEntry(once: model) { ["event": "use"] }]) }
    }
    #expect(try log.objects().compactMap { $0["event"]?.text } == ["start", "model", "use", "use", "use", "end"])
  }

  @Test("a second process is told that the log is in use")
  func lock() async throws {
    let log = try LogFolder()
    try await log.write { _ in
      #expect(throws: AuditLogError.inUse(log.path)) {
        try AuditLog(AuditLogSettings(path: log.path), beginning: AuditEntry(event: "start"))
      }
    }
  }

  @Test("the beginning of a line that was never whole is put aside and told of", arguments: [false, true])
  func torn(isWholeFile: Bool) async throws {
    let log = try LogFolder()
    let torn = #"{"event":"expl"#
    if !isWholeFile { try await log.write() }
    let before = isWholeFile ? [] : try log.lines()
    let bytes = (try? Data(contentsOf: URL(fileURLWithPath: log.path))) ?? Data()
    try log.folder.add("audit.log", [UInt8](bytes) + Array(torn.utf8))
    #expect(!log.verified().breaks.isEmpty)

    try await log.write()
    let objects = try log.objects()
    #expect(try Array(log.lines().prefix(before.count)) == before)
    let told = try #require(objects.first { $0["event"] == "torn" })
    #expect(told["bytes"]?.whole == torn.utf8.count)
    #expect(told["sha256"]?.text == Digest.sha256(of: Array(torn.utf8)).hexadecimal)
    let aside = try #require(told["file"]?.text)
    #expect(try Data(contentsOf: URL(fileURLWithPath: log.folder(aside))) == Data(torn.utf8))
    #expect(log.verified().breaks.isEmpty)
  }

  @Test("a file that is no log is left alone")
  func noLog() async throws {
    let log = try LogFolder()
    try log.write(["a diary"])
    #expect(throws: AuditLogError.self) {
      try AuditLog(AuditLogSettings(path: log.path), beginning: AuditEntry(event: "start"))
    }
    #expect(try log.lines() == ["a diary"])
    #expect(throws: AuditLogError.self) {
      try AuditLog(AuditLogSettings(path: log.folder("no/such/folder")), beginning: AuditEntry(event: "start"))
    }
    #expect(throws: AuditLogError.self) {
      try AuditLog(AuditLogSettings(path: log.folder.path), beginning: AuditEntry(event: "start"))
    }
  }

  @Test("beyond its size a new file is begun, and linked to the old one")
  func rotation() async throws {
    let log = try LogFolder()
    try await log.write(maximumBytes: 600) { log in
      for number in 0..<20 { try await log.append([entry(number)]) }
    }
    let names = try log.names().filter { $0.hasPrefix("audit.log") && $0 != "audit.log.lock" }
    let files = names.filter { $0 != "audit.log" } + ["audit.log"]
    #expect(files.count > 3)
    let found = log.verified(files)
    #expect(found.breaks.isEmpty && found.beginsAtBeginning)
    #expect(try log.objects().first?["event"] == "continued")
    #expect(try log.objects().first?["file"]?.text == files[files.count - 2])
    // Its name says how far it goes.
    #expect(try log.objects(of: files[0]).last?["sequence"]?.whole == Int(files[0].suffix(12)))
    // One file less is seen.
    #expect(log.verified([files[0]] + files[2...]).breaks.count == 1)
    // A start without the newest file goes on with the last one that was rotated.
    try FileManager.default.removeItem(atPath: log.path)
    try await log.write()
    #expect(log.verified(files).breaks.isEmpty)
  }

  @Test("a log that is moved away, as logrotate does, is continued in a new file")
  func movedAway() async throws {
    let log = try LogFolder()
    try await log.write { open in
      try await open.append([entry(1)])
      try FileManager.default.moveItem(atPath: log.path, toPath: log.folder("yesterday.log"))
      try await open.append([entry(2)])
    }
    #expect(log.verified(["yesterday.log", "audit.log"]).breaks.isEmpty)
    #expect(try log.objects().first?["event"] == "continued")
  }

  @Test("what cannot be written is refused, and told of once it can")
  func fault() async throws {
    let log = try LogFolder()
    try await log.write { open in
      // Somebody else writes into it.
      let before = try Data(contentsOf: URL(fileURLWithPath: log.path))
      let handle = try #require(FileHandle(forWritingAtPath: log.path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("graffiti\n".utf8))
      await #expect(throws: AuditLogError.self) { try await open.append([entry(1)]) }
      #expect(throws: AuditLogError.self) { try open.check() }
      #expect(open.currentFault != nil)
      try handle.truncate(atOffset: UInt64(before.count))
      #expect(eventually { open.currentFault == nil })
      try open.check()
      try await open.append([entry(2)])
    }
    let objects = try log.objects()
    #expect(objects.compactMap { $0["event"]?.text } == ["start", "resumed", "test", "end"])
    #expect(objects[1]["refused"]?.whole == 2)
    #expect(log.verified().breaks.isEmpty)
  }

  @Test("a log that somebody else has written to is continued in a new file once it is moved away")
  func spoiled() async throws {
    let log = try LogFolder()
    try await log.write { open in
      let handle = try #require(FileHandle(forWritingAtPath: log.path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("graffiti\n".utf8))
      await #expect(throws: AuditLogError.self) { try await open.append([entry(1)]) }
      try FileManager.default.moveItem(atPath: log.path, toPath: log.folder("spoiled.log"))
      #expect(eventually { open.currentFault == nil })
      try await open.append([entry(2)])
    }
    #expect(try log.objects().compactMap { $0["event"]?.text } == ["continued", "resumed", "test", "end"])
    #expect(log.verified(["spoiled.log", "audit.log"]).breaks.map(\.line).first == 2)
  }

  @Test("a closed log takes nothing")
  func closed() async throws {
    let log = try LogFolder()
    let open = try AuditLog(AuditLogSettings(path: log.path), beginning: AuditEntry(event: "start"))
    try await open.close(with: AuditEntry(event: "end"))
    await #expect(throws: AuditLogError.closed) { try await open.append([entry(1)]) }
    try await open.close(with: AuditEntry(event: "end"))
    #expect(try log.lines().count == 2)
  }
}
