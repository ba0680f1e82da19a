/// Whether bytes keep coming at a least rate.
///
/// It counts how far they lag behind. Being ahead is not saved up, so that whoever stops after a quick beginning is
/// noticed as soon as anybody else; being behind is forgiven up to `grace`, so that bytes may come in steps.
struct RateWatch {
  /// How often to look.
  let interval: Duration
  private let rate: Double
  private let allowance: Double
  private var lag = 0.0

  /// - Parameter rate: bytes a second.
  init(rate: Int, grace: Duration) {
    self.rate = Double(rate)
    allowance = self.rate * grace.milliseconds / 1e3
    interval = max(min(grace / 5, .seconds(1)), .milliseconds(20))
  }

  /// So many bytes came in so long a time.
  mutating func note(_ bytes: Int, in time: Duration) {
    lag = max(0, lag + rate * time.milliseconds / 1e3 - Double(bytes))
  }

  var isTooSlow: Bool { lag > allowance }
}
