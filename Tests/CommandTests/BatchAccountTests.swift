import Testing

@testable import gaze

@Suite("How far a batch is")
struct BatchAccountTests {
  @Test("Rate and time left come from what was worked on, not from what was there")
  func rate() {
    var account = BatchAccount(total: 100)
    #expect(account.line(after: 0) == "0 of 100")
    for item in 0..<40 { account.finish(item, as: .skipped) }
    #expect(account.line(after: 1) == "40 of 100 (40 were there)")
    for item in 40..<60 { account.finish(item, as: .done) }
    // 20 in 10 s: 2 a second; 40 are left.
    #expect(account.line(after: 10) == "60 of 100 (40 were there), 2.0 a second, 0:20 left")
  }

  @Test("What is half done counts half, until it is finished")
  func shares() {
    var account = BatchAccount(total: 4)
    account.shares[0] = 0.5
    #expect(account.line(after: 5) == "0 of 4, 10.0 s each, 0:35 left")
    account.finish(0, as: .bad)
    #expect(account.line(after: 5) == "1 of 4, 5.0 s each, 0:15 left, 1 bad")
    for item in 1..<4 { account.finish(item, as: .done) }
    #expect(account.line(after: 8) == "4 of 4, 2.0 s each, 1 bad")
  }

  @Test("Time is written as on a clock", arguments: [(6.2, "0:07"), (754, "12:34"), (3723, "1:02:03")])
  func clock(seconds: Double, text: String) { #expect(BatchAccount.clock(seconds) == text) }
}
