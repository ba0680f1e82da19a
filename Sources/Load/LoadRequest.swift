package import NIOCore

/// A request that is sent again and again.
package struct LoadRequest: Hashable, Sendable {
  package struct Header: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package let method: String
  /// The path with its query, after the address's prefix.
  package let path: String
  package let headers: [Header]
  package let body: ByteBuffer

  package init(_ method: String, _ path: String, headers: [Header] = [], body: some Sequence<UInt8> = []) {
    self.method = method
    self.path = path
    self.headers = headers
    self.body = ByteBuffer(bytes: body)
  }
}

/// What came back.
package struct LoadAnswer: Hashable, Sendable {
  package let status: Int
  /// Seconds after which the server wants to be asked again, where it said so.
  package let retryAfter: Double?
  /// As in the answer's `Server`.
  package let server: String?
  /// Empty unless it was asked for.
  package let body: [UInt8]

  package var isGood: Bool { (200..<300).contains(status) }
  /// Told to come again.
  package var isRefusal: Bool { status == 429 || status == 503 }
}

/// Why no answer came.
package enum LoadFault: String, Error, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  /// The connection could not be made.
  case noConnection = "no_connection"
  /// It was closed before the answer was whole.
  case cutOff = "cut_off"
  /// What came is not HTTP.
  case malformed
  /// The answer was not whole in time.
  case timeout
}
