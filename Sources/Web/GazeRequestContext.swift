import Foundation
package import Hummingbird
import NIOCore
import Serving

/// A request's context: what Hummingbird needs, and the connection, to notice that the client has left.
package struct GazeRequestContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  private let channel: any Channel

  package init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// Who asks: the address at the other end of the connection.
  var client: Client { channel.remoteAddress?.ipAddress.map { Client(address: $0) } ?? .local }

  /// A name in the path, percent-decoded.
  func decoded(_ parameter: String) throws -> String {
    guard let name = try parameters.require(parameter).removingPercentEncoding else {
      throw ServiceError.badRequest(
        "The \(parameter) in the address cannot be read: its percent-encoding is not UTF-8.")
    }
    return name
  }

  /// Runs `operation`, and cancels it if the client leaves meanwhile.
  ///
  /// A client that only closes its sending side counts as gone too: the two cannot be told apart before something is
  /// written.
  func whileConnected<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard let connection = try? await channel.pipeline.handler(type: DisconnectionHandler.self).get().connection else {
      return try await operation()
    }
    return try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask(operation: operation)
      group.addTask {
        await connection.closed()
        throw CancellationError()
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() else { throw CancellationError() }
      return result
    }
  }
}
