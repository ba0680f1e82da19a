import NIOCore

/// Calls once at a time that is moved again and again, as a connection's deadlines are with every request.
///
/// Moving the time ahead does not touch the event loop's queue: what is scheduled there wakes, sees that it is too
/// early, and is scheduled anew. For use on the event loop only.
final class Alarm {
  private let loop: any EventLoop
  private let action: () -> Void
  private var deadline: NIODeadline?
  private var scheduled: (at: NIODeadline, task: Scheduled<Void>)?

  init(on loop: any EventLoop, _ action: @escaping () -> Void) {
    self.loop = loop
    self.action = action
  }

  deinit { scheduled?.task.cancel() }

  var isSet: Bool { deadline != nil }

  func set(in time: Duration) {
    let deadline = NIODeadline.now() + TimeAmount(time)
    self.deadline = deadline
    if let scheduled {
      guard deadline < scheduled.at else { return }
      scheduled.task.cancel()
    }
    schedule(deadline)
  }

  func clear() { deadline = nil }

  private func schedule(_ time: NIODeadline) {
    scheduled = (time, loop.assumeIsolated().scheduleTask(deadline: time) { [weak self] in self?.wake() })
  }

  private func wake() {
    scheduled = nil
    guard let deadline else { return }
    guard deadline <= .now() else { return schedule(deadline) }
    self.deadline = nil
    action()
  }
}
