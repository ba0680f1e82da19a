import Autodiff
import Foundation
import Logging
import Models

/// The tokens of a file, read again when it changes. A file that cannot be taken then leaves the tokens as they were.
final class TokenKeeper: Sendable {
  private let path: String
  private let logger: Logger
  private let list: Guarded<TokenList>
  /// What the file was when it was last looked at, good or bad.
  private let stamp: Guarded<FileStamp?>

  /// How often the file is looked at. Whoever cannot wait sends SIGHUP.
  private static let interval: Duration = .seconds(2)

  /// - Throws: `StartError.tokens` where the file cannot be taken.
  init(_ path: String, logger: Logger) throws {
    self.path = path
    self.logger = logger
    stamp = Guarded(FileStamp(ofFile: path))
    do throws(TokenError) {
      list = Guarded(try Self.read(path))
    } catch {
      throw StartError.tokens(file: path, reason: error.description)
    }
    note("tokens")
  }

  var current: TokenList { list.withLock { $0 } }

  /// Reads the file again.
  func reload() {
    stamp.withLock { $0 = FileStamp(ofFile: path) }
    do throws(TokenError) {
      let new = try Self.read(path)
      list.withLock { $0 = new }
      note("tokens read again")
    } catch {
      logger.error(
        "the tokens stay as they were: the file cannot be taken", metadata: ["file": "\(path)", "reason": "\(error)"])
    }
  }

  /// Reads the file again whenever it has changed; returns when the task is cancelled.
  func watch() async {
    while (try? await Task.sleep(for: Self.interval)) != nil {
      if case let now = FileStamp(ofFile: path), stamp.withLock({ $0 != now }) { reload() }
    }
  }

  private func note(_ message: Logger.Message) {
    let list = current
    logger.notice(message, metadata: ["count": "\(list.tokens.count)"])
    if list.holdsSecrets, let stamp = FileStamp(ofFile: path), stamp.mode & 0o044 != 0 {
      logger.warning(
        "others can read the file of tokens; take chmod 600, or sha256 in the place of token",
        metadata: ["file": "\(path)"])
    }
  }

  private static func read(_ path: String) throws(TokenError) -> TokenList {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(filePath: path)) } catch {
      throw TokenError("it cannot be read. Name a file that can.")
    }
    return try TokenList([UInt8](bytes))
  }
}
