import Autodiff
import Foundation
import HTTPTypes
import Images
import Models
import Serving
import TestSupport
import Testing

@testable import Explain
@testable import Networks
@testable import Web

@Suite struct FaithfulnessTests {
  @Test func mapsAreMeasuredBesideControls() async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.send(
        .post, "/api/analyses/\(id)/faithfulness?method=grad-cam,occlusion&occlusion.window=9&class=7&steps=8&seed=4")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "application/json")
      let classifier = TinyNetwork.classifier("tiny", passes: ForwardPassCounter())
      let analysis = try Analysis(of: TestImage.png(), by: classifier, on: Engine(threadCount: 1))
      let methods: [any AttributionMethod] = [ClassActivationMap(.gradCAM), Occlusion(window: 9)]
      var rules = FaithfulnessProtocol()
      (rules.steps, rules.seed) = (8, 4)
      let report = try analysis.pass.evaluate(
        try methods.map { FaithfulnessSubject(try analysis.explain($0, target: Target(7)), by: $0) },
        target: Target(7), protocol: rules)
      #expect(response.bytes == Array(try encodeJSON(report)))
      let maps = try #require(try response.object["maps"] as? [[String: Any]])
      #expect(maps.map { $0["control"] as? Bool } == [false, false, true, true, true])
      #expect((try response.object["protocol"] as? [String: Any])?["steps"] as? Int == 8)
    }
  }

  /// The maps that are measured count, too, not only the measuring.
  @Test(arguments: ["method=rise&rise.masks=20000", "method=occlusion&occlusion.window=1&occlusion.stride=1&steps=1"])
  func mapsThatCostTooMuchAreRefusedBeforeTheFirstPass(query: String) async throws {
    let models = TinyModels()
    try await withService(models: models, configuration: [.set(\.limits.maximumPasses, 500)]) { client in
      let id = try await client.upload()
      let before = models.passes.count
      let response = try await client.send(.post, "/api/analyses/\(id)/faithfulness?metrics=confidence&\(query)")
      #expect(response.status == .badRequest)
      #expect(try response.errorMessage.contains("passes through the network"))
      #expect(models.passes.count == before)
    }
  }

  /// One model whose weights can be made random, as a stored model's can.
  private struct RandomisableModels: ModelProvider {
    let passes = ForwardPassCounter()
    let counters = ModelLibrary.Counters()
    private let only: Classifier

    init() throws {
      let labels = Labels((0..<4).map { ClassLabel(index: $0, wnid: nil, name: "kind \($0)") })
      let manifest = ModelManifest(
        name: "tiny", title: "", architecture: "",
        preprocessing: Preprocessing(
          shorterSide: nil, filter: .bilinear, inputWidth: 24, inputHeight: 20, mean: [127, 127, 127],
          deviation: [64, 64, 64]), labels: labels.classes, classCount: 4, parameterCount: 0, targetLayer: "second",
        weightsSHA256: "", sourceSHA256: "", publisher: nil, licence: nil, publishedTop1: nil)
      only = Classifier(
        manifest: manifest, network: try RandomisableNetwork.build(WeightReader(RandomisableNetwork.weights)),
        labels: labels, passes: passes)
    }

    func list() -> [ModelManifest] { [only.manifest] }
    func classifier(_ name: String) throws(ModelStoreError) -> Classifier { only }
    func randomiser(of classifier: Classifier, seed: UInt64) throws(ModelStoreError) -> ModelRandomiser? {
      try? RandomisableNetwork.randomiser(of: classifier, seed: seed)
    }
  }

  @Test func mapsAreComparedWithThoseOfRandomNetworks() async throws {
    let models = try RandomisableModels()
    try await withService(models: models) { client in
      let id = try await client.upload()
      let path = "/api/analyses/\(id)/faithfulness"
      let query = "?method=grad-cam,saliency&class=1&metrics=sensitivity,randomisation&randomisation_steps=3"
      let response = try await client.send(.post, path + query + "&seed=5")
      #expect(response.status == .ok)

      let classifier = try models.classifier("tiny")
      let analysis = try Analysis(of: TestImage.png(), by: classifier, on: Engine(threadCount: 1))
      let methods: [any AttributionMethod] = [ClassActivationMap(.gradCAM), Saliency()]
      var rules = FaithfulnessProtocol()
      (rules.randomisationSteps, rules.seed) = (3, 5)
      let report = try analysis.pass.evaluate(
        try methods.map { FaithfulnessSubject(try analysis.explain($0, target: Target(1)), by: $0) },
        target: Target(1), metrics: [.sensitivity, .randomisation], protocol: rules,
        randomiser: RandomisableNetwork.randomiser(of: classifier, seed: 5))
      #expect(response.bytes == Array(try encodeJSON(report)))

      let maps = try #require(try response.object["maps"] as? [[String: Any]])
      let randomisations = maps.map { $0["randomisation"] as? [String: Any] ?? [:] }
      #expect(randomisations.map { $0["units"] as? Int } == [4, 4, 4, 4, 4])
      let steps = try randomisations.map { try #require($0["steps"] as? [[String: Any]]) }
      for map in steps {
        #expect(map.map { $0["last"] as? String } == ["fc", "bn1", "conv1"])
        #expect(map.map { $0["units"] as? Int } == [1, 3, 4])
      }
      // Both methods read the network; the controls do not.
      for map in steps[..<2] { #expect(try #require(map.last?["spearman"] as? Double) < 0.9) }
      for map in steps[2...] { #expect(map.allSatisfy { $0["spearman"] as? Double == 1 }) }
      #expect(((maps[0]["sensitivity"] as? [String: Any])?["maximum"] as? Double ?? 0) > 0)

      let other = try await client.send(.post, path + query + "&seed=6")
      #expect(other.status == .ok && other.bytes != response.bytes)
    }
  }

  @Test func bodiesStandForQueries() async throws {
    try await withService { client in
      let id = try await client.upload()
      let path = "/api/analyses/\(id)/faithfulness"
      let query = try await client.send(
        .post, path + "?method=grad-cam,layercam&metrics=deletion&steps=4&class=7&against=4")
      #expect(query.status == .ok)
      #expect(try query.object["against"] as? Int == 4)
      let json = try await client.send(
        .post, path,
        body: Array(
          #"{"method": ["grad-cam", "layercam"], "metrics": ["deletion"], "steps": 4, "class": 7, "against": "4"}"#.utf8
        ))
      #expect(json.bytes == query.bytes)
      let form = try await client.send(
        .post, path, body: Array("method=grad-cam%2Clayercam&metrics=deletion&steps=4&class=7&against=4".utf8),
        headers: [.contentType: "application/x-www-form-urlencoded"])
      #expect(form.bytes == query.bytes)
    }
  }

  @Test func curvesAreDrawn() async throws {
    try await withService { client in
      let id = try await client.upload()
      let query = "?class=7&method=grad-cam&steps=6"
      let plot = try await client.get("/api/analyses/\(id)/faithfulness.svg" + query)
      #expect(plot.headers[.contentType] == "image/svg+xml")
      #expect(plot.text.contains("Deletion: lower is better, tiny"))
      for name in ["grad-cam", "random (control)", "random-cells (control)", "centred-gaussian (control)"] {
        #expect(plot.text.contains(name))
      }
      let accepted = try await client.send(
        .post, "/api/analyses/\(id)/faithfulness" + query, headers: [.accept: "image/svg+xml"])
      #expect(accepted.bytes == plot.bytes)
      let insertion = try await client.get("/api/analyses/\(id)/faithfulness.svg\(query)&curve=insertion")
      #expect(insertion.text.contains("Insertion: higher is better"))
      let png = try await client.send(
        .post, "/api/analyses/\(id)/faithfulness" + query, headers: [.accept: "image/png"])
      #expect(try decodeImage(png.bytes).image.size.width > 300)
      let pdf = try await client.send(
        .post, "/api/analyses/\(id)/faithfulness" + query, headers: [.accept: "application/pdf"])
      #expect(pdf.headers[.contentType] == "application/pdf" && pdf.bytes.starts(with: "%PDF-".utf8))
    }
  }

  @Test(arguments: [
    ("method=nosuch", "There is no method 'nosuch'"), ("method=grad-cam,grad-cam", "twice"),
    ("method=rise&masks=4", "There is no parameter 'masks' here"),
    ("method=rise&rise.mask=4", "has no parameter 'mask'"), ("metrics=deletion,beauty", "'metrics' must be some of"),
    ("steps=0", "'steps' must be"), ("steps=many", "'steps' must be a number"), ("seed=-1", "'seed' must be a number"),
    ("steps=9000", "the limit of a request is 10000"), ("score=loss", "logit, probability"),
    ("road_percentages=0,50", "'road_percentages'"), ("metrics=randomisation", "needs the stored weights"),
    ("class=7&against=7", "A contrast needs two classes"),
  ])
  func whatMakesNoSenseIsRefused(query: String, words: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.send(.post, "/api/analyses/\(id)/faithfulness?\(query)")
      #expect(response.status == .badRequest)
      let message = try response.errorMessage
      #expect(message.contains(words), "\(message)")
    }
  }

  @Test(arguments: ["[1]", "not json", #"{"class": {"index": 7}}"#, #"{"class": [null]}"#])
  func bodiesThatCannotBeReadAreRefused(body: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.send(.post, "/api/analyses/\(id)/faithfulness", body: Array(body.utf8))
      #expect(response.status == .badRequest)
      #expect(try response.errorMessage.contains("JSON object"))
    }
  }

  @Test func otherRefusals() async throws {
    try await withService { client in
      let id = try await client.upload()
      let path = "/api/analyses/\(id)/faithfulness"
      #expect(try await client.send(.post, path, headers: [.accept: "text/html"]).status == .notAcceptable)
      #expect(try await client.get(path).status == .methodNotAllowed)
      #expect(try await client.send(.post, "/api/analyses/00/faithfulness").status == .notFound)
      #expect(
        try await client.send(.post, path, body: [UInt8](repeating: 32, count: 100_000)).status == .contentTooLarge)
    }
  }
}
