import Foundation
package import Hummingbird
import Serving

/// A request's context: what Hummingbird needs, the connection, to notice that the client has left, and how the service
/// is to end.
package struct GazeRequestContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Nothing where a test asks the router without a connection.
  let connection: Connection?
  let asker: Asker
  /// What the connection found wrong with the request.
  let fault: ServiceError?
  var ending: Ending?

  package init(source: Source) {
    coreContext = CoreRequestContextStorage(source: source)
    connection = RequestOrigin.current?.connection
    asker = RequestOrigin.current?.asker ?? Asker(client: .local)
    fault = RequestOrigin.current?.fault
  }

  /// Who asks: a token, or an address.
  var client: Client { asker.client }

  /// A name in the path, percent-decoded.
  func decoded(_ parameter: String) throws -> String {
    guard let name = try parameters.require(parameter).removingPercentEncoding else {
      throw ServiceError.badRequest(
        "The \(parameter) in the address cannot be read: its percent-encoding is not UTF-8.")
    }
    return name
  }

  /// Runs `operation`, and cancels it if the client leaves meanwhile, or if the service ends and has waited for it. A
  /// client that only closes its sending side has not left.
  func whileConnected<Result: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    do {
      // What comes once work is being cancelled is not begun.
      if ending?.cancelling.isOpen == true { throw ServiceError.ending }
      return try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask(operation: operation)
        if let connection {
          group.addTask {
            await connection.closed()
            throw CancellationError()
          }
        }
        if let ending { group.addTask { try await ending.cancelled() } }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
      }
    } catch let error as ServiceError where error.code == .ending {
      ending?.countCancelled()
      throw error
    }
  }
}
