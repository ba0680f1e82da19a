import Autodiff
import Explain
import Foundation
import Hummingbird
import Images
import Models
import Serving
import Testing

@testable import Web

/// The worked example of `docs/architecture.md`: a protocol is a reader of a request, one call, and a writer of the
/// answer.
private struct BrightestCell: Sendable {
  let face: FaceContext

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self).post("brightest/:model", use: brightest)
  }

  @Sendable private func brightest(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let model = try context.decoded("model")
    return try await face.receive(request, context) { upload, fields in
      let ask = try Ask(fields)
      return try await face.service.answer(
        .image(upload.image, model: model), ask, as: .npy(ask.resolution), for: context.client
      ) { answer in
        let map = answer.attributions[0].map(at: ask.resolution)
        let cell = map.values.indices.max { map.values[$0] < map.values[$1] } ?? 0
        return try .json(["row": cell / map.width, "column": cell % map.width])
      }
    }
  }
}

@Suite struct AddingAProtocolTests {
  /// An application with the example beside every other route.
  private func withExample(_ test: @Sendable (Client) async throws -> Void) async throws {
    var configuration = ServiceConfiguration()
    configuration.limits.defaultModel = "tiny"
    configuration.staticFolder = staticFolder
    let service = ExplanationService(
      configuration.limits, models: TinyModels(), engine: Engine(threadCount: 1), now: { .now })
    let face = FaceContext(service, configuration)
    let router = try buildRouter(face, configuration, Connections(ConnectionLimits()))
    router.addRoutes(BrightestCell(face: face).endpoints)
    try await Application(router: router).reached(by: .router) { try await test(Client(service: $0)) }
  }

  @Test func theExampleAnswersAndRefusesAsEveryOtherFace() async throws {
    try await withExample { client in
      let classifier = TinyNetwork.classifier("tiny", passes: ForwardPassCounter())
      let analysis = try Analysis(of: TestImage.png(), by: classifier, on: Engine(threadCount: 1))
      let map = try analysis.explain(ClassActivationMap(.gradCAM), target: Target(7)).map
      let brightest = try #require(map.values.indices.max { map.values[$0] < map.values[$1] })

      let response = try await client.send(.post, "/brightest/tiny?class=7", body: TestImage.png())
      let cell = try response.object
      #expect(cell["row"] as? Int == brightest / map.width && cell["column"] as? Int == brightest % map.width)

      let refused = try await client.send(.post, "/brightest/tiny?class=nosuch", body: TestImage.png())
      #expect(try refused.status == .notFound && refused.errorCode == "unknown_class")
      #expect(try await client.send(.post, "/brightest/none?class=7", body: TestImage.png()).status == .notFound)
    }
  }
}
