import Serving

/// The value of `Server-Timing`: where the time went until the answer's head, in milliseconds, in the order of the
/// stages.
///
/// Source: W3C Server Timing.
func serverTiming(of work: WorkRecord.Contents, total: Duration) -> String {
  var parts = WorkRecord.Stage.allCases.compactMap { stage -> String? in
    guard let time = work.times[stage] else { return nil }
    let description = stage == .backward ? work.method.map { ";desc=\"\($0)\"" } ?? "" : ""
    return "\(stage.rawValue)\(description);dur=\(time.milliseconds)"
  }
  parts.append("total;dur=\(total.milliseconds)")
  return parts.joined(separator: ", ")
}
