import Autodiff
package import Images

/// What a request had the service do, and where its time went: noted by whoever does the work, read by whoever answers.
///
/// A face makes one for each request and lets it be `current` while it answers. What runs in the pool for that request
/// finds it in its `Turn`. Nothing is computed for it that the work does not know anyway.
package final class WorkRecord: Sendable {
  /// The record of the request that this task answers.
  @TaskLocal package static var current: WorkRecord?

  /// Where a request's time goes, in the order in which it passes through.
  package enum Stage: String, CaseIterable, Sendable {
    /// The body arrives.
    case receive
    /// Work waits until its turn comes.
    case queue
    /// A model is loaded, or waited for while another request has it loaded.
    case load
    /// The image file becomes pixels.
    case decode
    /// The pixels become the network's input, and the copy for display.
    case preprocess
    /// The network runs on the image.
    case forward
    /// From the network's answer back to the maps: the method with all passes that it makes itself. Nothing where the
    /// maps were remembered.
    case backward
    /// Work has begun and lets others go first, between two passes.
    case parked
    /// The maps become pictures, files and text.
    case render
    /// From the answer's head until the socket has taken its last byte.
    case write
  }

  /// A part of a stage that took place in one piece.
  package struct Span: Sendable {
    package let stage: Stage
    package let start: ContinuousClock.Instant
    package let end: ContinuousClock.Instant
  }

  package enum Lookup: String, CaseIterable, Hashable, Sendable {
    case kept, expired, unknown
    /// Another replica's, or of this one before it was started again.
    case elsewhere
  }

  package struct Contents: Sendable {
    /// How long each stage took in all, without what it was parked for.
    package fileprivate(set) var times: [Stage: Duration] = [:]
    /// The first of them, in the order in which they ended.
    package fileprivate(set) var spans: [Span] = []
    /// The model that was asked.
    package fileprivate(set) var model: String?
    /// The method, by its name in the catalog; `several` where there was more than one.
    package fileprivate(set) var method: String?
    package fileprivate(set) var computedMaps = 0
    /// Maps that were at hand since they had been asked for before.
    package fileprivate(set) var rememberedMaps = 0
    /// What became of the ids of kept analyses that were looked up.
    package fileprivate(set) var lookups: [Lookup: Int] = [:]
    /// The images that were decoded: formats, nil where the pixels were sent as such, and bytes.
    package fileprivate(set) var images: [(format: ImageFormat?, byteCount: Int)] = []
    /// The code of the error that the request was answered with.
    package var failure: String?
  }

  /// A large answer is made in hundreds of parts, each of which has its turn.
  private static let mostSpans = 64

  private let state = Guarded(Contents())

  package init() {}

  package var contents: Contents { state.withLock { $0 } }

  /// Notes a part of a stage.
  ///
  /// - Parameter parked: how much of the time between start and end others went first.
  package func add(
    _ stage: Stage, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant = .now,
    parked: Duration = .zero
  ) {
    state.withLock { state in
      state.times[stage, default: .zero] += max(end - start - parked, .zero)
      if parked > .zero { state.times[.parked, default: .zero] += parked }
      if state.spans.count < Self.mostSpans || stage == .write {
        state.spans.append(Span(stage: stage, start: start, end: end))
      }
    }
  }

  package func note(failure code: String) { state.withLock { $0.failure = code } }

  package func note(model: String) { state.withLock { $0.model = model } }

  package func note(method: String) {
    state.withLock { state in
      state.method = state.method == nil || state.method == method ? method : Self.several
    }
  }

  private static let several = "several"

  func note(lookup: Lookup) { state.withLock { $0.lookups[lookup, default: 0] += 1 } }

  func note(image format: ImageFormat?, byteCount: Int) { state.withLock { $0.images.append((format, byteCount)) } }

  func noteMap(isRemembered: Bool) {
    state.withLock { state in
      if isRemembered { state.rememberedMaps += 1 } else { state.computedMaps += 1 }
    }
  }
}

extension Turn {
  /// Runs a stage of this piece of work and notes how long it took, also where it fails.
  ///
  /// - Parameter isWorthNoting: asked afterwards.
  func measure<Result, Failure>(
    _ stage: WorkRecord.Stage, if isWorthNoting: () -> Bool = { true }, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let record else { return try body() }
    let (start, computed) = (ContinuousClock.now, time)
    defer {
      if isWorthNoting() {
        let end = ContinuousClock.now
        // The two clocks are not read at the same instant: what is shorter than a pass is no parking.
        let parked = isCancelled ? .zero : end - start - (time - computed)
        record.add(stage, from: start, to: end, parked: parked > Self.leastParkedTime ? parked : .zero)
      }
    }
    return try body()
  }

  private static let leastParkedTime: Duration = .microseconds(100)
}
