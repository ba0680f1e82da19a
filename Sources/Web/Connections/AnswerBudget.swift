import Autodiff

/// The bytes of large answers that are whole in memory and not yet written.
final class AnswerBudget: Sendable {
  private let limit: Int
  private let taken = Guarded(0)

  init(bytes: Int) { limit = bytes }

  var bytes: Int { taken.withLock { $0 } }

  /// Takes room for an answer; nil if there is none. What is larger than the whole budget may have it if nobody else
  /// has any.
  func reserve(_ bytes: Int) -> Reservation? {
    taken.withLock { taken in
      guard taken == 0 || taken + bytes <= limit else { return nil }
      taken += bytes
      return Reservation(bytes, of: self)
    }
  }

  /// Room for one answer, given back as it is written, and what is left at the latest with this object: an answer whose
  /// client has left is never written.
  final class Reservation: Sendable {
    private let budget: AnswerBudget
    private let left: Guarded<Int>

    fileprivate init(_ bytes: Int, of budget: AnswerBudget) {
      self.budget = budget
      left = Guarded(bytes)
    }

    deinit { giveBack(.max) }

    func giveBack(_ bytes: Int) {
      let given = left.withLock { left in
        let given = min(bytes, left)
        left -= given
        return given
      }
      budget.taken.withLock { $0 -= given }
    }
  }
}
