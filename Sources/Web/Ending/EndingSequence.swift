import Logging
import ServiceLifecycle
import UnixSignals

/// Ends the service when the system asks for it, by SIGTERM or SIGINT. First it is not ready any more, then it takes no
/// more connections, then it waits for what runs, then it cancels that. A second signal cancels at once. SIGHUP, which
/// comes when a terminal is closed, and from operators who have changed a file, ends nothing: see `HangUp`.
///
/// ServiceLifecycle knows such a sequence, too, but not one signal that means something else when it comes again.
struct EndingSequence: Sendable {
  let ending: Ending
  let delay: Duration
  let timeout: Duration
  let logger: Logger

  /// How long cancelled requests may take to write their answers.
  private static let timeForAnswers: Duration = .seconds(2)

  /// Returns when time is up, or when the task is cancelled since nothing is left that runs.
  func run(_ services: ServiceGroup) async {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await end(services) }
      tasks.addTask { await listen(to: signals) }
      await tasks.next()
      tasks.cancelAll()
    }
  }

  /// Does not return before the task is cancelled.
  private func listen(to signals: UnixSignalsSequence) async {
    for await signal in signals {
      switch signal {
      case .sighup:
        logger.notice("SIGHUP: the tokens are read again; models and page are read as they change")
        ending.hangUp.run()
      case _ where ending.announced.isOpen:
        logger.notice("asked again to end: what runs is cancelled", metadata: ["signal": "\(signal)"])
        ending.cancelling.open()
      default:
        logger.notice("asked to end", metadata: ["signal": "\(signal)", "running": "\(ending.running)"])
        ending.announced.open()
      }
    }
  }

  private func end(_ services: ServiceGroup) async {
    await ending.announced.opened()
    guard !Task.isCancelled else { return }
    if delay > .zero { await ending.cancelling.opened(within: delay) }
    ending.draining.open()
    await services.triggerGracefulShutdown()
    await ending.cancelling.opened(within: timeout)
    guard !Task.isCancelled else { return }
    if !ending.cancelling.isOpen {
      logger.notice(
        "what still runs is cancelled",
        metadata: ["seconds": "\(timeout.components.seconds)", "running": "\(ending.running)"])
      ending.cancelling.open()
    }
    try? await Task.sleep(for: Self.timeForAnswers)
  }
}
