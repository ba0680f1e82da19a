import Digests
import Foundation
import Models
import Serving

/// Somebody who may ask, known by the digest of a secret.
struct Token: Hashable, Sendable {
  /// For the log, metrics and whoever shares: not the secret.
  let name: String
  /// SHA-256 of the secret.
  let digest: [UInt8]
  let allowance: Allowance

  var client: Client { .token(name) }
}

/// The tokens of a file.
///
/// ```json
/// {"tokens": [
///   {"name": "lab", "sha256": "9f86d0…", "requests-per-second": 5, "burst": 20},
///   {"name": "night", "token": "a-secret-of-16-or-more", "compute-seconds": 3600, "period": "day"}
/// ]}
/// ```
struct TokenList: Sendable {
  let tokens: [Token]
  /// Whether a secret itself stands in the file.
  let holdsSecrets: Bool

  static let most = 1000
  private static let longestFile = 4 << 20
  /// The letters of RFC 6750, section 2.1, which go into a cookie as they are.
  private static let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=")
  private static let lengths = 16...256

  init(_ bytes: [UInt8]) throws(TokenError) {
    guard bytes.count <= Self.longestFile else { throw TokenError("it is larger than 4 MB. Take fewer tokens.") }
    let file: File
    do { file = try JSONDecoder().decode(File.self, from: Data(bytes)) } catch let error as DecodingError {
      throw TokenError(Self.sentence(error))
    } catch {
      throw TokenError(Self.form)
    }
    guard file.tokens.count <= Self.most else { throw TokenError("it has more than \(Self.most) tokens. Take fewer.") }
    var (tokens, names, digests) = ([Token](), Set<String>(), Set<[UInt8]>())
    for (index, entry) in file.tokens.enumerated() {
      let token = try entry.token(at: index)
      guard names.insert(token.name).inserted else {
        throw TokenError("two tokens are called '\(token.name)'. Give each its own name.")
      }
      guard digests.insert(token.digest).inserted else {
        throw TokenError("'\(token.name)' is the same token as another. Make one of its own: openssl rand -hex 24.")
      }
      tokens.append(token)
    }
    self.tokens = tokens
    holdsSecrets = file.tokens.contains { $0.token != nil }
  }

  /// The token that a client sends, found in a time that says nothing of how much of it was right: its digest is
  /// compared with every one of the list, each in full.
  func find(_ secret: some StringProtocol) -> Token? {
    guard Self.lengths.contains(secret.utf8.count) else { return nil }
    let digest = Digest.sha256(of: Array(secret.utf8))
    var found: Token?
    for token in tokens where digest.isEqual(toSecret: token.digest) { found = token }
    return found
  }

  fileprivate static let form =
    #"it is no JSON such as {"tokens": [{"name": "lab", "sha256": "64 hexadecimal digits"}]}."#

  private static func sentence(_ error: DecodingError) -> String {
    let path: ([any CodingKey]) -> String = { keys in
      keys.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined().drop { $0 == "." }.description
    }
    return switch error {
    case .typeMismatch(_, let context) where !context.codingPath.isEmpty:
      "\(path(context.codingPath)) is of the wrong kind. \(Entry.help)"
    case .keyNotFound(let key, let context) where !context.codingPath.isEmpty:
      "\(path(context.codingPath)) lacks '\(key.stringValue)'. \(Entry.help)"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\(path(context.codingPath)): \(context.debugDescription) \(Entry.help)"
    default: form
    }
  }

  private struct File: Decodable {
    let tokens: [Entry]

    enum CodingKeys: String, CodingKey, CaseIterable { case tokens }

    init(from decoder: any Decoder) throws {
      try decoder.refuseOtherKeys(than: CodingKeys.allCases.map(\.rawValue))
      tokens = try decoder.container(keyedBy: CodingKeys.self).decode([Entry].self, forKey: .tokens)
    }
  }

  private struct Entry: Decodable {
    enum Period: String, Decodable {
      case minute, hour, day

      var duration: Duration {
        switch self {
        case .minute: .seconds(60)
        case .hour: .seconds(3600)
        case .day: .seconds(86_400)
        }
      }
    }

    let name: String
    let token: String?
    let sha256: String?
    let rate: Double?
    let burst: Int?
    let computeSeconds: Double?
    let period: Period?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, token, sha256, burst, period
      case rate = "requests-per-second"
      case computeSeconds = "compute-seconds"
    }

    static let help = "A token has " + CodingKeys.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ") + "."

    init(from decoder: any Decoder) throws {
      try decoder.refuseOtherKeys(than: CodingKeys.allCases.map(\.rawValue))
      let values = try decoder.container(keyedBy: CodingKeys.self)
      name = try values.decode(String.self, forKey: .name)
      token = try values.decodeIfPresent(String.self, forKey: .token)
      sha256 = try values.decodeIfPresent(String.self, forKey: .sha256)
      rate = try values.decodeIfPresent(Double.self, forKey: .rate)
      burst = try values.decodeIfPresent(Int.self, forKey: .burst)
      computeSeconds = try values.decodeIfPresent(Double.self, forKey: .computeSeconds)
      period = try values.decodeIfPresent(Period.self, forKey: .period)
    }

    func token(at index: Int) throws(TokenError) -> Token {
      let isName = { (letter: Character) in
        letter.isASCII && (letter.isLetter || letter.isNumber || "._-".contains(letter))
      }
      guard (1...64).contains(name.utf8.count), name.allSatisfy(isName) else {
        throw TokenError("tokens[\(index)].name must be 1 to 64 letters, digits, points, dashes or underscores.")
      }
      guard rate.map({ (0.001...1_000_000).contains($0) }) ?? true, burst.map({ (1...1_000_000).contains($0) }) ?? true
      else {
        throw TokenError("'\(name)': requests-per-second is 0.001 to 1000000, burst 1 to 1000000.")
      }
      guard burst == nil || rate != nil else {
        throw TokenError("'\(name)': burst is for requests-per-second; add it.")
      }
      guard computeSeconds.map({ (0.001...100_000_000).contains($0) }) ?? true else {
        throw TokenError("'\(name)': compute-seconds is 0.001 to 100000000.")
      }
      guard period == nil || computeSeconds != nil else {
        throw TokenError("'\(name)': period is for compute-seconds; add it.")
      }
      let allowance = Allowance(
        rate: rate, burst: burst ?? max(1, Int((rate ?? 1).rounded(.up))),
        computeTime: computeSeconds.map { .seconds($0) },
        period: (period ?? .hour).duration)
      return Token(name: name, digest: try digest(), allowance: allowance)
    }

    private func digest() throws(TokenError) -> [UInt8] {
      switch (token, sha256) {
      case (let secret?, nil):
        guard lengths.contains(secret.utf8.count), secret.allSatisfy(letters.contains) else {
          throw TokenError(
            "'\(name)': a token is \(lengths.lowerBound) to \(lengths.upperBound) of the letters A-Z a-z 0-9 - . _ ~ + / =. "
              + "openssl rand -hex 24 makes one.")
        }
        return Digest.sha256(of: Array(secret.utf8)).bytes
      case (nil, let text?):
        guard let digest = Digest(hexadecimal: text), digest.bytes.count == 32 else {
          throw TokenError("'\(name)': sha256 is 64 hexadecimal digits: printf %s TOKEN | sha256sum.")
        }
        return digest.bytes
      default: throw TokenError("'\(name)' needs either 'token' or 'sha256'.")
      }
    }
  }
}

/// What is wrong with a file of tokens; as a sentence goes on after "The tokens in FILE cannot be taken: ".
struct TokenError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension Decoder {
  /// A key that means nothing is a slip, and what it was to say would go missing.
  fileprivate func refuseOtherKeys(than names: [String]) throws {
    for key in try container(keyedBy: AnyKey.self).allKeys where !names.contains(key.stringValue) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath + [key], debugDescription: "no such key; take one of \(names.joined(separator: ", "))."
        ))
    }
  }
}
