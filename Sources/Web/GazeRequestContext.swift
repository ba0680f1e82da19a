import Foundation
package import Hummingbird

/// A request's context: what Hummingbird needs, and the connection, to notice that the client has left.
package struct GazeRequestContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Nothing where a test asks the router without a connection.
  let connection: Connection?
  /// What the connection found wrong with the request.
  let fault: ServiceError?

  package init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    connection = RequestOrigin.current?.connection
    fault = RequestOrigin.current?.fault
  }

  /// A name in the path, percent-decoded.
  func decoded(_ parameter: String) throws -> String {
    guard let name = try parameters.require(parameter).removingPercentEncoding else {
      throw ServiceError.badRequest(
        "The \(parameter) in the address cannot be read: its percent-encoding is not UTF-8.")
    }
    return name
  }

  /// Runs `operation`, and cancels it if the client leaves meanwhile. One that only closes its sending side has not
  /// left.
  func whileConnected<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard let connection else { return try await operation() }
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
