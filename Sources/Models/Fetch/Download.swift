import Foundation
import FoundationNetworking
package import Networks
import Synchronization
import WeightFiles

/// A file to be fetched over HTTP, with all that is known about it beforehand.
///
/// What arrives goes to `PATH.part`; only when length and digest are right is it renamed. A transfer that breaks off is taken up again
/// where it stopped (RFC 9110, sections 13.1.5 and 14.2: `If-Range`, `Range`), also in a later run of the program, unless the file has
/// changed meanwhile.
package struct Download: Sendable {
  package struct Limits: Hashable, Sendable {
    /// Seconds without a byte after which a connection is given up.
    package var idleSeconds = 30.0
    /// How often it is tried in all.
    package var attempts = 6
    /// Seconds before the second try; doubled for each further one.
    package var pauseSeconds = 1.0
    package var redirects = 10

    package init() {}
  }

  package struct Progress: Hashable, Sendable {
    /// Bytes on disk, those of earlier runs included.
    package let received: Int
    package let total: Int?
    /// Bytes that were there when this program began.
    package let resumed: Int
  }

  package let address: String
  package let byteCount: Int?
  /// How far the length may be from `byteCount`.
  package let byteCountTolerance: Int
  package let digest: PublishedDigest?
  package var limits = Limits()

  package init(
    _ address: String, byteCount: Int? = nil, byteCountTolerance: Int = 0, digest: PublishedDigest? = nil
  ) {
    self.address = address
    self.byteCount = byteCount
    self.byteCountTolerance = byteCountTolerance
    self.digest = digest
  }

  /// Fetches the file to `path`. `progress` is called often, from any thread.
  package func fetch(
    to path: String, progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws(DownloadError) {
    guard let url = URL(string: address), Self.isAcceptable(url) else { throw .address(address) }
    let part = try PartialFile(path)
    defer { part.unlock() }
    let resumed = part.count
    var pause = limits.pauseSeconds
    var attempt = 1
    while true {
      let isContinued = part.count > 0
      do throws(DownloadError) {
        if !isWhole(part) {
          try await transfer(url, into: part) { received, total in
            progress(Progress(received: received, total: total, resumed: min(resumed, received)))
          }
        }
        try verify(part, isContinued: isContinued)
        try part.finish()
        return
      } catch {
        if case .wrongLength = error { part.clear() }
        guard attempt < limits.attempts, error.isPassing else {
          part.discardIfEmpty()
          throw error
        }
      }
      do { try await Task.sleep(for: .seconds(pause)) } catch { throw .cancelled }
      pause *= 2
      attempt += 1
    }
  }

  /// Encrypted, or to this machine.
  static func isAcceptable(_ url: URL) -> Bool {
    switch url.scheme?.lowercased() {
    case "https": url.host?.isEmpty == false
    case "http": ["127.0.0.1", "localhost"].contains(url.host)
    default: false
    }
  }

  /// Whether all bytes are there already, from a run that ended before it could check them.
  private func isWhole(_ part: PartialFile) -> Bool {
    byteCountTolerance == 0 && byteCount != nil && part.count == byteCount
  }

  /// Throws unless the whole file may have this length.
  fileprivate func requirePlausible(_ length: Int) throws(DownloadError) {
    guard let byteCount else { return }
    guard abs(length - byteCount) <= byteCountTolerance else {
      throw .wrongLength(address, expected: byteCount, found: length)
    }
  }

  private func verify(_ part: PartialFile, isContinued: Bool) throws(DownloadError) {
    try requirePlausible(part.count)
    guard let digest else { return }
    guard let found = FileDigests(ofFile: part.path) else { throw .cannotWrite(part.path, systemMessage(errno)) }
    guard digest.matches(found) else {
      part.clear()
      throw .wrongDigest(address, expected: digest, sha256: found.sha256, isContinued: isContinued)
    }
  }

  private func transfer(
    _ url: URL, into part: PartialFile, progress: @escaping @Sendable (Int, Int?) -> Void
  ) async throws(DownloadError) {
    var request = URLRequest(url: url)
    // The bytes of the file itself: the digest is of them.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    request.setValue("gaze", forHTTPHeaderField: "User-Agent")
    if part.count > 0 {
      request.setValue("bytes=\(part.count)-", forHTTPHeaderField: "Range")
      if let validator = part.validator { request.setValue(validator, forHTTPHeaderField: "If-Range") }
    }
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = limits.idleSeconds
    configuration.urlCache = nil
    configuration.httpCookieStorage = nil
    let transfer = Transfer(self, into: part, progress: progress)
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    let session = URLSession(configuration: configuration, delegate: transfer, delegateQueue: queue)
    let task = session.dataTask(with: request)
    let failure = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.begin(continuation)
        task.resume()
      }
    } onCancel: {
      task.cancel()
    }
    session.finishTasksAndInvalidate()
    if let failure { throw Task.isCancelled ? .cancelled : failure }
  }
}

/// What can go wrong with a download.
package enum DownloadError: Error, Hashable, CustomStringConvertible {
  case address(String)
  case cannotWrite(String, String)
  /// Another process is fetching the same file.
  case busy(String)
  case status(String, Int)
  case redirects(String)
  case insecureRedirect(String)
  case connection(String, String)
  case cutOff(String, received: Int, total: Int)
  case changed(String)
  case wrongLength(String, expected: Int, found: Int)
  case wrongDigest(String, expected: PublishedDigest, sha256: String, isContinued: Bool)
  case cancelled

  /// Whether it may go well another time.
  var isPassing: Bool {
    switch self {
    case .connection, .cutOff, .changed: true
    case .status(_, let code): code >= 500 || code == 408 || code == 429
    // The first part may have come from another version of the file; the next try fetches all of it.
    case .wrongDigest(_, _, _, let isContinued): isContinued
    case .address, .cannotWrite, .busy, .redirects, .insecureRedirect, .wrongLength, .cancelled: false
    }
  }

  package var description: String {
    switch self {
    case .address(let address): "\(address) is no address that can be fetched; it must begin with https://."
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written (\(reason)); set GAZE_MODELS to a folder that can be."
    case .busy(let path): "Another process is fetching \(path) now; wait for it to end."
    case .status(let address, 404), .status(let address, 410):
      "There is no file at \(address) any more. Get it elsewhere and use 'gaze models import FILE'."
    case .status(let address, let code):
      "The server of \(address) answered with status \(code). Try again later, or get the file elsewhere and use 'gaze models import FILE'."
    case .redirects(let address): "\(address) leads from one address to the next without end."
    case .insecureRedirect(let address): "\(address) leads to an address that is not encrypted; it was not followed."
    case .connection(let address, let reason):
      "\(address) could not be fetched (\(reason)). Check the network and fetch again: what has arrived is kept."
    case .cutOff(let address, let received, let total):
      "The connection to \(address) broke off after \(received) of \(total) bytes. Fetch again: what has arrived is kept."
    case .changed(let address): "The file at \(address) changed while it was fetched. Fetch again."
    case .wrongLength(let address, let expected, let found):
      "The file at \(address) has \(found) bytes, the published one \(expected), so it is another one. It was not kept."
    case .wrongDigest(let address, let expected, let sha256, _):
      "The file at \(address) is not the published one: its SHA-256 is \(sha256), published is \(expected). It was not kept."
    case .cancelled: "The download was stopped. Fetch again: what has arrived is kept."
    }
  }
}

/// One request and its answer, written to a file as it arrives.
///
/// Foundation for Linux ignores what a delegate decides about a response, so a refused one is cancelled and what still comes of it
/// is dropped.
private final class Transfer: NSObject, URLSessionDataDelegate {
  private struct State {
    var continuation: CheckedContinuation<DownloadError?, Never>?
    var failure: DownloadError?
    var redirectsLeft: Int
    /// The length of the whole file, once the response says it.
    var total: Int?
    var isAccepted = false
  }

  private let download: Download
  private let part: PartialFile
  private let progress: @Sendable (Int, Int?) -> Void
  private let state: Mutex<State>

  init(_ download: Download, into part: PartialFile, progress: @escaping @Sendable (Int, Int?) -> Void) {
    self.download = download
    self.part = part
    self.progress = progress
    state = Mutex(State(redirectsLeft: download.limits.redirects))
  }

  func begin(_ continuation: CheckedContinuation<DownloadError?, Never>) {
    state.withLock { $0.continuation = continuation }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    let failure = state.withLock { state -> DownloadError? in
      state.redirectsLeft -= 1
      if request.url.map(Download.isAcceptable) != true { return .insecureRedirect(download.address) }
      return state.redirectsLeft < 0 ? .redirects(download.address) : nil
    }
    if let failure {
      // Foundation for Linux traps if a task is cancelled while it waits for this answer: nil alone ends it.
      state.withLock { $0.failure = $0.failure ?? failure }
      return completionHandler(nil)
    }
    var next = request
    for (name, value) in task.originalRequest?.allHTTPHeaderFields ?? [:] {
      next.setValue(value, forHTTPHeaderField: name)
    }
    completionHandler(next)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    completionHandler(.allow)
    if state.withLock({ $0.failure != nil }) { return }
    guard let response = response as? HTTPURLResponse else {
      return refuse(dataTask, .connection(download.address, "the answer is not HTTP"))
    }
    do throws(DownloadError) {
      let total = try accept(response)
      state.withLock { state in
        state.total = total
        state.isAccepted = true
      }
    } catch {
      refuse(dataTask, error)
    }
  }

  /// Makes the file ready for the body. Returns the length of the whole.
  private func accept(_ response: HTTPURLResponse) throws(DownloadError) -> Int? {
    let validator = Self.validator(of: response)
    switch response.statusCode {
    case 200:
      let total = response.expectedContentLength < 0 ? nil : Int(response.expectedContentLength)
      if let total { try download.requirePlausible(total) }
      part.clear()
      part.validator = validator
      return total
    case 206:
      guard let range = response.value(forHTTPHeaderField: "Content-Range").flatMap(ContentRange.init),
        range.first == part.count, validator == part.validator
      else {
        part.clear()
        throw .changed(download.address)
      }
      try download.requirePlausible(range.total)
      return range.total
    case 416:
      part.clear()
      throw .changed(download.address)
    case let code: throw .status(download.address, code)
    }
  }

  /// What tells this version of the file from others; weak entity tags do not.
  private static func validator(of response: HTTPURLResponse) -> String? {
    if let tag = response.value(forHTTPHeaderField: "ETag"), !tag.hasPrefix("W/") { return tag }
    return response.value(forHTTPHeaderField: "Last-Modified")
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let (isAccepted, total) = state.withLock { ($0.isAccepted && $0.failure == nil, $0.total) }
    guard isAccepted else { return }
    do throws(DownloadError) {
      try part.append(data)
      let received = part.count
      if let total, received > total {
        throw .wrongLength(download.address, expected: total, found: received)
      }
      progress(received, total)
    } catch {
      refuse(dataTask, error)
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    let (continuation, failure) = state.withLock { state in
      defer { state.continuation = nil }
      return (state.continuation, state.failure ?? self.failure(task, error, total: state.total))
    }
    continuation?.resume(returning: failure)
  }

  private func failure(_ task: URLSessionTask, _ error: (any Error)?, total: Int?) -> DownloadError? {
    let received = part.count
    if let total, received < total, error == nil || received > 0 {
      return .cutOff(download.address, received: received, total: total)
    }
    guard let error else { return nil }
    return .connection(download.address, error.localizedDescription)
  }

  private func refuse(_ task: URLSessionTask, _ failure: DownloadError) {
    state.withLock { state in state.failure = state.failure ?? failure }
    task.cancel()
  }
}

/// `bytes FIRST-LAST/TOTAL` of a response with status 206 (RFC 9110, section 14.4).
struct ContentRange: Hashable {
  let first: Int
  let total: Int

  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
    let numbers = parts[1].split(whereSeparator: { $0 == "-" || $0 == "/" }).map { Int($0) }
    guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let total = numbers[2],
      first >= 0, first <= last, last == total - 1
    else { return nil }
    self.first = first
    self.total = total
  }
}

/// What has arrived of a file: `PATH.part`, and beside it what identifies the version that it is a part of.
///
/// Every byte is in the file system when `append` returns, so that the part survives the program's sudden end. It is
/// locked, so that two programs do not write to it together. Holds no state but an open file, hence Sendable.
private final class PartialFile: Sendable {
  let path: String
  private let target: String
  private let descriptor: Int32
  private var validatorPath: String { path + ".version" }

  init(_ target: String) throws(DownloadError) {
    self.target = target
    path = target + ".part"
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw .cannotWrite(path, systemMessage(errno)) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { throw .busy(target) }
  }

  deinit { close(descriptor) }

  var count: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  var validator: String? {
    get { try? String(contentsOfFile: validatorPath, encoding: .utf8) }
    set {
      if let newValue {
        try? newValue.write(toFile: validatorPath, atomically: true, encoding: .utf8)
      } else {
        unlink(validatorPath)
      }
    }
  }

  func append(_ data: Data) throws(DownloadError) {
    let code = data.withUnsafeBytes { bytes -> Int32 in
      var rest = bytes[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest)
        let written = write(descriptor, chunk.baseAddress, chunk.count)
        if written < 0 {
          if errno == EINTR { continue }
          return errno
        }
        rest = rest.dropFirst(written)
      }
      return 0
    }
    if code != 0 { throw .cannotWrite(path, systemMessage(code)) }
  }

  /// Forgets what has arrived.
  func clear() {
    ftruncate(descriptor, 0)
    unlink(validatorPath)
  }

  /// Lets others have it; a session may keep this object a little longer.
  func unlock() { flock(descriptor, LOCK_UN) }

  /// Leaves no empty file behind.
  func discardIfEmpty() {
    if count == 0 { unlink(path) }
  }

  /// Gives the file its name.
  func finish() throws(DownloadError) {
    fsync(descriptor)
    if rename(path, target) != 0 { throw .cannotWrite(target, systemMessage(errno)) }
    unlink(validatorPath)
  }
}
