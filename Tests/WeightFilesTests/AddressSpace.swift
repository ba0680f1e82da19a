import Foundation

/// Lets this process map at most `extra` bytes more than now; beyond that, allocation fails and the process ends.
///
/// Does nothing under a sanitizer, which reserves terabytes of addresses.
func limitAddressSpace(extra: Int) {
  let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
  guard let pages = pages.flatMap({ Int($0) }), pages < 1 << 30 else { return }
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  limit.rlim_cur = rlim_t(pages * Int(getpagesize()) + extra)
  setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
}
