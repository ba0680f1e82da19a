import Foundation
import Glibc

/// A client that sends bytes and sees bytes: for what HTTP libraries do not do. It waits in blocking calls, each with a
/// deadline, so it belongs on a thread of its own (`blocking`).
final class RawClient {
  enum End: Equatable {
    /// Nothing more came in time.
    case open
    case closed
    case reset
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let socket: CInt
  private(set) var received: [UInt8] = []
  private var isOpen = true

  /// - Parameters:
  ///   - address: who it is, of 127.0.0.0/8.
  ///   - receiveBuffer: bytes that its kernel holds for it, about.
  init(_ port: Int, from address: String = "127.0.0.1", receiveBuffer: Int? = nil) throws {
    socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw Failure(description: "no socket: \(errno)") }
    if let receiveBuffer { set(SOL_SOCKET, SO_RCVBUF, CInt(receiveBuffer)) }
    var time = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    guard call(bind, address, 0), call(connect, "127.0.0.1", port) else {
      throw Failure(description: "no connection: \(errno)")
    }
  }

  deinit { close() }

  private func set(_ level: CInt, _ option: CInt, _ value: CInt) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
  }

  private func call(
    _ function: (CInt, UnsafePointer<sockaddr>?, socklen_t) -> CInt, _ address: String, _ port: Int
  ) -> Bool {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = in_port_t(port).bigEndian
    place.sin_addr.s_addr = inet_addr(address)
    return withUnsafePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        function(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  func close() {
    if isOpen { Glibc.close(socket) }
    isOpen = false
  }

  /// Closes with a reset.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    close()
  }

  /// Closes the sending side only.
  func finishSending() { shutdown(socket, CInt(SHUT_WR)) }

  /// - Returns: how many bytes went out before the other side would take no more.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Int {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }
      sent += count
    }
    return sent
  }

  @discardableResult
  func send(_ text: String) -> Int { send(Array(text.utf8)) }

  /// Reads what comes until `isEnough`, the end, or the deadline.
  @discardableResult
  func read(for seconds: Double = 20, until isEnough: ([UInt8]) -> Bool = { _ in false }) -> End {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while !isEnough(received) {
      let left = (deadline - .now).components
      let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
      var place = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
      guard milliseconds > 0, poll(&place, 1, CInt(milliseconds)) > 0 else { return .open }
      let count = recv(socket, &buffer, buffer.count, 0)
      if count == 0 { return .closed }
      if count < 0 { return errno == ECONNRESET ? .reset : .closed }
      received += buffer[..<count]
    }
    return .open
  }

  /// Sends a request, and takes its answer off what has been received.
  func ask(_ request: String) throws -> RawAnswer {
    send(request)
    return try answer()
  }

  /// The next answer, with the interim ones before it left out.
  func answer(within seconds: Double = 20) throws -> RawAnswer {
    while true {
      let answer = try nextHead(within: seconds)
      if answer.status != 100 { return answer }
      interimAnswers += 1
    }
  }

  private(set) var interimAnswers = 0

  private func nextHead(within seconds: Double) throws -> RawAnswer {
    let end = Array("\r\n\r\n".utf8)
    var headEnd: Int?
    read(for: seconds) { bytes in
      headEnd = bytes.indices.first { bytes[$0...].starts(with: end) }
      return headEnd != nil
    }
    guard let headEnd else {
      throw Failure(description: "no answer: \(String(decoding: received.prefix(300), as: UTF8.self))")
    }
    var answer = RawAnswer(head: String(decoding: received[..<headEnd], as: UTF8.self))
    received.removeFirst(headEnd + end.count)
    let length = answer.fields["content-length"].flatMap(Int.init) ?? 0
    read(for: seconds) { $0.count >= length }
    guard received.count >= length else { throw Failure(description: "a part of an answer: \(received.count)") }
    answer.body = Array(received.prefix(length))
    received.removeFirst(length)
    return answer
  }
}

struct RawAnswer {
  let version: String
  let status: Int
  let fields: [String: String]
  var body: [UInt8] = []

  init(head: String) {
    let lines = head.split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    version = words.first.map(String.init) ?? ""
    status = words.dropFirst().first.flatMap { Int($0) } ?? 0
    fields = Dictionary(
      lines.dropFirst().compactMap { line in
        line.firstIndex(of: ":").map {
          (line[..<$0].lowercased(), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
        }
      }, uniquingKeysWith: { $1 })
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  var errorCode: String? {
    let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
    return (object?["error"] as? [String: Any])?["code"] as? String
  }
}

/// Runs what waits in blocking calls on a thread of its own: the service under test needs those of tasks.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withTaskExecutorPreference(OwnThread()) { try body() }
}

private final class OwnThread: TaskExecutor {
  private let queue = DispatchQueue(label: "blocking")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
