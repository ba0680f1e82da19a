import Autodiff

/// What is done at SIGHUP: files are read again.
package final class HangUp: Sendable {
  private let actions = Guarded<[@Sendable () -> Void]>([])

  func add(_ action: @escaping @Sendable () -> Void) { actions.withLock { $0.append(action) } }

  func run() { for action in actions.withLock({ $0 }) { action() } }
}
