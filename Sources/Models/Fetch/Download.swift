import Foundation
package import Networks
import WeightFiles

/// A file to be fetched over HTTP, with all that is known about it beforehand.
///
/// What arrives goes to `PATH.part`; only when length and digest are right is it renamed. A transfer that breaks off is
/// taken up again where it stopped (RFC 9110, sections 13.1.5 and 14.2: `If-Range`, `Range`), also in a later run of
/// the program, unless the file has changed meanwhile.
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
          try await transfer(url, of: self, into: part) { received, total in
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

  /// Whether a redirect may be followed: to what is acceptable, and never from an encrypted address to one that is not.
  static func mayLead(from url: URL, to next: URL) -> Bool {
    isAcceptable(next) && (url.scheme?.lowercased() != "https" || next.scheme?.lowercased() == "https")
  }

  /// Whether all bytes are there already, from a run that ended before it could check them.
  private func isWhole(_ part: PartialFile) -> Bool {
    byteCountTolerance == 0 && byteCount != nil && part.count == byteCount
  }

  /// Throws unless the whole file may have this length.
  func requirePlausible(_ length: Int) throws(DownloadError) {
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
}
