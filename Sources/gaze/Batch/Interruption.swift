import Foundation
import Synchronization

/// Ctrl-C and SIGTERM while a batch runs: the first asks it to end after the pass that runs, with no file half written;
/// the second ends the program at once.
enum Interruption {
  private static let flag = Atomic(false)

  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  static func watch() {
    // Made before a handler needs it: a handler may do next to nothing.
    flag.store(false, ordering: .relaxed)
    for signalNumber in [SIGINT, SIGTERM] {
      signal(signalNumber) { number in
        Interruption.flag.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
