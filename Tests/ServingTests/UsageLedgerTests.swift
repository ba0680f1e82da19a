import Autodiff
import TestSupport
import Testing

@testable import Serving

@Suite("What clients may have in the long run")
struct UsageLedgerTests {
  private let clock = ManualClock()
  private let client = Client.token("lab")

  private func ledger(accounts: Int = 10_000) -> UsageLedger {
    UsageLedger(maximumAccounts: accounts, now: { [clock] in clock.now })
  }

  private func refusal(_ ledger: UsageLedger, _ allowance: Allowance, _ client: Client? = nil) -> ServingError? {
    do throws(ServingError) {
      _ = try ledger.admit(client ?? self.client, allowance)
      return nil
    } catch {
      return error
    }
  }

  @Test("Without a limit nothing is counted")
  func unlimited() throws {
    let ledger = ledger()
    #expect(try ledger.admit(client, .unlimited) == nil)
    #expect(ledger.count == 0)
  }

  @Test("A burst passes, then as many as the rate, and the wait that is told is enough")
  func rate() throws {
    let (ledger, allowance) = (ledger(), Allowance(rate: 2, burst: 3))
    for remaining in [2, 1, 0] {
      #expect(try ledger.admit(client, allowance)?.requests?.remaining == remaining)
    }
    guard case .rateLimited(let standing, let wait) = refusal(ledger, allowance) else {
      Issue.record("not refused")
      return
    }
    #expect(standing.requests?.quota == 3 && standing.requests?.remaining == 0)
    #expect(wait == .milliseconds(500))
    clock.advance(by: .milliseconds(499))
    #expect(refusal(ledger, allowance) != nil)
    clock.advance(by: .milliseconds(2))
    #expect(refusal(ledger, allowance) == nil)
    #expect(refusal(ledger, allowance) != nil)
    // A rest gives back no more than the burst.
    clock.advance(by: .seconds(3600))
    for _ in 0..<3 { #expect(refusal(ledger, allowance) == nil) }
    #expect(refusal(ledger, allowance) != nil)
  }

  @Test("Time that was computed counts until the window is over")
  func quota() throws {
    let (ledger, allowance) = (ledger(), Allowance(computeTime: .seconds(10), period: .seconds(60)))
    #expect(try ledger.admit(client, allowance)?.computing?.remaining == 10)
    ledger.charge(.seconds(4), to: client)
    #expect(try ledger.admit(client, allowance)?.computing?.remaining == 6)
    ledger.charge(.seconds(7), to: client)
    clock.advance(by: .seconds(20))
    guard case .quotaSpent(let standing, let wait) = refusal(ledger, allowance) else {
      Issue.record("not refused")
      return
    }
    #expect(standing.computing?.remaining == 0)
    #expect(wait == .seconds(40))
    clock.advance(by: .seconds(40))
    #expect(try ledger.admit(client, allowance)?.computing?.remaining == 10)
  }

  @Test("Nobody pays for another, and who has no account is charged nothing")
  func others() throws {
    let (ledger, allowance) = (ledger(), Allowance(rate: 1, burst: 1))
    #expect(refusal(ledger, allowance) == nil)
    #expect(refusal(ledger, allowance) != nil)
    #expect(refusal(ledger, allowance, Client(address: "192.0.2.1")) == nil)
    ledger.charge(.seconds(1), to: Client(address: "192.0.2.2"))
    #expect(ledger.count == 2)
  }

  @Test("Many clients take bounded memory, and those of late keep their accounts")
  func bounded() throws {
    let (ledger, allowance) = (ledger(accounts: 100), Allowance(rate: 0.001, burst: 1))
    for number in 0..<5000 {
      clock.advance(by: .milliseconds(1))
      #expect(refusal(ledger, allowance, Client(address: "10.0.\(number / 256).\(number % 256)")) == nil)
      #expect(ledger.count <= 100)
    }
    #expect(refusal(ledger, allowance, Client(address: "10.0.\(4999 / 256).\(4999 % 256)")) != nil)
  }

  @Test("An allowance that has changed holds from the next request on")
  func changed() throws {
    let ledger = ledger()
    #expect(refusal(ledger, Allowance(rate: 0.001, burst: 1)) == nil)
    #expect(refusal(ledger, Allowance(rate: 0.001, burst: 1)) != nil)
    clock.advance(by: .seconds(1))
    #expect(refusal(ledger, Allowance(rate: 5, burst: 5)) == nil)
  }

  @Test("The pool charges the client whose work it was")
  func charged() async throws {
    let (ledger, allowance) = (ledger(), Allowance(computeTime: .seconds(10)))
    let pool = ComputePool(
      ServiceLimits(), workers: .init(threadCount: 1), usage: ledger, now: { [clock] in clock.now })
    _ = try ledger.admit(client, allowance)
    try await pool.run(for: client) { [clock] _ in clock.advance(by: .seconds(3)) }
    #expect(try ledger.admit(client, allowance)?.computing?.remaining == 7)
  }
}
