/// What the server says of itself at `/metrics` while it is driven, on a connection of its own.
package actor ServerWatch {
  package struct Reading: Hashable, Sendable {
    /// Bytes that were resident when the watch began, the most since, and the last; nil where the server does not say.
    package var first: Int?
    package var peak: Int?
    package var last: Int?
  }

  private let connection: LoadConnection
  private var reading = Reading()

  package init(of address: LoadAddress) { connection = LoadConnection(to: address) }

  /// Looks four times a second until the task is cancelled.
  package func run(headers: [LoadRequest.Header]) async -> Reading {
    while true {
      await look(headers)
      guard (try? await Task.sleep(for: .milliseconds(250))) != nil else { break }
    }
    await connection.close()
    return reading
  }

  private func look(_ headers: [LoadRequest.Header]) async {
    let request = LoadRequest("GET", "/metrics", headers: headers)
    guard
      let answer = try? await connection.answer(to: request, within: .seconds(5), keepsBody: true), answer.isGood,
      let bytes = Self.value(of: "process_resident_memory_bytes", in: answer.body)
    else { return }
    reading.first = reading.first ?? bytes
    reading.peak = max(reading.peak ?? 0, bytes)
    reading.last = bytes
  }

  private static func value(of name: String, in text: [UInt8]) -> Int? {
    String(decoding: text, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .flatMap { Double($0.dropFirst(name.count + 1)) }.map { Int($0) }
  }
}
