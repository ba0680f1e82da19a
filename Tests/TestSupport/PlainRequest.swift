import Autodiff
import Foundation
import Glibc

/// A request as it goes over the wire, also such as no proper client would send.
package struct PlainRequest: Sendable {
  private let head: String
  private let body: [UInt8]

  /// - Parameter fields: whole lines, without their line ends. Host is among them, if there is to be one.
  package init(_ method: String, _ target: String, _ fields: [String], body: [UInt8] = []) {
    let length = body.isEmpty ? [] : ["Content-Length: \(body.count)"]
    let lines = ["\(method) \(target) HTTP/1.1"] + fields + length + ["Connection: close", "", ""]
    head = lines.joined(separator: "\r\n")
    self.body = body
  }

  /// Sends it to this machine and reads until the service closes the connection. Where the service runs in this process
  /// `response` is the one to call: whoever waits here may hold the thread that would answer.
  package func answer(host: String = "127.0.0.1", port: Int?) throws -> PlainAnswer {
    let socket = try PlainSocket(host: host, port: port)
    try socket.send(head.utf8 + body)
    return PlainAnswer(text: socket.rest())
  }

  /// The same, waited for on a thread of its own.
  package func response(port: Int?) async throws -> PlainAnswer {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try answer(port: port) }) }
    }
  }
}

package struct PlainAnswer: Sendable {
  package let text: String

  package var status: Int { Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0 }
  package var body: String { text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) } ?? "" }

  /// The value of a header field.
  package subscript(name: String) -> String? {
    text.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n").dropFirst()
      .first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }
}

/// A connection to a port of this machine. A read ends after five minutes at the latest.
package final class PlainSocket {
  private var descriptor: Int32

  package struct NoConnection: Error {
    package let code: Int32
  }

  /// - Parameter host: an address of this machine's own: 127.0.0.1 or ::1.
  package init(host: String = "127.0.0.1", port: Int?) throws {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port ?? 0), &hints, &found) == 0, let address = found?.pointee else {
      throw NoConnection(code: EINVAL)
    }
    defer { freeaddrinfo(found) }
    descriptor = socket(address.ai_family, address.ai_socktype, 0)
    var limit = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { throw NoConnection(code: errno) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  package func send(_ bytes: some Sequence<UInt8>) throws {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw NoConnection(code: errno) }
      rest = rest.dropFirst(count)
    }
  }

  /// All that comes until the other side closes.
  package func rest() -> String {
    var (bytes, room) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while case let count = recv(descriptor, &room, room.count, 0), count > 0 { bytes += room[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Closes without a farewell, as a machine does whose program crashed: the other side gets a reset.
  package func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close(descriptor)
    descriptor = -1
  }
}

/// Work on a thread of its own, which may wait: not a task, since a waiting task holds a thread that others need.
package final class Background<Value: Sendable>: Sendable {
  private let result = Guarded<Result<Value, any Error>?>(nil)

  package init(_ work: @escaping @Sendable () throws -> Value) {
    Thread.detachNewThread { [self] in
      let value = Result { try work() }
      result.withLock { $0 = value }
    }
  }

  package struct TookTooLong: Error {}

  /// Waits for it, for five minutes at most.
  package func value() throws -> Value {
    guard (0..<10).contains(where: { _ in eventually { result.withLock { $0 != nil } } }) else { throw TookTooLong() }
    return try result.withLock { $0! }.get()
  }
}
