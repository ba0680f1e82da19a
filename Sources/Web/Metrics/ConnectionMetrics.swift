extension Connections {
  func write(to output: inout PrometheusText) {
    let (open, counts) = (registry.load, tallies.current)
    output.single("gaze_connections", .gauge, "Open connections.", Double(open.open))
    output.single(
      "gaze_connections_idle", .gauge, "Open connections that wait for a request's head.", Double(open.idle))
    output.single(
      "gaze_connections_limit", .gauge, "Connections that may be open at once.", Double(registry.limit))
    output.begin("gaze_refused_total", .counter, "Connections and requests that were told to come again, by reason.")
    for reason in ConnectionTallies.Refusal.allCases {
      output.sample("gaze_refused_total", ["reason": reason.rawValue], Double(counts.refused[reason, default: 0]))
    }
    output.begin("gaze_connections_cut_total", .counter, "Connections that the service ended, by reason.")
    for reason in ConnectionTallies.Cut.allCases {
      output.sample("gaze_connections_cut_total", ["reason": reason.rawValue], Double(counts.cut[reason, default: 0]))
    }
    output.single(
      "gaze_accept_pauses_total", .counter, "Times that accepting stopped, since no file could be opened.",
      Double(counts.acceptPauses))
    let receiving = receiving.load
    output.single("gaze_receiving", .gauge, "Bodies that are being received.", Double(receiving.bodies))
    output.single(
      "gaze_receiving_bytes", .gauge, "Bytes of bodies that are not whole yet.", Double(receiving.bytes))
    output.single(
      "gaze_answers_waiting_bytes", .gauge, "Bytes of answers in memory that wait to be written.",
      Double(max(answers.bytes, counts.waitingBytes)))
  }
}
