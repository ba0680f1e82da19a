import Autodiff
import CPeak
import Foundation

/// The most floating-point operations a second that this machine does, measured: fused multiply-adds on registers.
enum Peak {
  /// GFLOP/s of `threads` cores at once, with the instruction set in use. The best of many bursts of a tenth of a
  /// millisecond, which other processes do not disturb.
  static func measure(threads: Int) -> Double {
    let bests = Guarded([Double]())
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let best = (0..<2_000).map { _ in burst() }.max() ?? 0
      bests.append(best)
    }
    return bests.values.reduce(0, +)
  }

  private static func burst() -> Double {
    var sum: Float = 0
    var operations = 0.0
    let taken = milliseconds { operations = gaze_peak_burst(code, 15_000, &sum) }
    return operations / taken / 1e6
  }

  private static let code: Int32 =
    switch InstructionSet.current {
    case .generic: 0
    case .avx2: 1
    case .avx512: 2
    case .neon: 3
    }

  /// Numbers that several threads put in.
  private final class Guarded: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var values: [Double]

    init(_ values: [Double]) { self.values = values }

    func append(_ value: Double) { lock.withLock { values.append(value) } }
  }
}
