import ArgumentParser
import Audit
import Autodiff
import Digests
import Explain
import Foundation
import Images
import Models

/// `gaze verify`: what holds of a receipt, or of a log.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Says what holds of a receipt or of an audit log, and what does not.",
    discussion: """
      A line for each claim: it holds, it does not hold, or it cannot be told, and why. The receipt is a receipt.json or \
      saliency.json as the service gives it, or what 'gaze explain --receipt' wrote; - reads it from standard input.

        gaze verify receipt.json --image photo.jpg --key public.pem
        gaze verify receipt.json --image photo.jpg --map saliency.npy --recompute
        gaze verify receipt.json --log audit.log --key keys.json
        gaze verify --log audit.log.000000004711 --log audit.log --head 9f86d0…

      Exit codes: 0 nothing fails, 1 something does not hold, 64 wrong usage, 65 a file with bad content, \
      66 a file that cannot be read.
      """)

  @Argument(help: ArgumentHelp("The receipt; - for standard input.", valueName: "receipt"), completion: .file())
  var receipt: String?

  @Option(help: ArgumentHelp("The image that was explained.", valueName: "file"), completion: .file())
  var image: String?

  @Option(
    help: ArgumentHelp("The raw map, as saliency.npy at the layer's resolution.", valueName: "file"),
    completion: .file())
  var map: String?

  @Option(
    help: ArgumentHelp(
      "The audit log; of one that was rotated its files in order, each with --log.", valueName: "file"),
    completion: .file())
  var log: [String] = []

  @Option(
    help: ArgumentHelp(
      "A public key in PEM, or the answer of GET /api/keys; may be given again. Without it no signature is checked.",
      valueName: "file"), completion: .file())
  var key: [String] = []

  @Option(help: ArgumentHelp("A digest of a line of the log that you have kept.", valueName: "SHA-256"))
  var head: String?

  @Flag(help: "Compute the map again, by the model of the store, and compare it.")
  var recompute = false

  @Option(help: ArgumentHelp("Threads that compute; default: one for each processor.", valueName: "count"))
  var threads: Int?

  func validate() throws {
    try checkThreads(threads)
    guard receipt != nil || !log.isEmpty else {
      throw ValidationError("Name a receipt, or an audit log with --log.")
    }
    guard receipt != nil || (image == nil && map == nil && !recompute) else {
      throw ValidationError("--image, --map and --recompute are about a receipt; name one.")
    }
    guard !recompute || image != nil else { throw ValidationError("--recompute needs --image.") }
    guard head == nil || !log.isEmpty else { throw ValidationError("--head is about a log; name it with --log.") }
    guard head.map({ $0.utf8.count == 64 && $0.utf8.allSatisfy(Self.isHexadecimal) }) ?? true else {
      throw ValidationError("--head must be the 64 hexadecimal digits of a SHA-256.")
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  func run() async throws {
    try await reportingFailures {
      let keys = try readKeys()
      let receipts = try receipt.map(Self.receipts) ?? []
      var claims: [Claim] = []
      if !receipts.isEmpty {
        Self.useInstructionSet(of: receipts)
        claims += try self.claims(of: receipts, keys)
      }
      if !log.isEmpty { claims += try logClaims(of: receipts, keys) }
      for claim in claims { print(claim.line) }
      if claims.contains(where: { $0.verdict == .fails }) { throw ExitCode(1) }
    }
  }

  // MARK: Files

  /// Longest receipt: JSON of a million numbers with a picture is shorter.
  private static let maximumReceiptBytes = 64 << 20
  private static let maximumFileBytes = 1 << 30

  private func readKeys() throws(Failure) -> [PublicKey] {
    var keys: [PublicKey] = []
    for path in key {
      do throws(KeyFileError) { keys += try PublicKey.read(from: path) } catch {
        throw Failure(.badData, error.description)
      }
    }
    return keys
  }

  private static func receipts(in path: String) throws -> [BroughtReceipt] {
    let name = path == "-" ? "standard input" : path
    let bytes = try read(path, atMost: maximumReceiptBytes)
    let json: JSONTree
    do { json = try JSONTree(parsing: bytes) } catch {
      throw Failure(.badData, "\(name) is no receipt: it is no JSON: \(error).")
    }
    let receipts = BroughtReceipt.all(in: json)
    guard !receipts.isEmpty else {
      throw Failure(.badData, "\(name) holds no receipt of Gaze; take a receipt.json or a saliency.json.")
    }
    return receipts
  }

  private static func read(_ path: String, atMost limit: Int) throws(Failure) -> [UInt8] {
    let handle = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      guard let handle, let chunk = try? handle.read(upToCount: 1 << 20) ?? Data() else {
        throw Failure(.noInput, "\(path) cannot be read; check the path and its permissions.")
      }
      if chunk.isEmpty { return bytes }
      bytes += chunk
    }
    throw Failure(.badData, "\(path) has more than \(limit >> 20) MB, which no such file of Gaze has.")
  }

  /// Computes as the receipt's map was computed, where this processor can and nobody has asked for another set.
  private static func useInstructionSet(of receipts: [BroughtReceipt]) {
    let sets = Set(receipts.compactMap(\.isa))
    guard sets.count == 1, let set = sets.first.flatMap(InstructionSet.init), set.isSupported else { return }
    setenv("GAZE_ISA", set.rawValue, 0)
  }

  // MARK: Receipts

  private func claims(of receipts: [BroughtReceipt], _ keys: [PublicKey]) throws -> [Claim] {
    let imageBytes = try image.map { path throws(Failure) in try Self.read(path, atMost: Self.maximumFileBytes) }
    let mapContent = try map.map { path in
      guard let content = NPYContent(try Self.read(path, atMost: Self.maximumFileBytes)) else {
        throw Failure(.badData, "\(path) is no .npy file of float32 in C order, as Gaze writes it.")
      }
      return content
    }
    let engine = Engine(threadCount: threads ?? Workers.onlineProcessors)
    let library = ModelLibrary(store: .standard())
    return receipts.enumerated().flatMap { index, receipt in
      var claims = [Self.versionClaim(of: receipt), Self.signatureClaim(of: receipt, keys)]
      let values = mapContent.flatMap { $0.map(index, of: receipts.count, values: Self.valueCount(of: receipt) ?? 0) }
      if map != nil { claims.append(Self.mapClaim(of: receipt, values)) }
      if let imageBytes {
        claims.append(
          .comparing(
            "image", "the image's file", found: Digest.sha256(of: imageBytes).hexadecimal,
            said: receipt.contentDigest("image")))
        let again = Recomputation(receipt: receipt, image: imageBytes, library: library, engine: engine)
        claims.append(Self.pixelClaim(of: receipt, again))
        if recompute { claims += again.claims(against: values) }
      }
      guard receipts.count > 1 else { return claims }
      return claims.map { Claim(subject: "\(index + 1): \($0.subject)", verdict: $0.verdict, reason: $0.reason) }
    }
  }

  private static func versionClaim(of receipt: BroughtReceipt) -> Claim {
    switch receipt.version {
    case Receipt.version: .holds("receipt", "it is a receipt of version \(Receipt.version), with digests")
    case nil: .open("receipt", "it is from before receipts had digests; what it says cannot be compared with anything")
    case let version?: .open("receipt", "it is of version \(version); this Gaze knows version \(Receipt.version)")
    }
  }

  private static func signatureClaim(of receipt: BroughtReceipt, _ keys: [PublicKey]) -> Claim {
    switch receipt.signatureState(knowing: keys) {
    case .unsigned where keys.isEmpty: .open("signature", "the receipt is not signed: anybody could have written it")
    case .unsigned: .fails("signature", "the receipt is not signed")
    case .otherKey(let name) where keys.isEmpty:
      .open("signature", "it names the key \(name.prefix(64)); give its public half with --key")
    case .otherKey(let name): .fails("signature", "it is by another key, \(name.prefix(64))")
    case .wrong: .fails("signature", "the receipt was changed after it was signed, or never signed by this key")
    case .right(let name): .holds("signature", "the receipt is as the holder of the key \(name) signed it")
    }
  }

  private static func valueCount(of receipt: BroughtReceipt) -> Int? {
    guard let width = receipt.json["map"]?["width"]?.whole, let height = receipt.json["map"]?["height"]?.whole,
      (1...1 << 16).contains(width), (1...1 << 16).contains(height)
    else { return nil }
    return width * height
  }

  private static func mapClaim(of receipt: BroughtReceipt, _ values: [Float]?) -> Claim {
    guard let values, let width = receipt.json["map"]?["width"]?.whole else {
      return .fails("map", "the file has not the size that the receipt says; take the map at resolution=layer")
    }
    let map = SaliencyMap(width: width, height: values.count / width, values: values)
    return .comparing("map", "the map", found: map.digest.hexadecimal, said: receipt.contentDigest("map"))
  }

  private static func pixelClaim(of receipt: BroughtReceipt, _ again: Recomputation) -> Claim {
    do {
      let pixels = try again.decoded().image.pixels
      return .comparing(
        "pixels", "the decoded picture", found: Digest.sha256(of: pixels).hexadecimal,
        said: receipt.contentDigest("pixels"))
    } catch {
      return .open("pixels", "the image cannot be decoded as the receipt says: \(error)")
    }
  }

  // MARK: Log

  private func logClaims(of receipts: [BroughtReceipt], _ keys: [PublicKey]) throws -> [Claim] {
    var found = LogVerification(keys: keys, receipts: Set(receipts.map(\.digest)), head: head)
    for path in log {
      guard found.read(path) else {
        throw Failure(.noInput, "\(path) cannot be read; check the path and its permissions.")
      }
    }
    var claims = found.breaks.map { Claim.fails("log", "\($0.file), line \($0.line): \($0.reason)") }
    if found.breakCount > found.breaks.count {
      claims.append(.fails("log", "and \(found.breakCount - found.breaks.count) places more"))
    }
    if found.lineCount == 0 {
      claims.append(.open("log", "it has no line"))
    } else if found.breakCount == 0 {
      claims.append(
        .holds(
          "log",
          "\(found.lineCount) lines are one chain, from sequence \(found.firstSequence ?? 0) to \(found.lastSequence)"
            + "; the last line's SHA-256 is \(found.head)"))
    }
    claims += Self.limits(of: found, hasKeys: !keys.isEmpty)
    claims.append(Self.headClaim(head, found))
    for receipt in receipts {
      guard let place = found.receipts[receipt.digest] else {
        claims.append(.fails("logged", "no line of the log has this receipt, SHA-256 \(receipt.digest)"))
        continue
      }
      let request = place.request.map { ", request \($0.prefix(64))" } ?? ""
      claims.append(
        .holds("logged", "\(place.file), line \(place.line): sequence \(place.sequence), \(place.time)\(request)"))
    }
    return claims
  }

  /// What a chain by itself cannot show.
  private static func limits(of found: LogVerification, hasKeys: Bool) -> [Claim] {
    var claims: [Claim] = []
    if found.lineCount > 0 && !found.beginsAtBeginning {
      claims.append(
        .open("log", "it begins with sequence \(found.firstSequence ?? 0): what came before is in an earlier file"))
    }
    if !hasKeys {
      claims.append(
        .open(
          "log",
          "whether all of it was written anew: "
            + (found.signedCount > 0
              ? "its lines are signed; give the public key with --key" : "its lines are not signed")
        ))
    }
    return claims
  }

  private static func headClaim(_ head: String?, _ found: LogVerification) -> Claim {
    if head == nil {
      return .open("head", "whether lines were cut from the end: keep the last line's SHA-256, and give it with --head")
    }
    if let place = found.knownHead {
      return .holds(
        "head", "it is line \(place.line) of \(place.file); \(found.lastSequence - place.sequence) lines came since")
    }
    return .fails("head", "no line has it: the log was cut at its end, or written anew")
  }
}
