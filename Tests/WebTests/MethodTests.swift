import Autodiff
import Foundation
import HTTPTypes
import Images
import Models
import Serving
import Testing

@testable import Explain
@testable import Networks
@testable import Web

/// Every method and way of display over HTTP, against what the rooms below say of the same image.
@Suite struct MethodTests {
  @Test func theCatalogIsListed() async throws {
    try await withService { client in
      let answer = try await client.get("/api/methods").object
      #expect(answer["default"] as? String == "grad-cam")
      let methods = try #require(answer["methods"] as? [[String: Any]])
      #expect(methods.map { $0["name"] as? String } == MethodCatalog.entries.map(\.name))
      let rise = try #require(methods.first { $0["name"] as? String == "rise" })
      #expect(rise["family"] as? String == "black-box")
      #expect(rise["uses_layer"] as? Bool == false)
      #expect(methods[0]["uses_layer"] as? Bool == true)
      let masks = try #require((rise["parameters"] as? [[String: Any]])?.first)
      #expect(masks["name"] as? String == "masks")
      #expect(masks["kind"] as? String == "integer")
      #expect(masks["min"] as? Int == 1 && masks["max"] as? Int == 100_000)
      #expect(masks["default"] as? Int == 2000)
      #expect(masks["help"] as? String == "How many masks.")
      let score = try #require((rise["parameters"] as? [[String: Any]])?.last)
      #expect(score["choices"] as? [String] == ["logit", "probability"])
      #expect(score["default"] as? String == "probability")
    }
  }

  /// Small parameters where the method has costly ones.
  private static func query(of name: String) -> String {
    switch name {
    case "smoothgrad": "&samples=3&seed=5"
    case "integrated-gradients": "&steps=4&baseline=blur&sigma=2"
    case "occlusion": "&window=9&stride=6"
    case "rise": "&masks=20&seed=3&score=logit"
    default: ""
    }
  }

  /// What the test's model can be asked for: it has no attention.
  private static let methods = MethodCatalog.entries.filter { $0.family != .attention }.map(\.name)

  @Test func attentionIsRefusedWhereThereIsNone() async throws {
    try await withService { client in
      let id = try await client.upload()
      let answer = try await client.get("/api/analyses/\(id)/heatmap.png?class=7&method=legrad")
      #expect(answer.status == .badRequest)
    }
  }

  @Test(arguments: methods)
  func everyMethodAnswersInEveryForm(name: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let written = Self.query(of: name)
      let query = "?class=7&method=\(name.replacing("+", with: "%2B"))\(written)"
      let values = Dictionary(
        uniqueKeysWithValues: written.split(separator: "&").map { pair in
          let parts = pair.split(separator: "=").map(String.init)
          return (parts[0], parts[1])
        })
      let method = try MethodCatalog.method(named: name, values)
      let (analysis, expected) = try Self.reference(Target(7), by: method)

      let npy = try await client.get("/api/analyses/\(id)/saliency.npy\(query)")
      #expect(npy.bytes == NPY.encode(expected.map))
      let picture = try await client.get("/api/analyses/\(id)/heatmap.png\(query)")
      #expect(try picture.bytes == expected.png(over: analysis.display, recipe: DisplayRecipe(), isOverlay: true))
      #expect(picture.headers[.gazeClass] == "7")

      let json = try await client.get("/api/analyses/\(id)/saliency.json\(query)").object
      #expect(json["method"] as? String == name)
      if method.usesLayer {
        #expect(json["layer"] as? String == "features")
      } else {
        #expect(json["layer"] is NSNull)
      }
      let receipt = try #require(json["receipt"] as? [String: Any])
      let parameters = try #require((receipt["method"] as? [String: Any])?["parameters"] as? [String: Any])
      #expect(Set(parameters.keys) == Set(method.parameters.map(\.name)))
      #expect(try await client.get("/analyses/\(id)\(query)", headers: [.accept: "text/html"]).status == .ok)
    }
  }

  @Test(arguments: [
    ("method=nosuch", "There is no method 'nosuch'. There are grad-cam, "),
    ("method=", "There is no method ''."),
    ("method=rise&masks=0", "'masks' must be a whole number from 1 to 100000."),
    ("method=rise&mask=5", "The method 'rise' has no parameter 'mask'. It has masks, cells, "),
    ("masks=5", "The method 'grad-cam' has no parameter 'masks', and no other."),
    ("method=rise&masks=5&masks=6", "given 2 times; give it once."),
    ("method=rise&layer=features", "looks at no layer"),
    ("method=rise&masks=10001", "the limit of a request is 10000"),
    ("method=smoothgrad&samples=900&augmentation=flip-and-scale&masks=1", "has no parameter 'masks'"),
    ("method=rise&masks=6000&augmentation=flip", "12001 passes"),
    ("class=7&against=7", "A contrast needs two classes"), ("against=", "'against' is empty"),
    ("layer=stem,stem", "names a layer twice"), ("fusion=median", "mean, max"), ("augmentation=turn", "none, flip"),
    ("evidence=all", "positive, negative, signed"), ("evidence=signed&colormap=turbo", "needs coolwarm or bwr"),
    ("range=0", "'range' must be"), ("range=p101", "'range' must be"), ("range=inf", "'range' must be"),
    ("range=shared", "range=shared needs several classes"), ("shared_with=3", "needs range=shared"),
    ("contours=0.5,1", "above 0 and below 1"), ("contours=a", "above 0 and below 1"), ("unseen=dark", "hatched, plain"),
    ("colorbar=1", "true, false"),
  ])
  func whatMakesNoSenseIsRefused(query: String, words: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      for path in ["heatmap.png", "receipt.json"] {
        let response = try await client.get("/api/analyses/\(id)/\(path)?\(query)")
        #expect(response.status == .badRequest)
        let message = try response.errorMessage
        #expect(message.contains(words), "\(message)")
      }
      let page = try await client.get("/analyses/\(id)?\(query)", headers: [.accept: "text/html"])
      let isForgiven = ["against=", "method=", "evidence=signed&colormap=turbo"].contains(query)
      #expect(page.status == (isForgiven ? .ok : .badRequest))
      #expect(page.text.contains("/api/analyses/\(id)/heatmap.png?class="), "a map is shown all the same")
    }
  }

  @Test func unknownClassesAndLayersAreNotFound() async throws {
    try await withService { client in
      let id = try await client.upload()
      for (query, code) in [
        ("against=nosuch", "unknown_class"), ("range=shared&shared_with=nosuch", "unknown_class"),
        ("layer=features,nosuch", "unknown_layer"), ("layer=features,", "unknown_layer"),
      ] {
        let response = try await client.get("/api/analyses/\(id)/heatmap.png?\(query)")
        #expect(response.status == .notFound)
        #expect(try response.errorCode == code)
      }
    }
  }

  /// The map is linear in the logits' seed, so the contrast's map is the difference of the two.
  @Test func aContrastIsTheDifferenceOfTwoClasses() async throws {
    try await withService { client in
      let id = try await client.upload()
      let values = { @Sendable (query: String) -> [Double] in
        let object = try await client.get("/api/analyses/\(id)/saliency.json?\(query)").object
        return try #require(object["values"] as? [[Double]]).flatMap { $0 }
      }
      let contrast = try await values("class=7&against=n00001004")
      let (one, other) = (try await values("class=7"), try await values("class=4"))
      for index in contrast.indices { #expect(abs(contrast[index] - (one[index] - other[index])) < 1e-5) }
      let json = try await client.get("/api/analyses/\(id)/saliency.json?class=7&against=4").object
      #expect((json["against"] as? [String: Any])?["label"] as? String == "kind 4")
      #expect((json["class"] as? [String: Any])?["index"] as? Int == 7)
    }
  }

  @Test func severalLayersAreFused() async throws {
    try await withService { client in
      let id = try await client.upload()
      let (_, expected) = try Self.reference(
        Target(7), by: ClassActivationMap(.gradCAM), layers: ["stem", "features"], fusion: .maximum)
      let query = "?class=7&layer=stem,features&fusion=max"
      #expect(try await client.get("/api/analyses/\(id)/saliency.npy\(query)").bytes == NPY.encode(expected.map))
      let json = try await client.get("/api/analyses/\(id)/saliency.json\(query)").object
      #expect(json["layer"] as? String == "stem,features")
      let page = try await client.get("/analyses/\(id)\(query)", headers: [.accept: "text/html"]).text
      #expect(page.contains("layer=stem,features&amp;fusion=max"), "links keep what is shown")
    }
  }

  @Test func everyWayOfDisplayIsTheRendersOwn() async throws {
    let all = DisplayRecipe(
      colorMap: .bwr, opacity: 0.7, evidence: .signed, range: .percentile(90), contours: [0.25, 0.5], unseen: .plain,
      hasColorBar: true)
    let cases: [(String, DisplayRecipe)] = [
      ("evidence=signed", DisplayRecipe(colorMap: .coolwarm, evidence: .signed)),
      ("evidence=negative", DisplayRecipe(evidence: .negative)),
      ("range=2.5", DisplayRecipe(range: .fixed(2.5))),
      ("fade=value", DisplayRecipe(fade: .value)),
      (
        "evidence=signed&colormap=bwr&alpha=0.7&range=p90&contours=0.25,0.5&unseen=plain&colorbar=true", all
      ),
    ]
    try await withService { client in
      let id = try await client.upload()
      let (analysis, expected) = try Self.reference(Target(7), by: ClassActivationMap(.gradCAM))
      for (query, recipe) in cases {
        let picture = try await client.get("/api/analyses/\(id)/heatmap.png?class=7&\(query)").bytes
        #expect(try picture == expected.png(over: analysis.display, recipe: recipe, isOverlay: true), "\(query)")
      }
      let (_, other) = try Self.reference(Target(9), by: ClassActivationMap(.gradCAM))
      let range = DisplayRange.shared(by: [expected.map, other.map], evidence: .positive)
      for (index, map) in [(7, expected), (9, other)] {
        let picture = try await client.get(
          "/api/analyses/\(id)/heatmap.png?class=\(index)&range=shared&shared_with=7,9"
        ).bytes
        #expect(try picture == map.png(over: analysis.display, recipe: DisplayRecipe(range: range), isOverlay: true))
      }
    }
  }

  @Test func theSameReceiptGivesTheSameBytes() async throws {
    let query =
      "?class=7&against=4&method=smoothgrad&samples=4&seed=9&channels=sum&evidence=signed&colorbar=true&contours=0.5"
    try await withService { client in
      let id = try await client.upload()
      // The second of each comes from the maps that are remembered.
      var answers: [[UInt8]] = []
      for _ in 0..<2 { answers.append(try await client.get("/api/analyses/\(id)/receipt.json" + query).bytes) }
      #expect(answers[0] == answers[1])
      let picture = try await client.get("/api/analyses/\(id)/heatmap.png" + query).bytes
      let receiptText = answers[0]
      try await withService(engine: Engine(threadCount: 1)) { other in
        let id = try await other.upload()
        #expect(try await other.get("/api/analyses/\(id)/receipt.json" + query).bytes == receiptText)
        #expect(try await other.get("/api/analyses/\(id)/heatmap.png" + query).bytes == picture)
      }

      let receipt = try #require(try JSONSerialization.jsonObject(with: Data(answers[0])) as? [String: Any])
      let display = try #require(receipt["display"] as? [String: Any])
      #expect(display["colormap"] as? String == "coolwarm")
      #expect(display["evidence"] as? String == "signed")
      #expect(display["contours"] as? [Double] == [0.5])
      #expect(display["unseen"] as? String == "hatched")
      #expect(display["colorbar"] as? Bool == true)
      #expect(display["overlay"] as? Bool == true)
      #expect(display["image"] as? [String: Int] == ["width": 97, "height": 61])
      let target = try #require(receipt["target"] as? [String: Any])
      #expect((target["against"] as? [String: Any])?["index"] as? Int == 4)
      let changed = try await client.get(
        "/api/analyses/\(id)/receipt.json" + query.replacing("seed=9", with: "seed=8")
      ).bytes
      #expect(changed != answers[0])
    }
  }

  /// Whatever else is asked for at the same time, by one thread and by two: each receipt's picture and numbers have the
  /// same bytes.
  @Test func receiptsHoldUnderLoad() async throws {
    let queries = Self.methods.map { name in
      "?class=7&method=\(name.replacing("+", with: "%2B"))\(Self.query(of: name))&colorbar=true"
    }
    @Sendable func answers(_ client: Client, _ query: String) async throws -> [[UInt8]] {
      // A fresh analysis, so that nothing is remembered.
      let id = try await client.upload()
      var answers: [[UInt8]] = []
      for path in ["receipt.json", "saliency.npy", "heatmap.png"] {
        answers.append(try await client.get("/api/analyses/\(id)/\(path)\(query)").bytes)
      }
      return answers
    }
    let expected = Guarded<[String: [[UInt8]]]>([:])
    try await withService(engine: Engine(threadCount: 1)) { client in
      for query in queries {
        let answers = try await answers(client, query)
        expected.withLock { $0[query] = answers }
      }
    }
    let known = expected.withLock { $0 }
    #expect(Set(known.values.map { $0[0] }).count == queries.count)
    for threads in [1, 2] {
      try await withService(
        engine: Engine(threadCount: threads),
        configuration: [.set(\.limits.computeSlots, 4), .set(\.limits.turnTime, .zero)]
      ) { client in
        try await withThrowingTaskGroup(of: (String, [[UInt8]]).self) { group in
          for query in queries + queries.reversed() { group.addTask { (query, try await answers(client, query)) } }
          for try await (query, answers) in group { #expect(answers == known[query], "\(query)") }
        }
      }
    }
  }

  /// Picture, numbers and receipt of one map are computed once; another map is another.
  @Test func aMapIsRememberedWithItsAnalysis() async throws {
    let models = TinyModels()
    try await withService(models: models) { client in
      let id = try await client.upload()
      let query = "?class=7&method=rise&masks=30"
      let first = try await client.get("/api/analyses/\(id)/saliency.npy" + query).bytes
      let passes = models.passes.count
      for path in ["saliency.npy", "heatmap.png", "receipt.json", "saliency.json"] {
        #expect(try await client.get("/api/analyses/\(id)/\(path)\(query)&").status == .ok)
      }
      #expect(models.passes.count == passes)
      #expect(try await client.get("/api/analyses/\(id)/saliency.npy\(query)&seed=1").bytes != first)
      #expect(models.passes.count > passes)
    }
  }

  @Test func statelessRequestsTakeMethodsToo() async throws {
    try await withService { client in
      let query = "?class=7&method=occlusion&window=9&stride=6"
      let (_, expected) = try Self.reference(Target(7), by: Occlusion(window: 9, stride: 6))
      let npy = try await client.send(
        .post, "/api/explain" + query, body: TestImage.png(), headers: [.accept: "application/x-npy"])
      #expect(npy.bytes == NPY.encode(expected.map))

      // A form's own fields that mean nothing are passed over; those of the method count.
      var form = TestForm()
      form.add("note", "hello")
      form.add("method", "occlusion")
      form.add("window", "9")
      form.add("stride", "6")
      form.add("class", "7")
      form.add("image", file: TestImage.png())
      form.end()
      let sent = try await client.send(
        .post, "/api/explain", body: form.bytes,
        headers: [.accept: "application/x-npy", .contentType: TestForm.contentType])
      #expect(sent.bytes == npy.bytes)
    }
  }

  // MARK: Limits

  @Test func whatTakesTooLongIsStopped() async throws {
    try await withService(configuration: [.set(\.limits.maximumComputeTime, .zero)]) { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/heatmap.png?method=rise&masks=500")
      #expect(response.status == .serviceUnavailable)
      #expect(try response.errorCode == "took_too_long")
      #expect(try response.errorMessage.contains("fewer masks"))
    }
  }

  /// What the rooms below say of the test image.
  private static func reference(
    _ target: Target, by method: any AttributionMethod, layers: [String] = [], fusion: LayerFusion = .mean
  ) throws -> (Analysis, Attribution) {
    let classifier = TinyNetwork.classifier("tiny", passes: ForwardPassCounter())
    let analysis = try Analysis(of: TestImage.png(), by: classifier, on: Engine(threadCount: 1))
    return (analysis, try analysis.explain(method, target: target, layers: layers, fusion: fusion))
  }
}
