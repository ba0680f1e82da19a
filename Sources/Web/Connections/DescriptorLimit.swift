import Foundation
import Glibc

/// The limit of files that this process may have open (RLIMIT_NOFILE).
package enum DescriptorLimit {
  package static var current: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
    return Int(clamping: limit.rlim_cur)
  }

  /// Raises the limit to the hard one, but not beyond `maximum`: the shell's usual 1024 is meant for programs that use
  /// select(2).
  package static func raise(to maximum: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    let wanted = min(limit.rlim_max, rlim_t(maximum))
    guard wanted > limit.rlim_cur else { return }
    limit.rlim_cur = wanted
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Files that are open now; nil where /proc cannot be read.
  static var inUse: Int? {
    // One of them is the folder itself while it is read.
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { max($0.count - 1, 0) }
  }
}

extension ConnectionLimits {
  /// How many connections there may be with so many files: what is wanted, less where the reserve would suffer, at
  /// least a few.
  func connections(withDescriptors descriptors: Int) -> Int {
    max(1, min(connections, max(descriptors - descriptorReserve, descriptors / 4)))
  }
}
