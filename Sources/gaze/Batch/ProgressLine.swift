import Foundation

/// A line on standard error that says how far something is: on a terminal one that is written over, else a new one now
/// and then.
struct ProgressLine: Sendable {
  private let isTerminal = isatty(2) == 1
  private var lastShown: ContinuousClock.Instant?
  private var isOpen = false

  /// Whether enough time has passed since the line was shown last.
  func isDue(at now: ContinuousClock.Instant) -> Bool {
    guard let lastShown else { return true }
    return now - lastShown >= (isTerminal ? .milliseconds(100) : .seconds(10))
  }

  mutating func show(_ text: String, at now: ContinuousClock.Instant) {
    lastShown = now
    isOpen = isTerminal
    write(isTerminal ? "\r\u{1B}[K\(text.prefix(width - 1))" : text + "\n")
  }

  /// A line that stays, in the place of the one that is written over.
  mutating func print(_ text: String) {
    write(isOpen ? "\r\u{1B}[K\(text)\n" : text + "\n")
    isOpen = false
  }

  /// Ends the line: what is written next begins one of its own.
  mutating func end() {
    if isOpen { write("\n") }
    isOpen = false
  }

  /// Of the terminal, in letters: a line that is longer could not be written over.
  private var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
