import Autodiff

/// What one client may have, in the long run. Nothing is limited where nothing is said.
package struct Allowance: Hashable, Sendable {
  /// Requests a second.
  package var rate: Double?
  /// Requests that may come at once, after a rest.
  package var burst: Int
  /// Time that the client's requests may compute in each `period`.
  package var computeTime: Duration?
  package var period: Duration

  package init(rate: Double? = nil, burst: Int = 1, computeTime: Duration? = nil, period: Duration = .seconds(3600)) {
    self.rate = rate
    self.burst = burst
    self.computeTime = computeTime
    self.period = period
  }

  package static let unlimited = Allowance()

  var isUnlimited: Bool { rate == nil && computeTime == nil }
}

/// What a client has left of its allowance.
package struct Standing: Hashable, Sendable {
  /// One of the two things that are limited.
  package struct Part: Hashable, Sendable {
    /// Requests, or seconds.
    package let quota: Int
    /// The time that the quota is for.
    package let window: Duration
    package let remaining: Int
    /// When all of it is there again.
    package let reset: Duration
  }

  package let requests: Part?
  package let computing: Part?
}

/// What clients have had of their allowances: requests by a bucket of tokens, computing time by windows that begin with
/// a client's first request.
///
/// Time is known when a piece of work is done, so a client may exceed its quota by what it has running then. Who is
/// not limited has no account. There is room for so many accounts; those that have been at rest for longest go first, a
/// tenth at once.
package final class UsageLedger: Sendable {
  fileprivate struct Account {
    var allowance: Allowance
    var tokens: Double
    var last: ContinuousClock.Instant
    var windowStart: ContinuousClock.Instant
    var computed: Duration = .zero
  }

  private let maximumAccounts: Int
  private let now: @Sendable () -> ContinuousClock.Instant
  private let accounts = Guarded<[Client: Account]>([:])

  package init(
    maximumAccounts: Int = 10_000, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.maximumAccounts = maximumAccounts
    self.now = now
  }

  var count: Int { accounts.withLock { $0.count } }

  /// Counts a request.
  ///
  /// - Returns: what is left after it; nil for a client without limits.
  /// - Throws: `ServingError.rateLimited` or `.quotaSpent`; then it was not counted.
  package func admit(_ client: Client, _ allowance: Allowance) throws(ServingError) -> Standing? {
    guard !allowance.isUnlimited else { return nil }
    let now = now()
    let result = accounts.withLock { accounts -> Result<Standing, ServingError> in
      var account =
        accounts[client]
        ?? Account(allowance: allowance, tokens: Double(allowance.burst), last: now, windowStart: now)
      account.refresh(allowance, at: now)
      var result = Result<Standing, ServingError>.success(account.standing(at: now))
      if let rate = allowance.rate, account.tokens < 1 {
        result = .failure(
          .rateLimited(account.standing(at: now), retryAfter: .seconds((1 - account.tokens) / rate)))
      } else if let limit = allowance.computeTime, account.computed >= limit {
        result = .failure(
          .quotaSpent(account.standing(at: now), retryAfter: account.windowStart + allowance.period - now))
      } else {
        account.tokens -= 1
        result = .success(account.standing(at: now))
      }
      if accounts[client] == nil, accounts.count >= maximumAccounts { accounts.dropOldest(maximumAccounts / 10 + 1) }
      accounts[client] = account
      return result
    }
    return try result.get()
  }

  /// Holds time against a client that has an account.
  func charge(_ time: Duration, to client: Client) {
    accounts.withLock { $0[client]?.computed += time }
  }
}

extension Dictionary where Key == Client, Value == UsageLedger.Account {
  fileprivate mutating func dropOldest(_ count: Int) {
    for (client, _) in sorted(by: { $0.value.last < $1.value.last }).prefix(count) { self[client] = nil }
  }
}

extension UsageLedger.Account {
  /// Brings the account to the present, and to an allowance that has changed since.
  fileprivate mutating func refresh(_ allowance: Allowance, at now: ContinuousClock.Instant) {
    if let rate = allowance.rate { tokens += rate * ((now - last) / .seconds(1)) }
    tokens = min(tokens, Double(allowance.burst))
    if now - windowStart >= allowance.period { (windowStart, computed) = (now, .zero) }
    (self.allowance, last) = (allowance, now)
  }

  fileprivate func standing(at now: ContinuousClock.Instant) -> Standing {
    Standing(
      requests: allowance.rate.map { rate in
        Standing.Part(
          quota: allowance.burst, window: .seconds(Double(allowance.burst) / rate), remaining: max(0, Int(tokens)),
          reset: .seconds((Double(allowance.burst) - tokens) / rate))
      },
      computing: allowance.computeTime.map { limit in
        Standing.Part(
          quota: Int(limit.secondsRoundedUp), window: allowance.period,
          remaining: Int(max(.zero, limit - computed) / .seconds(1)), reset: windowStart + allowance.period - now)
      })
  }
}
