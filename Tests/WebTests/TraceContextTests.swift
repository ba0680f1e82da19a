import HTTPTypes
import Testing
import Tracing

@testable import Web

/// What clients say of the trace that their request belongs to.
@Suite struct TraceContextTests {
  static let traceID = "0af7651916cd43dd8448eb211c80319c"
  static let spanID = "b7ad6b7169203331"

  private static func context(_ traceparent: String, _ tracestate: String? = nil) -> TraceContext? {
    TraceContext(traceparent: traceparent, tracestate: tracestate)
  }

  @Test func aWellFormedParentIsTaken() throws {
    let sampled = try #require(Self.context("00-\(Self.traceID)-\(Self.spanID)-01"))
    #expect(sampled.traceID == Self.traceID && sampled.spanID == Self.spanID && sampled.isSampled)
    #expect(sampled.traceparent == "00-\(Self.traceID)-\(Self.spanID)-01")
    #expect(Self.context("00-\(Self.traceID)-\(Self.spanID)-02")?.isSampled == false)
    // A later version may say more.
    #expect(Self.context("cc-\(Self.traceID)-\(Self.spanID)-01-what-comes")?.isSampled == true)
  }

  private static let malformed: [String] = [
    "", "00", "00-\(traceID)-\(spanID)", "00-\(traceID)-\(spanID)-01-", "00-\(traceID)-\(spanID)-01-more",
    "ff-\(traceID)-\(spanID)-01", "0-\(traceID)-\(spanID)-01", "00-\(traceID.uppercased())-\(spanID)-01",
    "00-\(traceID)0-\(spanID)-01", "00-\(traceID.dropLast())-\(spanID)-01", "00-\(traceID)-\(spanID)0-01",
    "00-\(String(repeating: "0", count: 32))-\(spanID)-01", "00-\(traceID)-\(String(repeating: "0", count: 16))-01",
    "00-\(traceID)-\(spanID)-1", "00-\(traceID)-\(spanID)-0g", " 00-\(traceID)-\(spanID)-01",
    "00_\(traceID)_\(spanID)_01", "00-\(traceID.dropLast())é-\(spanID)-01", "cc-\(traceID)-\(spanID)-01x",
  ]

  @Test(arguments: malformed)
  func aMalformedParentIsNone(_ text: String) { #expect(Self.context(text) == nil) }

  @Test func theStateIsHandedOnOrDropped() {
    let parent = "00-\(Self.traceID)-\(Self.spanID)-01"
    #expect(
      Self.context(parent, "rojo=00f067aa0ba902b7, congo=t61rcWkgMzE,")?.state
        == "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
    #expect(Self.context(parent, "fw529a3039@dt=FfAAAA")?.state == "fw529a3039@dt=FfAAAA")
    for bad in [
      "noequals", "a=FfAAAA==", "UPPER=1", "a=1,a=2", "a=", "a=b=c\u{7F}", "=1", "ä=1",
      String(repeating: "a=1", count: 200),
      (0..<33).map { "k\($0)=1" }.joined(separator: ","),
    ] {
      let context = Self.context(parent, bad)
      #expect(context?.state == "" && context?.traceID == Self.traceID, "\(bad)")
    }
  }

  @Test func aTracerFollowsAndBeginsTraces() throws {
    let queue = SpanQueue()
    let tracer = RequestTracer(queue: queue)
    var fields: HTTPFields = [:]
    fields[.traceparent] = "00-\(Self.traceID)-\(Self.spanID)-01"
    fields[HTTPField.Name("tracestate")!] = "a=1"
    var context = ServiceContext.topLevel
    tracer.extract(fields, into: &context, using: FieldExtractor())
    let span = tracer.startSpan("outer", context: context, ofKind: .server)
    let inner = tracer.startSpan("inner", context: span.context)
    inner.end()
    span.end()
    span.end()
    let ended = queue.take(10)
    #expect(ended.map(\.name) == ["inner", "outer"])
    #expect(ended.allSatisfy { $0.trace.traceID == Self.traceID && $0.trace.state == "a=1" })
    #expect(ended[1].parentID == Self.spanID && ended[0].parentID == ended[1].trace.spanID)
    #expect(ended.allSatisfy { $0.start <= $0.end })

    let own = tracer.startSpan("own", context: .topLevel)
    #expect(own.context.trace?.traceID.count == 32 && own.isRecording)
    // Two parents are none.
    fields = [:]
    for value in ["a", "b"] { fields.append(HTTPField(name: .traceparent, value: value)) }
    #expect(FieldExtractor().extract(key: "traceparent", from: fields) == nil)
  }

  @Test func whetherATraceIsRecordedIsDecidedOnce() {
    let (never, always) = (RequestTracer(queue: SpanQueue(), ratio: 0), RequestTracer(queue: SpanQueue(), ratio: 1))
    #expect(!never.startSpan("a", context: .topLevel).isRecording)
    #expect(always.startSpan("a", context: .topLevel).isRecording)
    #expect(!RequestTracer().startSpan("a", context: .topLevel).isRecording)
    for (flags, isRecorded) in [("00", false), ("01", true)] {
      var context = ServiceContext.topLevel
      context.trace = Self.context("00-\(Self.traceID)-\(Self.spanID)-\(flags)")
      #expect(never.startSpan("a", context: context).isRecording == isRecorded)
      #expect(always.startSpan("a", context: context).isRecording == isRecorded)
    }
    let half = RequestTracer(queue: SpanQueue(), ratio: 0.5)
    let recorded = (0..<400).count { _ in half.startSpan("a", context: .topLevel).isRecording }
    // Ten standard deviations.
    #expect((100...300).contains(recorded))
  }

  @Test func aFullQueueDropsAndCounts() {
    let queue = SpanQueue(limit: 2)
    let tracer = RequestTracer(queue: queue)
    for _ in 0..<5 { tracer.startSpan("a", context: .topLevel).end() }
    #expect(queue.take(10).count == 2)
    var text = PrometheusText()
    queue.write(to: &text)
    #expect(text.text.contains("\ngaze_spans_dropped_total 3\n"))
  }

  @Test func collectorsAreNamedByPlainAddresses() throws {
    let endpoint = try OTLPEndpoint("http://[::1]:4318/base/")
    #expect(endpoint.host == "::1" && endpoint.port == 4318 && endpoint.path == "/base/v1/traces")
    #expect(try OTLPEndpoint("http://collector").port == 80)
    for bad in ["", "collector:4318", "ftp://a", "http://", "http://a@b", "http://a?b", "http://a:70000"] {
      #expect(throws: OTLPEndpointError.self, "\(bad)") { try OTLPEndpoint(bad) }
    }
    let error = #expect(throws: OTLPEndpointError.self) { try OTLPEndpoint("https://a:4318") }
    #expect(error?.description.contains("plain HTTP") == true)
  }
}
