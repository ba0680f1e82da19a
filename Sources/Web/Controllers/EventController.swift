import Autodiff
import Explain
import Foundation
import HTTPTypes
import Hummingbird
import Networks
import Serving

/// A map that takes long, as a stream of events: how far it is, what it looks like so far, and the whole.
struct EventController: Sendable {
  let face: FaceContext

  init(_ face: FaceContext) { self.face = face }

  /// Below `Links.apiAddresses`.
  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self).get("analyses/:id/events", use: events)
  }

  /// What is wrong before the work begins is answered as everywhere; what goes wrong later is an event.
  @Sendable private func events(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let kept = try face.service.find(context.parameters.require("id"))
    let ask = try Ask(askFields(request.uri))
    // An EventSource connects again when the stream has ended, unless it is told that there is no more.
    if request.headers[.lastEventID] == ServerSentEvents.endID { return Response(status: .noContent) }
    let ticket = try face.events.enter(context.client)
    let mailbox = EventMailbox(face.events.limits)
    let work = EventWork(ticket) { await answer(ask, of: kept, to: mailbox, context) }
    for await _ in mailbox.signs { break }
    try Task.checkCancellation()
    if let error = mailbox.failure { throw error }

    let heartbeat = face.events.limits.heartbeat
    let body = ResponseBody { writer in
      let beats = Task {
        while (try? await Task.sleep(for: heartbeat)) != nil { mailbox.beat() }
      }
      defer { beats.cancel() }
      var signs = mailbox.signs.makeAsyncIterator()
      repeat {
        let mail = mailbox.take()
        for event in try mail.events() { try await writer.write(event) }
        if mail.end != nil { break }
      } while await signs.next() != nil
      // Until here somebody reads; a body that nobody writes ends the work, too.
      work.end()
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [.contentType: ServerSentEvents.contentType, .accelBuffering: "no"], body: body)
  }

  private func answer(
    _ ask: Ask, of kept: KeptAnalysis, to mailbox: EventMailbox, _ context: GazeRequestContext
  ) async {
    let onlooker = Onlooker { done, total in
      mailbox.put(EventMailbox.Progress(done: done, total: total))
    } partial: { answer in
      if let json = try? PartialAnswer.json(of: answer) { mailbox.put(partial: json) }
    } isPartialDue: {
      mailbox.isPartialDue
    }
    let form = AnswerForm.json(ask.resolution, withPicture: ask.includesPicture)
    // The request's own record is read when the stream begins.
    let (trail, record) = (face.auditing.trail, face.auditing.trail?.newRecord())
    do {
      let json = try await RequestRecord.$current.withValue(record) {
        try await whole(ask, as: form, of: kept, watchedBy: onlooker, context)
      }
      if let trail, let record {
        do { try await trail.write(record.events, of: exchange(context, .ok)) } catch {
          throw ServingError.auditUnavailable
        }
      }
      mailbox.put(end: .success(json))
    } catch {
      let refusal = ServiceError(error)
      if let trail, let record, !record.events.isEmpty {
        // What failed is told of as it would be without a stream; that it cannot be logged is in the service's log.
        try? await trail.write(record.events, of: exchange(context, refusal.status))
      }
      mailbox.put(end: .failure(error))
    }
  }

  private func exchange(_ context: GazeRequestContext, _ status: HTTPResponse.Status) -> AuditTrail.Exchange {
    AuditTrail.Exchange(
      request: context.id, route: Observation.route(of: context), client: context.client, status: status.code)
  }

  private func whole(
    _ ask: Ask, as form: AnswerForm, of kept: KeptAnalysis, watchedBy onlooker: Onlooker,
    _ context: GazeRequestContext
  ) async throws -> [UInt8] {
    try await context.whileConnected {
      try await face.service.answer(.kept(kept), ask, as: form, for: context.client, watchedBy: onlooker) { answer in
        try SaliencyAnswer.json(
          of: answer, at: ask.resolution, withPicture: ask.includesPicture, withPredictions: false,
          by: answer.analysis.pass.engine.workers.forEach)
      }
    }
  }
}

/// Work that goes on after its request has got the beginning of an answer; it ends with this object at the latest.
private final class EventWork: Sendable {
  private let ticket: EventStreams.Ticket
  private let task: Task<Void, Never>

  init(_ ticket: EventStreams.Ticket, _ work: @escaping @Sendable () async -> Void) {
    self.ticket = ticket
    task = Task { await work() }
  }

  deinit { end() }

  func end() { task.cancel() }
}

/// `{"maps": [{"class": 282, "method": "rise", "picture_png": "…"}]}`: pictures of maps that are not whole yet.
private struct PartialAnswer: Encodable {
  struct Map: Encodable {
    let `class`: Int
    let method: String
    let picture: Data

    enum CodingKeys: String, CodingKey {
      case `class`, method
      case picture = "picture_png"
    }
  }

  let maps: [Map]

  static func json(of answer: Answer) throws -> [UInt8] {
    let loop = answer.analysis.pass.engine.workers.forEach
    let maps = try answer.attributions.indices.map { place in
      let attribution = answer.attributions[place]
      return Map(
        class: attribution.prediction.label.index, method: attribution.method,
        picture: Data(try answer.png(place, by: loop)))
    }
    return [UInt8](try encodeJSON(PartialAnswer(maps: maps)))
  }
}

extension HTTPField.Name {
  fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
  /// nginx and some others pass events on at once where this says so.
  fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
