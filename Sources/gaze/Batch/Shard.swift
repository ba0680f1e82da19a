import ArgumentParser
import Autodiff
import Foundation

/// One of several parts of a run: `2/5` is the second of five.
///
/// A photograph's part depends on its name alone, so that machines agree which is whose even where one of them has more
/// photographs than another. The parts are of about, not exactly, the same size.
struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  let number: Int
  let count: Int

  /// Nil unless there is such a part.
  init?(number: Int, of count: Int) {
    guard count >= 1, (1...count).contains(number) else { return nil }
    self.number = number
    self.count = count
  }

  var description: String { "\(number)/\(count)" }

  func holds(_ photograph: Photograph) -> Bool {
    // The hash is mixed, since its last bits alone are poor.
    RandomNumbers(seed: fnv1a64(photograph.name)).integer(0, below: count) == number - 1
  }
}

extension Shard {
  /// Reads `2/5`; `auto/5`, the place that the scheduler gives this process, among five; or `auto`, where the scheduler
  /// says of how many, too.
  ///
  /// - Parameter environment: where schedulers say it. A Kubernetes Indexed Job sets `JOB_COMPLETION_INDEX`, from 0; a
  ///   Slurm array `SLURM_ARRAY_TASK_ID` with `_MIN`, `_MAX`, `_STEP` and `_COUNT`.
  /// - Throws: `ValidationError` that says what would work.
  init(_ text: String, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    let shard: Shard?
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("auto", 1): shard = try Self.ofArray(environment)
    case ("auto", 2):
      guard let index = Self.number("JOB_COMPLETION_INDEX", environment) ?? Self.number(Self.task, environment) else {
        throw ValidationError(
          "--shard \(text) is for a Kubernetes Indexed Job or a Slurm array, but neither JOB_COMPLETION_INDEX nor \(Self.task) is set. Write --shard 1/2."
        )
      }
      shard = Int(parts[1]).flatMap { Shard(number: index + 1, of: $0) }
      if shard == nil {
        throw ValidationError(
          "--shard \(text) does not fit this process's index, which is \(index): indices go from 0 to one less than the number of parts."
        )
      }
    case (let number, 2):
      shard = Int(number).flatMap { number in Int(parts[1]).flatMap { Shard(number: number, of: $0) } }
    default: shard = nil
    }
    guard let shard else {
      throw ValidationError(
        "--shard takes a part and their number, such as 1/2, or auto/2 under a scheduler; not '\(text)'.")
    }
    self = shard
  }

  private static let task = "SLURM_ARRAY_TASK_ID"

  /// The place of a task in a Slurm array without gaps.
  private static func ofArray(_ environment: [String: String]) throws -> Shard {
    guard let task = number(task, environment), let count = number("SLURM_ARRAY_TASK_COUNT", environment) else {
      let remedy =
        environment["JOB_COMPLETION_INDEX"] == nil
        ? "Write --shard 1/2." : "A Kubernetes Job does not say how many parts it has: write --shard auto/N."
      throw ValidationError("--shard auto is for a Slurm array, whose variables are not set. \(remedy)")
    }
    let (first, last) = (number("SLURM_ARRAY_TASK_MIN", environment), number("SLURM_ARRAY_TASK_MAX", environment))
    let step = max(1, number("SLURM_ARRAY_TASK_STEP", environment) ?? 1)
    guard let first, let last, last - first == (count - 1) * step, (task - first).isMultiple(of: step),
      let shard = Shard(number: (task - first) / step + 1, of: count)
    else {
      throw ValidationError(
        "--shard auto needs a Slurm array without gaps, such as --array=0-7. For some of its tasks alone write --shard auto/8."
      )
    }
    return shard
  }

  /// A whole number, not below 0.
  private static func number(_ name: String, _ environment: [String: String]) -> Int? {
    environment[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
  }
}
