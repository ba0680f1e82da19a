import Foundation
import Glibc

/// What Linux says of this process. Source: proc(5).
struct ProcessStatistics: Sendable {
  /// Seconds since 1970; nil where /proc cannot be read.
  private let startTime: Double?

  init() { startTime = Self.readStartTime() }

  func write(to output: inout PrometheusText) {
    output.single(
      "process_cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.",
      Self.processorSeconds())
    if let bytes = Self.residentBytes() {
      output.single("process_resident_memory_bytes", .gauge, "Resident memory size in bytes.", Double(bytes))
    }
    if let open = DescriptorLimit.inUse {
      output.single("process_open_fds", .gauge, "Number of open file descriptors.", Double(open))
    }
    output.single(
      "process_max_fds", .gauge, "Maximum number of open file descriptors.", Double(DescriptorLimit.current))
    if let startTime {
      output.single(
        "process_start_time_seconds", .gauge, "Start time of the process since unix epoch in seconds.", startTime)
    }
  }

  /// Of all threads. POSIX counts `clock` in microseconds.
  private static func processorSeconds() -> Double { Double(clock()) / 1e6 }

  private static func residentBytes() -> Int? {
    guard let fields = read("/proc/self/statm")?.split(separator: " "), fields.count > 1, let pages = Int(fields[1])
    else { return nil }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Ticks between boot and start, after the boot's own time. The second field, the command's name, may hold anything
  /// up to its last ")".
  private static func readStartTime() -> Double? {
    guard let stat = read("/proc/self/stat"), let nameEnd = stat.lastIndex(of: ")"),
      let boot = read("/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
      let bootTime = Double(boot.dropFirst("btime ".count))
    else { return nil }
    let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
    guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
    return bootTime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func read(_ path: String) -> String? {
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() else { return nil }
    return String(decoding: data, as: UTF8.self)
  }
}
