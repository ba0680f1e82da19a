import Foundation
import Synchronization

/// A small HTTP/1.1 server on this machine that answers as a test tells it: slowly, halfway, with another file the
/// second time.
final class FileServer: Sendable {
  struct Request: Sendable {
    let path: String
    /// By lower-case name.
    let headers: [String: String]

    /// Where a `Range: bytes=N-` begins.
    var rangeStart: Int? {
      headers["range"].flatMap { $0.hasPrefix("bytes=") ? Int($0.dropFirst(6).dropLast()) : nil }
    }
  }

  struct Answer: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// What `Content-Length` says; nil: nothing, and the end of the connection ends the body.
    var length: Int?
    /// The connection is closed after so many bytes of the body.
    var cutAfter: Int?
    /// Bytes to send at once, and seconds to wait between.
    var chunk = Int.max
    var pause = 0.0

    /// A whole file.
    static func file(_ body: [UInt8], etag: String? = "\"1\"") -> Answer {
      Answer(headers: etag.map { ["ETag": $0] } ?? [:], body: body, length: body.count)
    }

    /// What a server with range support answers to `request`.
    static func file(_ body: [UInt8], etag: String? = "\"1\"", for request: Request) -> Answer {
      let isSame = request.headers["if-range"].map { $0 == etag } ?? true
      guard let start = request.rangeStart, isSame else { return file(body, etag: etag) }
      if start >= body.count { return Answer(status: 416, length: 0) }
      var answer = file(Array(body[start...]), etag: etag)
      answer.status = 206
      answer.headers["Content-Range"] = "bytes \(start)-\(body.count - 1)/\(body.count)"
      return answer
    }
  }

  let port: UInt16
  private let listener: Int32
  private let log = Log()

  private final class Log: Sendable {
    let requests = Mutex<[Request]>([])
  }

  /// - Parameter answer: gets each request with the number of those before it.
  init(_ answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(listener, pointer, size) | listen(listener, 16) | getsockname(listener, pointer, &size)
      }
    }
    guard code == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    port = UInt16(bigEndian: address.sin_port)
    self.listener = listener
    let log = log
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else {
          // Closed here and not by `deinit`: the number of a closed listener is soon another server's, whose
          // connections this loop would then take.
          close(listener)
          return
        }
        Thread.detachNewThread {
          Self.serve(connection, log, answer)
          close(connection)
        }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  func address(_ path: String = "/file.pth") -> String { "http://127.0.0.1:\(port)\(path)" }
  var requests: [Request] { log.requests.withLock { $0 } }

  private static func serve(_ connection: Int32, _ log: Log, _ answer: (Request, Int) -> Answer) {
    guard let request = read(connection) else { return }
    let number = log.requests.withLock { requests in
      requests.append(request)
      return requests.count - 1
    }
    let answer = answer(request, number)
    var head = "HTTP/1.1 \(answer.status) X\r\nConnection: close\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    if let length = answer.length { head += "Content-Length: \(length)\r\n" }
    guard send(connection, Array((head + "\r\n").utf8)) else { return }
    var rest = answer.body.prefix(answer.cutAfter ?? answer.body.count)[...]
    while !rest.isEmpty {
      guard send(connection, Array(rest.prefix(answer.chunk))) else { return }
      rest = rest.dropFirst(answer.chunk)
      if answer.pause > 0 { Thread.sleep(forTimeInterval: answer.pause) }
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let count = recv(connection, &buffer, buffer.count, 0)
      if count <= 0 { return nil }
      bytes += buffer[..<count]
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
    let fields = lines.dropFirst().compactMap { line -> (String, String)? in
      let parts = line.split(separator: ":", maxSplits: 1)
      return parts.count == 2 ? (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces)) : nil
    }
    return Request(
      path: String(lines[0].split(separator: " ")[1]), headers: Dictionary(fields) { first, _ in first })
  }

  private static func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
