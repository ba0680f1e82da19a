package import Networks

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
  /// There is no libcurl to fetch with.
  case noLibrary(String)

  /// Whether it may go well another time.
  var isPassing: Bool {
    switch self {
    case .connection, .cutOff, .changed: true
    case .status(_, let code): code >= 500 || code == 408 || code == 429
    // The first part may have come from another version of the file; the next try fetches all of it.
    case .wrongDigest(_, _, _, let isContinued): isContinued
    case .address, .cannotWrite, .busy, .redirects, .insecureRedirect, .wrongLength, .cancelled, .noLibrary: false
    }
  }

  package var description: String {
    switch self {
    case .address(let address): "\(address) is not an address that can be fetched; it must begin with https://."
    case .cannotWrite(let path, let reason):
      "\(path) cannot be written (\(reason)); set GAZE_MODELS to a folder that can be."
    case .busy(let path): "Another process is fetching \(path) now; wait for it to end."
    case .status(let address, 404), .status(let address, 410):
      "There is no file at \(address) any more. Get it elsewhere and use 'gaze models import FILE'."
    case .status(let address, let code):
      """
      The server of \(address) answered with status \(code). Try again later, or get the file elsewhere and use \
      'gaze models import FILE'.
      """
    case .redirects(let address): "\(address) leads from one address to the next without end."
    case .insecureRedirect(let address): "\(address) leads to an address that is not encrypted; it was not followed."
    case .connection(let address, let reason):
      "\(address) could not be fetched (\(reason)). Check the network and fetch again: what has arrived is kept."
    case .cutOff(let address, let received, let total):
      """
      The connection to \(address) broke off after \(received) of \(total) bytes. Fetch again: what has arrived is kept.
      """
    case .changed(let address): "The file at \(address) changed while it was fetched. Fetch again."
    case .wrongLength(let address, let expected, let found):
      "The file at \(address) has \(found) bytes, the published one \(expected), so it is another one. It was not kept."
    case .wrongDigest(let address, let expected, let sha256, _):
      """
      The file at \(address) is not the published one: its SHA-256 is \(sha256), published is \(expected). It was not \
      kept.
      """
    case .noLibrary(let reason):
      "Fetching needs libcurl, which cannot be loaded (\(reason)). Install it: apt-get install libcurl4"
    case .cancelled: "The download was stopped. Fetch again: what has arrived is kept."
    }
  }
}
