/// What Vertex AI tells a custom container by environment variables: the port that it is to listen on, the addresses
/// that are asked, and what it is deployed as.
///
/// Source: Vertex AI, "Custom container requirements for inference", and `ModelContainerSpec` in
/// google/cloud/aiplatform/v1/model.proto. An address for explanations is not among what Vertex sets itself:
/// `AIP_EXPLAIN_ROUTE` may be set in the container's `env`; else it stands beside that for predictions.
package struct VertexContainer: Hashable, Sendable {
  package let port: Int
  package let healthRoute: String
  package let predictRoute: String
  package let explainRoute: String
  /// nil where it is not told.
  package let deployedModelID: String?

  /// - Parameter environment: of the process.
  /// - Returns: nil outside of Vertex: where none of the port and the routes is set.
  package init?(environment: [String: String]) throws(VertexError) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let names = ["AIP_HTTP_PORT", "AIP_HEALTH_ROUTE", "AIP_PREDICT_ROUTE"]
    guard names.contains(where: { value($0) != nil }) else { return nil }
    let text = value("AIP_HTTP_PORT") ?? "8080"
    guard let port = Int(text), (1...65535).contains(port) else { throw .badPort(text) }
    func route(_ name: String, or usual: String) throws(VertexError) -> String {
      let route = value(name) ?? usual
      guard Self.isRoute(route) else { throw .badRoute(name, route) }
      return route
    }
    self.port = port
    healthRoute = try route("AIP_HEALTH_ROUTE", or: "/health")
    predictRoute = try route("AIP_PREDICT_ROUTE", or: "/predict")
    explainRoute = try route("AIP_EXPLAIN_ROUTE", or: Self.besides(predictRoute))
    deployedModelID = value("AIP_DEPLOYED_MODEL_ID")
    guard explainRoute != predictRoute else { throw .sameRoute(predictRoute) }
  }

  /// `…/m:predict` becomes `…/m:explain`, and `/a/predict` `/a/explain`.
  private static func besides(_ route: String) -> String {
    if route.hasSuffix(":predict") { return String(route.dropLast(7)) + "explain" }
    return String(route[..<(route.lastIndex(of: "/") ?? route.startIndex)]) + "/explain"
  }

  /// A path without a query, with nothing empty in it and nothing that a router would take for a pattern.
  private static func isRoute(_ text: String) -> Bool {
    if text == "/" { return true }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    return text.hasPrefix("/") && text.utf8.count <= 1024
      && parts.allSatisfy { part in
        !part.isEmpty && part.first != ":" && part.utf8.allSatisfy(isPathByte)
      }
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~:@!$&'()+,;=%".utf8.contains(byte)
    }
  }

  /// Whether errors at this path are Vertex'.
  func has(path: String) -> Bool { [healthRoute, predictRoute, explainRoute].contains(path) }
}

extension ServiceConfiguration {
  /// Takes what Vertex AI says for what is used where nobody says otherwise: every address of the machine, its port,
  /// and any host, since Vertex addresses its containers by names and addresses of its own, and nobody but it reaches
  /// them.
  package mutating func take(_ container: VertexContainer) {
    vertex = container
    host = "0.0.0.0"
    port = container.port
    allowedHosts = ["*"]
  }
}

/// What is wrong with the variables. Each says what would work.
package enum VertexError: Error, Equatable, CustomStringConvertible {
  case badPort(String)
  case badRoute(String, String)
  case sameRoute(String)

  package var description: String {
    switch self {
    case .badPort(let text): "AIP_HTTP_PORT must be a port from 1 to 65535, not '\(text)'."
    case .badRoute(let name, let route): "\(name) must be a path such as /predict, not '\(route)'."
    case .sameRoute(let route):
      "AIP_EXPLAIN_ROUTE and AIP_PREDICT_ROUTE are both '\(route)'. Give them different paths."
    }
  }
}
