import Serving
import Web

// Every setting of `gaze serve`, once. An entry is a flag, a variable, a key of the file, a line of the help and of
// `--print-config`; docs/operations.md lists them too, which a test compares.

extension ServeSetting {
  static let all: [ServeSetting] =
    listening + whoMayAsk + proxies + models + kept + computing + requests + connections + bodies + answers + observing
    + auditing + ending

  private static let listening: [ServeSetting] = [
    text("host", \.service.host, "address", "The address to listen on; 0.0.0.0 for all.").common,
    integer("port", \.service.port, in: 0...65535, "The port to listen on; 0 for one that is free.", value: "port")
      .common,
    text(
      "replica", \.replica, "name",
      takes: "up to \(ReplicaName.maximumLength) lower-case letters, digits and hyphens, such as gaze-0",
      "What the load balancer calls this replica: the ids of its analyses begin with it, so that they lead back.",
      where: { ReplicaName($0) != nil }
    ).common,
    text("static", \.staticFolder, "folder", "The folder of the page; default: found beside the program.").common,
  ]

  private static let whoMayAsk: [ServeSetting] = [
    list(
      "allowed-host", \.service.allowedHosts, "name",
      takes: "a name or an address without scheme and port, such as gaze.example.org, or *",
      "A name that the service answers to beside this machine's own, without port; * for any name. May be repeated.",
      write: { $0 }, read: { $0 == "*" || isHostName($0) ? $0 : nil }
    ).common,
    list(
      "allowed-origin", \.allowedOrigins, "origin",
      takes: "scheme, name and port of a page's address, such as https://example.org or http://localhost:3000",
      "Where pages of other sites come from that may use the service, such as https://example.org. May be repeated.",
      write: { $0.written }, read: { Origin($0) }
    ).common,
    text(
      "tokens", \.service.access.tokens, "file",
      "A JSON file of tokens, one of which every request must then bring; read again when it changes."
    ).common,
    boolean("open-metrics", \.service.access.opensMetrics, "Whether GET /metrics needs no token."),
    number(
      "rate-limit", \.service.access.rateLimit, in: 0...1_000_000,
      "Requests a second from an address, where there are no tokens; 0 for any number.", value: "rate"),
    integer(
      "rate-burst", \.service.access.rateBurst, in: 1...1_000_000, "Requests from an address that may come at once."),
    duration(
      "compute-quota", \.service.access.computeQuota, in: .zero...year,
      "How long requests from an address may compute in each quota-period; 0s for any time."),
    duration("quota-period", \.service.access.quotaPeriod, in: second...year, "What compute-quota is for."),
  ]

  private static let proxies: [ServeSetting] = [
    list(
      "trusted-proxy", \.service.access.trustedProxies, "network",
      takes: "a network or an address, such as 10.0.0.0/8 or 127.0.0.1",
      "A proxy, or a network of them, whose word about the client counts. May be repeated.",
      write: { $0.written }, read: { AddressRange($0) }
    ).common,
    choice(
      "proxy-headers", \.service.access.forwardedFields,
      "What the proxies write: X-Forwarded-For, -Host and -Proto, or Forwarded (RFC 7239)."),
    text(
      "path-prefix", \.service.access.pathPrefix, "path", takes: "a path such as /gaze, without a slash at its end",
      "What stands before every path where the service shares a host.", where: PathPrefix.isValid
    ).common,
  ]

  private static let models: [ServeSetting] = [
    text("model", \.service.limits.defaultModel, "model", "The model of requests that name none.").common,
    size(
      "model-memory", \.modelBytes, in: mebi...tera,
      "Memory for loaded models: beyond it the one unused for longest is unloaded."
    )
    .common,
    integer("threads", \.threads, in: 1...256, "Threads that compute; default: one for each processor.").common,
  ]

  private static let kept: [ServeSetting] = [
    size("cache", \.service.limits.keptBytes, in: mebi...tera, "Memory for kept analyses.").common,
    size(
      "map-cache", \.service.limits.rememberedMapBytes, in: 0...tera, "Memory for remembered maps of kept analyses."),
    duration("keep", \.service.limits.timeToLive, in: second...year, "How long an unused analysis is kept.").common,
  ]

  private static let computing: [ServeSetting] = [
    integer("slots", \.slots, in: 1...256, "Requests that compute at once; default: one for each processor."),
    integer("queue-length", \.service.limits.maximumWaiting, in: 1...100_000, "Requests that may wait to compute.")
      .common,
    size(
      "queue-bytes", \.service.limits.maximumWaitingBytes, in: mebi...tera,
      "Memory for the bodies of requests that wait."),
    duration(
      "queue-timeout", \.service.limits.queueTimeout, in: milli...hour,
      "How long a request may wait until it computes; then it is told to come again."
    ).common,
    duration(
      "turn-time", \.service.limits.turnTime, in: milli...minute,
      "How long a request computes before another of its kind has a turn."),
    duration(
      "parked-time", \.service.limits.maximumParkedTime, in: milli...hour,
      "How long a request may stand still between two of its passes."),
    integer(
      "long-requests", \.service.limits.longPiecesBeyondSlots, in: 0...10_000,
      "Long requests that may have begun, beyond the slots."),
    integer(
      "long-passes", \.service.limits.longPasses, in: 1...1_000_000, "From how many passes on a map is long.",
      value: "passes"),
    size(
      "long-predict-body", \.service.limits.longPredictionBytes, in: 1...giga, "From what body on predictions are long."
    ),
    duration(
      "short-work-lead", \.service.limits.shortWorkLead, in: .zero...minute,
      "How much more time a client may have had whose short requests still go before another's long ones."),
    duration(
      "fairness-window", \.service.limits.fairnessWindow, in: milli...hour,
      "How much of a client's time is held against it, at most."),
  ]

  private static let requests: [ServeSetting] = [
    size("max-body", \.service.maximumBodyBytes, in: 1024...giga, "The largest body of a request.").common,
    integer(
      "max-pixels", \.service.limits.maximumPixels, in: 1...1_000_000_000, "The most pixels of an image.",
      value: "pixels"
    ).common,
    integer(
      "max-passes", \.service.limits.maximumPasses, in: 1...10_000_000,
      "The most passes through the network that a request may ask for.", value: "passes"
    ).common,
    duration(
      "max-compute-time", \.service.limits.maximumComputeTime, in: milli...day, "How long a request may compute."
    ).common,
    integer(
      "max-instances", \.service.limits.maximumInstances, in: 1...100_000,
      "The most images of a request for predictions."
    ).common,
    integer(
      "max-side", \.service.limits.maximumSide, in: 1...65_535, "The most pixels of a picture's longer side.",
      value: "pixels"),
    integer(
      "max-picture-pixels", \.service.limits.maximumPicturePixels, in: 1...1_000_000_000,
      "The most pixels of a picture.",
      value: "pixels"),
    integer(
      "max-npy-values", \.service.limits.maximumNPYValues, in: 1...1_000_000_000, "The most numbers of an .npy answer."),
    integer(
      "max-json-values", \.service.limits.maximumJSONValues, in: 1...100_000_000, "The most numbers of a JSON answer."),
  ]

  private static let connections: [ServeSetting] = [
    integer(
      "max-connections", \.service.connections.connections, in: 1...1_000_000,
      "Connections at once; fewer where the process may not open so many files."
    ).common,
    integer(
      "max-descriptors", \.service.connections.descriptors, in: 64...1_048_576,
      "The limit of open files is raised at the start, but not beyond this."),
    integer(
      "descriptor-reserve", \.service.connections.descriptorReserve, in: 32...100_000,
      "Open files that connections leave to everything else."),
    integer(
      "refusals-at-once", \.service.connections.refusalsAtOnce, in: 0...10_000,
      "Connections over the limit that are told so at the same time; more are closed without a word."),
    duration(
      "head-timeout", \.service.connections.headTimeout, in: milli...hour,
      "How long a request's head may take to arrive."),
    duration(
      "idle-timeout", \.service.connections.idleTimeout, in: milli...day,
      "How long a connection may wait for its next request."),
    size(
      "max-target", \.service.connections.targetBytes, in: 256...mebi,
      "The longest address of a request, with its query."),
    size(
      "max-header", \.service.connections.headerBytes, in: 1024...mebi, "The most bytes of a request's header fields."),
    integer(
      "max-header-fields", \.service.connections.headerFields, in: 10...10_000, "The most header fields of a request."),
    integer(
      "max-pipelined", \.service.connections.pipelinedRequests, in: 1...10_000,
      "Requests that a connection may send ahead of their answers."),
  ]

  private static let bodies: [ServeSetting] = [
    duration("body-timeout", \.service.bodyTimeout, in: second...day, "How long a body may take to arrive."),
    size("body-rate", \.service.connections.bodyRate, in: 1...giga, "The least rate of a body, a second."),
    duration(
      "body-grace", \.service.connections.bodyGrace, in: milli...hour, "How far a body may fall behind its least rate."),
    integer(
      "receiving-bodies", \.service.connections.receivingBodies, in: 2...1_000_000,
      "Bodies that may be on their way at once; a client may have half of them."),
    size(
      "receiving-bytes", \.service.connections.receivingBytes, in: mebi...tera,
      "Memory for bodies that are not whole yet; a client may have half of it."),
    size(
      "discarded-bytes", \.service.connections.discardedBytes, in: 0...giga,
      "Of a body that nobody wants, so much is read before the connection is closed."),
    duration(
      "discard-time", \.service.connections.discardTime, in: milli...minute,
      "How long a body that nobody wants is read."),
  ]

  private static let answers: [ServeSetting] = [
    size(
      "answer-rate", \.service.connections.answerRate, in: 1...giga,
      "The least rate at which an answer is read, a second."),
    duration(
      "answer-grace", \.service.connections.answerGrace, in: second...hour,
      "How far a reader may fall behind the least rate."),
    size(
      "answer-bytes", \.service.connections.waitingBytes, in: mebi...tera,
      "Memory for large answers that wait to be read."),
    size(
      "answer-chunk", \.service.connections.chunkBytes, in: 4096...giga,
      "Of a large answer, so much is handed to the socket ahead of its reader."),
    integer(
      "event-streams", \.service.events.streamsPerClient, in: 1...10_000,
      "Streams of events that one client may have open."),
    duration(
      "event-heartbeat", \.service.events.heartbeat, in: second...hour,
      "After what time without an event a stream says that it lives."),
    duration(
      "event-interval", \.service.events.partialInterval, in: milli...hour,
      "The least time between two maps of a stream that are not whole yet."),
  ]

  private static let observing: [ServeSetting] = [
    choice("log-format", \.service.observability.logFormat, "How lines of the log are written: text or json.").common,
    choice("log-level", \.service.observability.logLevel, "The least level that is logged.").common,
    text(
      "otlp-endpoint", \.traceEndpoint, "address", takes: "an address of plain HTTP, such as http://127.0.0.1:4318",
      "The collector that takes traces by OTLP over HTTP; default: none.", where: { (try? OTLPEndpoint($0)) != nil }
    ).common.alsoFrom("OTEL_EXPORTER_OTLP_ENDPOINT"),
    text("service-name", \.service.observability.serviceName, "name", "The service's name in traces.")
      .alsoFrom("OTEL_SERVICE_NAME"),
    number(
      "trace-ratio", \.service.observability.traceRatio, in: 0...1,
      "How many of the traces that begin here are recorded.", value: "ratio"
    ).alsoFrom("OTEL_TRACES_SAMPLER_ARG"),
  ]

  private static let auditing: [ServeSetting] = [
    text(
      "signing-key", \.service.audit.signingKey, "file",
      "The private key that signs receipts: Ed25519, PKCS#8 in PEM, as 'openssl genpkey -algorithm ed25519' writes it."
    ).common,
    text(
      "audit-log", \.service.audit.log, "file",
      "The log of what is done for whom, each line chained to the one before it; what cannot be logged is refused."
    ).common,
    boolean(
      "audit-sync", \.service.audit.isSynchronised, "Answer only once the line of the audit log is on the disk."),
    size(
      "audit-log-size", \.service.audit.maximumLogBytes, in: mebi...tera,
      "Begin a new file of the audit log beyond this; default: never."),
    boolean("audit-clients", \.service.audit.namesClients, "Say in the audit log who asked."),
  ]

  private static let ending: [ServeSetting] = [
    duration(
      "shutdown-delay", \.service.shutdownDelay, in: .zero...hour,
      "How long it goes on to accept after SIGTERM, while GET /readyz says 503."
    ).common,
    duration(
      "shutdown-timeout", \.service.shutdownTimeout, in: .zero...hour,
      "How long it then waits for what runs before it cancels that."
    ).common,
  ]
}

private let mebi = 1 << 20
private let giga = 1 << 30
private let tera = 1 << 40
private let milli: Duration = .milliseconds(1)
private let second: Duration = .seconds(1)
private let minute: Duration = .seconds(60)
private let hour: Duration = .seconds(3600)
private let day: Duration = .seconds(86_400)
private let year: Duration = .seconds(31_536_000)
