import CCurl
import Foundation
import Synchronization

/// Fetches what a part still lacks, on a thread of its own, for libcurl waits where it is called. `progress` gets the
/// bytes on disk and those of the whole file, on that thread.
func transfer(
  _ url: URL, of download: Download, into part: PartialFile, progress: @escaping @Sendable (Int, Int?) -> Void
) async throws(DownloadError) {
  let stop = StopFlag()
  let result: Result<Void, DownloadError> = await withTaskCancellationHandler {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        let transfer = Transfer(download, into: part, stop: stop, progress: progress)
        continuation.resume(returning: Result { () throws(DownloadError) in try transfer.run(url) })
      }
    }
  } onCancel: {
    stop.isSet.store(true, ordering: .relaxed)
  }
  do throws(DownloadError) { try result.get() } catch { throw Task.isCancelled ? .cancelled : error }
}

/// Carries a task's cancellation to the thread of its transfer.
private final class StopFlag: Sendable {
  let isSet = Atomic(false)
}

/// Requests along redirects; the body of the last answer is written to a file as it arrives.
private final class Transfer {
  private let download: Download
  private let part: PartialFile
  private let stop: StopFlag
  private let progress: (Int, Int?) -> Void

  /// Of the request that runs.
  private var head = ResponseHead()
  private var answer = Answer.pending
  private var lastArrival = ContinuousClock.now
  private var isSilent = false

  private enum Answer {
    case pending
    /// The body is written; `total` is the length of the whole file, once it is known.
    case accepted(total: Int?)
    /// To an address as the server writes it.
    case redirect(String)
    case refused(DownloadError)
  }

  init(_ download: Download, into part: PartialFile, stop: StopFlag, progress: @escaping (Int, Int?) -> Void) {
    self.download = download
    self.part = part
    self.stop = stop
    self.progress = progress
  }

  func run(_ first: URL) throws(DownloadError) {
    if let reason = ccurl_load() { throw .noLibrary(String(cString: reason)) }
    var url = first
    var redirects = 0
    while let location = try request(url) {
      guard let next = URL(string: location, relativeTo: url)?.absoluteURL, Download.mayLead(from: url, to: next) else {
        throw .insecureRedirect(download.address)
      }
      redirects += 1
      if redirects > download.limits.redirects { throw .redirects(download.address) }
      url = next
    }
  }

  /// Returns where the answer leads; nil if it was the file.
  private func request(_ url: URL) throws(DownloadError) -> String? {
    head = ResponseHead()
    answer = .pending
    lastArrival = .now
    isSilent = false
    let failure = get(url)
    switch answer {
    case .redirect(let location): return location
    case .refused(let error): throw error
    case .pending: throw .connection(download.address, failure ?? "the answer is not HTTP")
    case .accepted(let total):
      let received = part.count
      if let total, received < total, failure == nil || received > 0 {
        throw .cutOff(download.address, received: received, total: total)
      }
      if let failure { throw .connection(download.address, failure) }
      return nil
    }
  }

  /// Returns why the answer was not received as a whole; nil if it was.
  private func get(_ url: URL) -> String? {
    // The bytes of the file itself: the digest is of them.
    var fields = ["Accept-Encoding: identity", "User-Agent: gaze"]
    if part.count > 0 {
      fields.append("Range: bytes=\(part.count)-")
      if let validator = part.validator { fields.append("If-Range: \(validator)") }
    }
    let copies = fields.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    // The receiver's functions run within `ccurl_get` alone, while `self` is held here.
    var receiver = ccurl_receiver(
      context: Unmanaged.passUnretained(self).toOpaque(),
      line: { context, bytes, count in
        transfer(context).receive(line: UnsafeRawBufferPointer(start: bytes, count: count))
      },
      body: { context, bytes, count in
        transfer(context).receive(body: UnsafeRawBufferPointer(start: bytes, count: count))
      },
      wait: { context in transfer(context).waits() })
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CCURL_REASON_BYTES)) { reason in
      let isWhole = ccurl_get(
        url.absoluteString, copies.map { UnsafePointer($0) } + [nil], &receiver, reason.baseAddress!)
      if isWhole { return nil }
      return isSilent
        ? "nothing arrived for \(download.limits.idleSeconds) seconds" : String(cString: reason.baseAddress!)
    }
  }

  // MARK: - What libcurl reports; false stops the request

  private func receive(line: UnsafeRawBufferPointer) -> Bool {
    lastArrival = .now
    // Fields may also follow the body.
    guard case .pending = answer, head.add(line) else { return true }
    if let location = head.redirect {
      answer = .redirect(location)
      return false
    }
    do throws(DownloadError) {
      answer = .accepted(total: try accept())
      return true
    } catch {
      answer = .refused(error)
      return false
    }
  }

  /// Makes the file ready for the body. Returns the length of the whole.
  private func accept() throws(DownloadError) -> Int? {
    switch head.status {
    case 200:
      let total = head.contentLength
      if let total { try download.requirePlausible(total) }
      part.clear()
      part.validator = head.validator
      return total
    case 206:
      guard let range = head.contentRange, range.first == part.count, head.validator == part.validator else {
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

  private func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
    lastArrival = .now
    guard case .accepted(let total) = answer else { return false }
    do throws(DownloadError) {
      try part.append(bytes)
      let received = part.count
      if let total, received > total { throw .wrongLength(download.address, expected: total, found: received) }
      progress(received, total)
      return true
    } catch {
      answer = .refused(error)
      return false
    }
  }

  private func waits() -> Bool {
    isSilent = ContinuousClock.now - lastArrival > .seconds(download.limits.idleSeconds)
    return !isSilent && !stop.isSet.load(ordering: .relaxed)
  }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
  Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
}
