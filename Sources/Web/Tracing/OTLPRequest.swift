import Explain
import Tracing

/// The body of a request that hands spans to a collector: an `ExportTraceServiceRequest` in JSON.
///
/// Source: OpenTelemetry Protocol 1.x, "OTLP/HTTP", JSON Protobuf encoding: keys in lowerCamelCase, ids in hexadecimal,
/// 64-bit integers as texts, enumerations as numbers.
struct OTLPRequest: Encodable {
  let resourceSpans: [ResourceSpans]

  struct ResourceSpans: Encodable {
    let resource: Resource
    let scopeSpans: [ScopeSpans]
  }

  struct Resource: Encodable { let attributes: [KeyValue] }

  struct ScopeSpans: Encodable {
    let scope: Scope
    let spans: [Span]
  }

  struct Scope: Encodable {
    let name: String
    let version: String
  }

  struct Span: Encodable {
    let traceId: String
    let spanId: String
    let traceState: String
    /// Left out where nothing stands above it.
    let parentSpanId: String?
    let name: String
    let kind: Int
    let startTimeUnixNano: String
    let endTimeUnixNano: String
    let attributes: [KeyValue]
    let events: [Event]
    let links: [Link]
    let status: Status
  }

  struct Event: Encodable {
    let timeUnixNano: String
    let name: String
    let attributes: [KeyValue]
  }

  struct Link: Encodable {
    let traceId: String
    let spanId: String
    let attributes: [KeyValue]
  }

  struct Status: Encodable {
    let code: Int
    let message: String?
  }

  struct KeyValue: Encodable {
    let key: String
    let value: Value
  }

  enum Value {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case array([Value])
  }

  /// - Parameter service: the name under which the collector knows the service.
  init(_ spans: [SpanRecord], service: String) {
    let resource = Resource(attributes: [
      KeyValue(key: "service.name", value: .string(service)),
      KeyValue(key: "service.version", value: .string(gazeVersion)),
      KeyValue(key: "telemetry.sdk.language", value: .string("swift")),
    ])
    let scope = Scope(name: "gaze", version: gazeVersion)
    resourceSpans = [
      ResourceSpans(resource: resource, scopeSpans: [ScopeSpans(scope: scope, spans: spans.map(Span.init))])
    ]
  }
}

extension OTLPRequest.Span {
  init(_ span: SpanRecord) {
    self.init(
      traceId: span.trace.traceID, spanId: span.trace.spanID, traceState: span.trace.state,
      parentSpanId: span.parentID, name: span.name, kind: Self.number(of: span.kind),
      startTimeUnixNano: String(span.start), endTimeUnixNano: String(span.end),
      attributes: OTLPRequest.keyValues(span.attributes),
      events: span.events.map {
        OTLPRequest.Event(
          timeUnixNano: String($0.nanosecondsSinceEpoch), name: $0.name,
          attributes: OTLPRequest.keyValues($0.attributes))
      },
      links: span.links.compactMap { link in
        link.context.trace.map {
          OTLPRequest.Link(
            traceId: $0.traceID, spanId: $0.spanID, attributes: OTLPRequest.keyValues(link.attributes))
        }
      },
      status: OTLPRequest.Status(span.status))
  }

  private static func number(of kind: SpanKind) -> Int {
    switch kind {
    case .internal: 1
    case .server: 2
    case .client: 3
    case .producer: 4
    case .consumer: 5
    }
  }
}

extension OTLPRequest.Status {
  init(_ status: SpanStatus?) {
    switch status?.code {
    case nil: self.init(code: 0, message: nil)
    case .ok: self.init(code: 1, message: nil)
    case .error: self.init(code: 2, message: status?.message)
    }
  }
}

extension OTLPRequest {
  /// By key, so that one span has one text.
  fileprivate static func keyValues(_ attributes: SpanAttributes) -> [KeyValue] {
    var result: [KeyValue] = []
    // swift-format-ignore: ReplaceForEachWithForLoop
    // They are no sequence.
    attributes.forEach { key, attribute in result.append(KeyValue(key: key, value: Value(attribute))) }
    return result.sorted { $0.key < $1.key }
  }
}

extension OTLPRequest.Value {
  init(_ attribute: SpanAttribute) {
    switch attribute {
    case .int32(let value): self = .int(Int64(value))
    case .int64(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .bool(let value): self = .bool(value)
    case .string(let value): self = .string(value)
    case .stringConvertible(let value): self = .string("\(value)")
    case .int32Array(let values): self = .array(values.map { .int(Int64($0)) })
    case .int64Array(let values): self = .array(values.map { .int($0) })
    case .doubleArray(let values): self = .array(values.map { .double($0) })
    case .boolArray(let values): self = .array(values.map { .bool($0) })
    case .stringArray(let values): self = .array(values.map { .string($0) })
    case .stringConvertibleArray(let values): self = .array(values.map { .string("\($0)") })
    default: self = .string("\(attribute)")
    }
  }
}

extension OTLPRequest.Value: Encodable {
  private enum CodingKeys: String, CodingKey {
    case stringValue, boolValue, intValue, doubleValue, arrayValue, values
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .string(let value): try container.encode(value, forKey: .stringValue)
    case .bool(let value): try container.encode(value, forKey: .boolValue)
    case .int(let value): try container.encode(String(value), forKey: .intValue)
    // JSON has no number for what is not finite; the mapping has texts.
    case .double(let value) where !value.isFinite:
      try container.encode(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity", forKey: .doubleValue)
    case .double(let value): try container.encode(value, forKey: .doubleValue)
    case .array(let values):
      var array = container.nestedContainer(keyedBy: CodingKeys.self, forKey: .arrayValue)
      try array.encode(values, forKey: .values)
    }
  }
}
