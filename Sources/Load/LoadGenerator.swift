import Foundation

/// Sends requests by a plan and counts what becomes of them.
package actor LoadGenerator {
  private let address: LoadAddress
  private let kinds: [LoadKind]
  private let step: LoadStep

  private var tallies: [LoadTally]
  private var sentCount = 0
  private var idle: [LoadConnection] = []
  private var all: [LoadConnection] = []
  private var waiting: [CheckedContinuation<LoadConnection, Never>] = []

  /// - Parameter kinds: at least one; requests are of each in turn.
  package init(_ kinds: [LoadKind], to address: LoadAddress, by step: LoadStep) {
    precondition(!kinds.isEmpty, "LoadGenerator: there is nothing to send")
    self.kinds = kinds
    self.address = address
    self.step = step
    tallies = kinds.map { _ in LoadTally() }
  }

  /// Runs the step; where the task is cancelled it is broken off, and what was counted so far is the result.
  package func run() async -> LoadResult {
    let (begun, processor) = (ContinuousClock.now, Self.processorSeconds)
    let times = Times(begun: begun, step: step)
    switch step.arrivals {
    case .closed(let clients): await runClosed(clients, times)
    case .open(let rate, let spacing): await runOpen(ArrivalTimes(rate: rate, spacing: spacing, seed: step.seed), times)
    }
    let passed = begun.duration(to: .now).seconds
    var reconnections = 0
    for connection in all {
      reconnections += await connection.reconnections
      await connection.close()
    }
    return LoadResult(
      step: step, tallies: tallies, seconds: min(step.duration.seconds, max(passed - step.warmUp.seconds, 0)),
      connections: all.count, reconnections: reconnections,
      clientProcessors: (Self.processorSeconds - processor) / max(passed, 1e-9), isBrokenOff: Task.isCancelled)
  }

  private func runClosed(_ clients: Int, _ times: Times) async {
    await withDiscardingTaskGroup { tasks in
      for _ in 0..<clients {
        let connection = LoadConnection(to: address)
        all.append(connection)
        tasks.addTask {
          while !Task.isCancelled, case let now = ContinuousClock.now, now < times.end {
            let outcome = await self.send(on: connection, intendedAt: now, times)
            // What is refused at once is not to be asked at the speed of a loop that does nothing else.
            if case .failure(.noConnection) = outcome { try? await Task.sleep(for: .milliseconds(10)) }
            guard self.step.honoursRetryAfter, case .success(let answer) = outcome, answer.isRefusal else { continue }
            let wait = ContinuousClock.now + .seconds(answer.retryAfter ?? 1)
            try? await Task.sleep(until: min(wait, times.end))
          }
        }
      }
    }
  }

  private func runOpen(_ arrivals: ArrivalTimes, _ times: Times) async {
    await withDiscardingTaskGroup { tasks in
      for arrival in arrivals {
        let intended = times.begun + .seconds(arrival)
        guard intended < times.end, (try? await Task.sleep(until: intended, tolerance: .zero)) != nil else { break }
        tasks.addTask {
          let connection = await self.connection()
          _ = await self.send(on: connection, intendedAt: intended, times)
          await self.giveBack(connection)
        }
      }
    }
  }

  // MARK: One request

  private func send(
    on connection: LoadConnection, intendedAt intended: ContinuousClock.Instant, _ times: Times
  ) async -> Result<LoadAnswer, LoadFault> {
    let place = sentCount % kinds.count
    let request = kinds[place].requests[sentCount / kinds.count % kinds[place].requests.count]
    sentCount += 1
    let isMeasured = intended >= times.measuredFrom
    if isMeasured { tallies[place].begin() }
    let sent = ContinuousClock.now
    if isMeasured { tallies[place].sent(lag: (sent - intended).seconds) }
    let outcome: Result<LoadAnswer, LoadFault>
    do throws(LoadFault) {
      let left = step.timeout - (sent - intended)
      guard left > .zero else { throw .timeout }
      outcome = .success(try await connection.answer(to: request, within: left))
    } catch {
      outcome = .failure(error)
    }
    let ended = ContinuousClock.now
    // What was broken off is neither good nor bad.
    if Task.isCancelled, case .failure = outcome { return outcome }
    if isMeasured { tallies[place].end(outcome, after: (ended - intended).seconds) }
    if case .success(let answer) = outcome, answer.isGood, ended >= times.measuredFrom, ended < times.end {
      tallies[place].goodWithinTime()
    }
    return outcome
  }

  // MARK: Connections of an open loop

  private func connection() async -> LoadConnection {
    if let connection = idle.popLast() { return connection }
    if all.count < step.maximumConnections {
      all.append(LoadConnection(to: address))
      return all[all.count - 1]
    }
    return await withCheckedContinuation { waiting.append($0) }
  }

  private func giveBack(_ connection: LoadConnection) {
    if waiting.isEmpty { idle.append(connection) } else { waiting.removeFirst().resume(returning: connection) }
  }

  /// The processor time of this process. POSIX counts `clock` in microseconds.
  private static var processorSeconds: Double { Double(clock()) / 1e6 }
}

/// The parts of a step's time.
private struct Times: Sendable {
  let begun: ContinuousClock.Instant
  let measuredFrom: ContinuousClock.Instant
  let end: ContinuousClock.Instant

  init(begun: ContinuousClock.Instant, step: LoadStep) {
    self.begun = begun
    measuredFrom = begun + step.warmUp
    end = measuredFrom + step.duration
  }
}

extension Duration {
  var seconds: Double { self / .seconds(1) }
}
