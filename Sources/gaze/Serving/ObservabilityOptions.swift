import ArgumentParser
import Logging
import Web

/// What `gaze serve` tells of itself. For traces the variables of OpenTelemetry are read where no option is given.
struct ObservabilityOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How lines of the log are written: text or json.", valueName: "format"))
  var logFormat = LogFormat.text

  @Option(
    help: ArgumentHelp(
      "The least level that is logged: trace, debug, info, notice, warning, error or critical.", valueName: "level"))
  var logLevel = Logger.Level.info

  @Option(
    help: ArgumentHelp(
      "The collector that takes traces by OTLP over HTTP, such as http://127.0.0.1:4318; default: OTEL_EXPORTER_OTLP_ENDPOINT, or none.",
      valueName: "address"))
  var otlpEndpoint: String?

  @Option(
    help: ArgumentHelp(
      "The service's name in traces; default: OTEL_SERVICE_NAME, or gaze.", valueName: "name"))
  var serviceName: String?

  @Option(
    help: ArgumentHelp(
      "How many of the traces that begin here are recorded, 0 to 1; default: OTEL_TRACES_SAMPLER_ARG, or 1.",
      valueName: "ratio"))
  var traceRatio: Double?

  func validate() throws {
    guard traceRatio.map({ (0...1).contains($0) }) ?? true else {
      throw ValidationError("--trace-ratio must be between 0 and 1.")
    }
    do {
      _ = try otlpEndpoint.map { text throws(OTLPEndpointError) in try OTLPEndpoint(text) }
    } catch {
      throw ValidationError("--otlp-endpoint: \(error.description)")
    }
  }

  /// - Parameter environment: read for what no option says; an empty variable says nothing.
  func configuration(_ environment: [String: String]) throws -> ObservabilityConfiguration {
    func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    var configuration = ObservabilityConfiguration()
    configuration.logFormat = logFormat
    configuration.logLevel = logLevel
    if let address = otlpEndpoint ?? variable("OTEL_EXPORTER_OTLP_ENDPOINT") {
      do {
        configuration.traceEndpoint = try OTLPEndpoint(address)
      } catch {
        throw Failure(.usage, "OTEL_EXPORTER_OTLP_ENDPOINT: \(error.description)")
      }
    }
    configuration.serviceName = serviceName ?? variable("OTEL_SERVICE_NAME") ?? configuration.serviceName
    if let ratio = traceRatio {
      configuration.traceRatio = ratio
    } else if let text = variable("OTEL_TRACES_SAMPLER_ARG") {
      guard let ratio = Double(text), (0...1).contains(ratio) else {
        throw Failure(.usage, "OTEL_TRACES_SAMPLER_ARG must be a number between 0 and 1, not '\(text)'.")
      }
      configuration.traceRatio = ratio
    }
    return configuration
  }
}

extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}
