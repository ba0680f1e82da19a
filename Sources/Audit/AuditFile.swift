package import Digests
import Foundation

/// Where a log is, and how it is written.
package struct AuditLogSettings: Sendable {
  package let path: String
  /// Signs each line; nil leaves them unsigned.
  package var key: SigningKey?
  /// Whether each line is on the disk, and not only with the operating system, before an answer goes out.
  package var isSynchronised = false
  /// Beyond so many bytes a new file is begun; nil lets one file grow.
  package var maximumBytes: Int?

  package init(path: String) { self.path = path }
}

/// The file that a chain of lines is appended to, by one process at a time, and by one thread of it.
///
/// What was written is never changed. What an end in the middle of a line left behind is put aside, in a file of its
/// own, and told of in the log.
final class AuditFile {
  private let settings: AuditLogSettings
  private var chain = AuditChain()
  /// Keeps others out; held until the process ends.
  private let lock: Int32
  private var file: Int32 = -1
  private var byteCount = 0
  /// Lines that tell of what was found when the file was opened.
  private var findings: [[String: JSONTree]] = []

  init(_ settings: AuditLogSettings) throws(AuditLogError) {
    self.settings = settings
    let path = settings.path
    lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw .cannotOpen(path, reason: AuditLogError.reason) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let error: AuditLogError = errno == EWOULDBLOCK ? .inUse(path) : .cannotOpen(path, reason: AuditLogError.reason)
      close(lock)
      throw error
    }
    do throws(AuditLogError) {
      try openFile()
      if byteCount > 0 { try findEnd() }
      if byteCount == 0 { try findLastRotated() }
    } catch {
      if file >= 0 { close(file) }
      close(lock)
      throw error
    }
  }

  deinit {
    if file >= 0 { close(file) }
    close(lock)
  }

  /// Writes lines, all or none.
  func append(_ lines: [[String: JSONTree]]) throws(AuditLogError) {
    try followRotation()
    var next = chain
    var bytes: [UInt8] = []
    for members in findings + lines { bytes += next.line(of: members, at: Date(), signedBy: settings.key) }
    try write(bytes)
    (chain, byteCount, findings) = (next, byteCount + bytes.count, [])
  }

  // MARK: - Opening

  private func openFile() throws(AuditLogError) {
    let path = settings.path
    if file >= 0 { close(file) }
    file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o600)
    guard file >= 0 else { throw .cannotOpen(path, reason: AuditLogError.reason) }
    let status = try Self.status(of: file, path)
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notALog(path, reason: "it is no regular file") }
    byteCount = Int(status.st_size)
  }

  /// Reads the last line of the file, and puts aside what comes after it.
  private func findEnd() throws(AuditLogError) {
    let path = settings.path
    let start = max(0, byteCount - 2 * AuditChain.maximumLineBytes)
    let tail = try Self.read(file, from: start, to: byteCount, path)
    let end = tail.lastIndex(of: UInt8(ascii: "\n"))
    let torn = tail[(end.map { $0 + 1 } ?? 0)...]
    guard end != nil || start == 0, torn.count <= AuditChain.maximumLineBytes else {
      throw .notALog(path, reason: "its last line is longer than any that Gaze writes")
    }
    if let end {
      let line = tail[..<end]
      let from = line.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
      chain = try Self.chain(after: line[from...], path)
    }
    if !torn.isEmpty { try putAside(Array(torn)) }
  }

  /// The chain up to and with a line.
  private static func chain(after line: ArraySlice<UInt8>, _ path: String) throws(AuditLogError) -> AuditChain {
    guard let value = try? JSONTree(parsing: line), let sequence = value["sequence"]?.whole, sequence > 0,
      value["previous"]?.text != nil
    else { throw .notALog(path, reason: "its last line is none of Gaze's") }
    return AuditChain(sequence: sequence, head: Digest.sha256(of: line).hexadecimal)
  }

  /// Moves the beginning of a line that was never written whole, and so was never answered for, to a file of its own.
  private func putAside(_ torn: [UInt8]) throws(AuditLogError) {
    let path = settings.path
    let aside = "\(path).torn-\(AuditChain.text(of: Date()).replacing(":", with: ""))"
    let copy = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard copy >= 0 else { throw .cannotOpen(aside, reason: AuditLogError.reason) }
    defer { close(copy) }
    guard Self.write(torn, to: copy), fsync(copy) == 0, ftruncate(file, off_t(byteCount - torn.count)) == 0 else {
      throw .cannotWrite(path, reason: AuditLogError.reason)
    }
    byteCount -= torn.count
    findings.append([
      "event": "torn", "bytes": .number(Double(torn.count)), "file": .text(Self.name(of: aside)),
      "sha256": .text(Digest.sha256(of: torn).hexadecimal),
    ])
  }

  // MARK: - Rotation

  /// Begins a new file where this one is full, or where somebody has moved it away, as logrotate does. Its first line
  /// is linked to the last one of the file before it.
  private func followRotation() throws(AuditLogError) {
    let path = settings.path
    let own = try Self.status(of: file, path)
    var there = stat()
    if stat(path, &there) == 0 && there.st_ino == own.st_ino && there.st_dev == own.st_dev {
      guard Int(own.st_size) == byteCount else {
        throw .cannotWrite(path, reason: "somebody else has changed it; move it away, and a new file is begun")
      }
      guard let most = settings.maximumBytes, byteCount >= most else { return }
      let rotated = "\(path).\(Self.suffix(of: chain.sequence))"
      guard rename(path, rotated) == 0 else { throw .cannotWrite(path, reason: AuditLogError.reason) }
      findings.append(["event": "continued", "file": .text(Self.name(of: rotated))])
    } else {
      findings.append(["event": "continued"])
    }
    try openFile()
    guard byteCount == 0 else { throw .cannotWrite(path, reason: "another file has taken its place; move it away") }
  }

  /// An empty file goes on with the newest that was rotated away: the process may have ended between the two.
  private func findLastRotated() throws(AuditLogError) {
    let url = URL(fileURLWithPath: settings.path)
    let prefix = url.lastPathComponent + "."
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.deletingLastPathComponent().path)) ?? []
    let rotated = names.filter { name in
      name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + Self.suffix(of: 0).utf8.count
        && name.dropFirst(prefix.count).utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard let last = rotated.max() else { return }
    let path = url.deletingLastPathComponent().appendingPathComponent(last).path
    let old = open(path, O_RDONLY | O_CLOEXEC)
    guard old >= 0 else { throw .cannotOpen(path, reason: AuditLogError.reason) }
    defer { close(old) }
    let size = Int(try Self.status(of: old, path).st_size)
    let tail = try Self.read(old, from: max(0, size - 2 * AuditChain.maximumLineBytes), to: size, path)
    guard tail.last == UInt8(ascii: "\n") else { throw .notALog(path, reason: "it does not end with a line") }
    let line = tail.dropLast()
    chain = try Self.chain(after: line[(line.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)...], path)
    findings.append(["event": "continued", "file": .text(last)])
  }

  /// The digits after a rotated file's name: the number of its last line.
  private static func suffix(of sequence: Int) -> String {
    let digits = String(sequence)
    return String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
  }

  // MARK: - Bytes

  private func write(_ bytes: [UInt8]) throws(AuditLogError) {
    let isWritten = Self.write(bytes, to: file) && (!settings.isSynchronised || fdatasync(file) == 0)
    guard !isWritten else { return }
    let reason = AuditLogError.reason
    // What was written of it belongs to no answer.
    ftruncate(file, off_t(byteCount))
    throw .cannotWrite(settings.path, reason: reason)
  }

  private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno != EINTR { return false }
      rest = rest.dropFirst(max(count, 0))
    }
    return true
  }

  private static func read(_ file: Int32, from start: Int, to end: Int, _ path: String) throws(AuditLogError) -> [UInt8]
  {
    var bytes = [UInt8](repeating: 0, count: end - start)
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(start + done)) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .cannotOpen(path, reason: AuditLogError.reason) }
      done += count
    }
    return bytes
  }

  private static func status(of file: Int32, _ path: String) throws(AuditLogError) -> stat {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .cannotOpen(path, reason: AuditLogError.reason) }
    return status
  }

  private static func name(of path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
}

/// Why nothing can be logged.
package enum AuditLogError: Error, Hashable, CustomStringConvertible {
  case cannotOpen(String, reason: String)
  case inUse(String)
  case notALog(String, reason: String)
  case cannotWrite(String, reason: String)
  /// An event that cannot be written as JSON.
  case cannotDescribe(String)
  case closed

  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "The audit log \(path) cannot be opened (\(reason)); check that its folder exists and may be written to."
    case .inUse(let path): "Another process writes the audit log \(path). Give each service a log of its own."
    case .notALog(let path, let reason):
      "\(path) cannot be continued as an audit log: \(reason). Move it away, or name another file."
    case .cannotWrite(let path, let reason): "The audit log \(path) cannot be written: \(reason)."
    case .cannotDescribe(let reason): "An event cannot be written into the audit log: \(reason)."
    case .closed: "The audit log is closed."
    }
  }

  fileprivate static var reason: String { String(cString: strerror(errno)) }
}
