import ArgumentParser
import Autodiff

/// One of several parts of a run: `2/5` is the second of five.
///
/// A photograph's part depends on its name alone, so that machines agree which is whose even where one of them has more
/// photographs than another. The parts are of about, not exactly, the same size.
struct Shard: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  /// From 1.
  let number: Int
  let count: Int

  init?(argument: String) {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], count >= 1, (1...count).contains(number)
    else { return nil }
    self.number = number
    self.count = count
  }

  var description: String { "\(number)/\(count)" }

  func holds(_ photograph: Photograph) -> Bool {
    // The hash is mixed, since its last bits alone are poor.
    RandomNumbers(seed: fnv1a64(photograph.name)).integer(0, below: count) == number - 1
  }
}
