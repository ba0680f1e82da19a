import Glibc

/// The time as lines of the log begin with it: ISO 8601.
enum LogTime {
  /// To the second, as the machine's clock shows it, with the distance from UTC.
  static func local() -> String {
    var (now, parts) = (time(nil), tm())
    localtime_r(&now, &parts)
    return written(parts, "%Y-%m-%dT%H:%M:%S%z")
  }

  /// To the millisecond, UTC.
  static func utc() -> String {
    var (now, parts) = (timespec(), tm())
    clock_gettime(CLOCK_REALTIME, &now)
    gmtime_r(&now.tv_sec, &parts)
    let fraction = String(now.tv_nsec / 1_000_000 + 1000).dropFirst()
    return written(parts, "%Y-%m-%dT%H:%M:%S.") + fraction + "Z"
  }

  private static func written(_ parts: tm, _ format: String) -> String {
    withUnsafePointer(to: parts) { parts in
      String(unsafeUninitializedCapacity: 32) { strftime($0.baseAddress!, $0.count, format, parts) }
    }
  }
}
