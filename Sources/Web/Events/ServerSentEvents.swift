import Foundation
import NIOCore

/// The text of events.
///
/// Source: HTML Standard, section "Server-sent events".
enum ServerSentEvents {
  static let contentType = "text/event-stream"
  /// The name of an event that nothing follows: a client that comes again with it wants no more.
  static let endID = "end"

  /// - Parameter json: on one line, as all JSON here is.
  static func event(_ name: String, _ json: some Sequence<UInt8>, isLast: Bool = false) -> ByteBuffer {
    var buffer = ByteBuffer(string: "event: \(name)\n")
    if isLast { buffer.writeString("id: \(endID)\n") }
    buffer.writeString("data: ")
    buffer.writeBytes(json)
    buffer.writeString("\n\n")
    return buffer
  }

  /// A comment, which clients pass over.
  static let beat = ByteBuffer(string: ":\n\n")
}

extension EventMailbox.Mail {
  /// What comes of a request after its beginning, in the order in which it came about.
  func events() throws -> [ByteBuffer] {
    var events: [ByteBuffer] = []
    if let progress { events.append(ServerSentEvents.event("progress", try encodeJSON(progress))) }
    if let partial { events.append(ServerSentEvents.event("partial", partial)) }
    switch end {
    case .success(let json): events.append(ServerSentEvents.event("result", json, isLast: true))
    case .failure(let error):
      events.append(ServerSentEvents.event("error", try ServiceError(error).json(as: .gaze), isLast: true))
    case nil: break
    }
    if events.isEmpty && isBeatDue { events.append(ServerSentEvents.beat) }
    return events
  }
}
