import Serving

/// Who may ask for how much, and what a proxy in front of the service is believed.
package struct AccessConfiguration: Sendable {
  /// The file of tokens; nil where nobody needs one.
  package var tokens: String?
  /// Whether `GET /metrics` needs no token.
  package var opensMetrics = false
  /// What each address may have where there are no tokens; 0 for any number.
  package var rateLimit = 0.0
  package var rateBurst = 20
  package var computeQuota: Duration = .zero
  package var quotaPeriod: Duration = .seconds(3600)

  /// The proxies whose word counts.
  package var trustedProxies: [AddressRange] = []
  package var forwardedFields = ForwardedFields.xForwarded
  /// What stands before every path in front of the proxy, as `/gaze`; empty where the service has a whole host.
  package var pathPrefix = ""

  package init() {}

  /// What a client without a token may have.
  var allowance: Allowance {
    Allowance(
      rate: rateLimit > 0 ? rateLimit : nil, burst: rateBurst, computeTime: computeQuota > .zero ? computeQuota : nil,
      period: quotaPeriod)
  }
}
