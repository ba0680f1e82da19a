import Testing

@testable import Serving

@Suite struct ClientTests {
  @Test(arguments: [
    ("127.0.0.1", "::ffff:127.0.0.1"), ("192.0.2.7", "::FFFF:c000:207"), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
    ("fe80::1%eth0", "fe80::2%eth1"), ("token", "token"),
  ])
  func theSame(one: String, other: String) { #expect(Client(address: one) == Client(address: other)) }

  @Test(arguments: [
    ("127.0.0.1", "127.0.0.2"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("0.0.0.0", "::"), ("::", "::ffff:0.0.0.0"),
    ("token", "Token"), ("::1", "127.0.0.1"),
  ])
  func different(one: String, other: String) { #expect(Client(address: one) != Client(address: other)) }

  @Test func whoHasNoAddressIsOne() {
    #expect(Client.local == Client.local)
    #expect(Client.local != Client(address: "127.0.0.1") && Client.local != Client(address: ""))
  }
}
