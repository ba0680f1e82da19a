import Autodiff
package import Explain
import Models

/// What the service did for one request, for whoever keeps a log of it. Where nobody does, there is none, and nothing
/// is noted.
package final class RequestRecord: Sendable {
  /// Of the request that the task answers.
  @TaskLocal package static var current: RequestRecord?

  package enum Deed: String, Sendable {
    case analysis
    case explanation
    case prediction
    case evaluation
    case deletion
  }

  /// Something that was begun. What is known of it only once it succeeds is missing where it did not.
  package struct Event: Sendable {
    package internal(set) var deed: Deed
    package var model: Model?
    /// Of a kept analysis.
    package var analysis: AnalysisID?
    /// Digests of the images' files, in hexadecimal.
    package var images: [String] = []
    /// The classes that were found most likely, one for each image.
    package var classes: [Int] = []
    /// Of the maps that were made.
    package var receipts: [Receipt] = []

    package struct Model: Hashable, Sendable {
      package let name: String
      package let weightsSHA256: String

      init(_ manifest: ModelManifest) { (name, weightsSHA256) = (manifest.name, manifest.weightsSHA256) }
    }
  }

  /// The place of an event that may be completed.
  struct Entry: Sendable {
    fileprivate let record: RequestRecord
    fileprivate let place: Int

    func complete(_ change: (inout Event) -> Void) { record.state.withLock { change(&$0[place]) } }
  }

  private let state = Guarded<[Event]>([])
  private let admit: @Sendable () throws(ServingError) -> Void

  /// - Parameter admit: asked before anything is begun; throws where it could not be logged.
  package init(admit: @escaping @Sendable () throws(ServingError) -> Void) { self.admit = admit }

  package var events: [Event] { state.withLock { $0 } }

  /// Notes that something begins, in the record of the task's request; nil where it has none.
  static func begin(_ deed: Deed) throws(ServingError) -> Entry? {
    guard let current else { return nil }
    try current.admit()
    return current.state.withLock { events in
      events.append(Event(deed: deed))
      return Entry(record: current, place: events.count - 1)
    }
  }
}
