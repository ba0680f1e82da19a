import CZlib
import Explain
import HTTPTypes
import NIOCore

/// Packs answers that are text.
///
/// Source: RFC 1952; RFC 9110 section 12.5.3.
enum Gzip {
  /// What is smaller fits into one packet anyway.
  static let leastBytes = 1024

  /// JSON, text and drawings as text. Pictures and arrays of numbers are packed already, or do not get smaller.
  static func pays(for contentType: String?) -> Bool {
    let type = HeaderParameters(contentType ?? "").value
    return type.hasPrefix("text/") || texts.contains(type)
  }

  private static let texts: Set = [
    "application/json", "application/manifest+json", "application/yaml", "image/svg+xml",
  ]

  /// Whether the client takes it, and does not like it less than bytes as they are.
  static func isAccepted(by headers: HTTPFields) -> Bool {
    var qualities: [String: Double] = [:]
    for coding in headers[values: .acceptEncoding].flatMap({ HeaderParameters.split($0, at: ",") }) {
      let parameters = HeaderParameters(String(coding))
      guard let quality = parameters["q"].map(Double.init) ?? 1 else { continue }
      qualities[parameters.value] = quality
    }
    guard let own = qualities["gzip"] ?? qualities["x-gzip"] ?? qualities["*"], own > 0 else { return false }
    return own >= qualities["identity", default: 0]
  }

  /// Level 1: a fifth more bytes than the usual level, in a third of its time.
  static func packed(_ plain: ByteBuffer) -> ByteBuffer {
    var stream = z_stream()
    let withHeader = MAX_WBITS + 16
    let begun = deflateInit2_(
      &stream, 1, Z_DEFLATED, withHeader, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(
      begun == Z_OK, "zlib cannot begin (status \(begun)): no memory, or not the version that was compiled for")
    defer { deflateEnd(&stream) }
    let most = Int(deflateBound(&stream, UInt(plain.readableBytes)))
    var output = ByteBuffer()
    output.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { room in
      plain.withUnsafeReadableBytes { input in
        // zlib never writes to its input; the pointer is not const for the sake of old programs.
        stream.next_in = UnsafeMutablePointer(
          mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.avail_in = UInt32(input.count)
        stream.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(min(room.count, Int(UInt32.max)))
        let status = deflate(&stream, Z_FINISH)
        precondition(status == Z_STREAM_END, "zlib did not end (status \(status)) with room for all")
      }
      return Int(stream.total_out)
    }
    return output
  }
}
