import CZlib

/// Unpacks zlib data (RFC 1950) or bare deflate data (RFC 1951) of a known size: never more, and an error if it is
/// less.
enum Inflate {
  /// - Parameter packed: the whole stream, which its checksum ends.
  /// - Precondition: `byteCount` was found acceptable; that much is reserved.
  static func zlib(_ packed: UnsafeRawBufferPointer, byteCount: Int) throws(InflateFault) -> [UInt8] {
    try unpacked(packed, byteCount: byteCount, windowBits: MAX_WBITS)
  }

  /// The same of a stream without zlib's header and checksum, as zip archives have it.
  static func deflate(_ packed: UnsafeRawBufferPointer, byteCount: Int) throws(InflateFault) -> [UInt8] {
    try unpacked(packed, byteCount: byteCount, windowBits: -MAX_WBITS)
  }

  /// - Parameter windowBits: as zlib counts them; negative where there is no header.
  private static func unpacked(
    _ packed: UnsafeRawBufferPointer, byteCount: Int, windowBits: Int32
  ) throws(InflateFault) -> [UInt8] {
    var fault: InflateFault?
    // A byte more than expected, so that what is too long shows itself.
    let bytes = [UInt8](unsafeUninitializedCapacity: byteCount + 1) { output, count in
      do throws(InflateFault) {
        count = try inflateAll(
          packed, into: UnsafeMutableBufferPointer(rebasing: output[...byteCount]), windowBits: windowBits)
      } catch {
        fault = error
      }
    }
    if let fault { throw fault }
    return bytes
  }

  /// Returns how many bytes were written: all of `output` but its last byte.
  private static func inflateAll(
    _ packed: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>, windowBits: Int32
  ) throws(InflateFault) -> Int {
    var stream = z_stream()
    let begun = inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(
      begun == Z_OK, "zlib cannot begin (status \(begun)): no memory, or not the version that was compiled for")
    defer { inflateEnd(&stream) }

    let expected = output.count - 1
    var (read, written) = (0, 0)
    var status = Z_OK
    // zlib counts in 32 bits, so what is longer goes in several pieces.
    while status == Z_OK {
      let input = min(packed.count - read, Int(UInt32.max))
      let room = min(output.count - written, Int(UInt32.max))
      // zlib never writes to its input; the pointer is not const for the sake of old programs.
      stream.next_in = packed.baseAddress.map {
        UnsafeMutablePointer(mutating: ($0 + read).assumingMemoryBound(to: UInt8.self))
      }
      stream.avail_in = UInt32(input)
      stream.next_out = output.baseAddress! + written
      stream.avail_out = UInt32(room)
      status = inflate(&stream, Z_NO_FLUSH)
      read += input - Int(stream.avail_in)
      written += room - Int(stream.avail_out)
      if written > expected { throw .tooLong(expected: expected) }
    }
    switch status {
    case Z_STREAM_END:
      if written < expected { throw .size(expected: expected, found: written) }
      // The last four bytes of a chunk are its checksum; these are not.
      if read < packed.count { throw .checksum }
      return written
    case Z_BUF_ERROR: throw .truncated
    case Z_NEED_DICT: throw .header
    case Z_DATA_ERROR: throw InflateFault(zlib: stream.msg.map { String(cString: $0) } ?? "")
    default: preconditionFailure("zlib cannot go on (status \(status))")
    }
  }
}

/// Why compressed data were refused.
package enum InflateFault: Error, Hashable, Sendable {
  case truncated
  case header
  case blockType
  case storedLength
  /// Code lengths that make no prefix code.
  case codeLengths
  case unusedCode
  /// A repetition that reaches back before the beginning.
  case distance
  case size(expected: Int, found: Int)
  case tooLong(expected: Int)
  case checksum
  /// In words of zlib that `init(zlib:)` does not know.
  case other(String)

  /// zlib tells faults of the data apart by its messages alone (inflate.c, inffast.c).
  fileprivate init(zlib message: String) {
    self =
      switch message {
      case "incorrect header check", "unknown compression method", "invalid window size": .header
      case "invalid block type": .blockType
      case "invalid stored block lengths": .storedLength
      case "too many length or distance symbols", "invalid code lengths set", "invalid bit length repeat",
        "invalid code -- missing end-of-block", "invalid literal/lengths set", "invalid distances set":
        .codeLengths
      case "invalid literal/length code", "invalid distance code": .unusedCode
      case "invalid distance too far back": .distance
      case "incorrect data check": .checksum
      default: .other(message)
      }
  }
}

extension InflateFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .truncated: "they end in the middle"
    case .header: "they do not begin like zlib data"
    case .blockType: "a block has an unknown type"
    case .storedLength: "a stored block has two lengths"
    case .codeLengths: "the lengths of a code are impossible"
    case .unusedCode: "a code occurs that was not defined"
    case .distance: "a repetition reaches back before the beginning"
    case .size(let expected, let found): "they unpack to \(found) bytes instead of \(expected)"
    case .tooLong(let expected): "they unpack to more than \(expected) bytes"
    case .checksum: "their checksum is wrong"
    case .other(let message): "zlib refuses them: \(message)"
    }
  }
}
