import Autodiff
import Foundation
import HTTPTypes
import Images
import Models
import Testing

@testable import Explain
@testable import Networks
@testable import Web

/// Several classes in one request for maps: `classes`.
@Suite struct SeveralClassesTests {
  private static let classes = [7, 4, TinyNetwork.negativeClass]

  /// What the rooms below say of the test image.
  private static func reference(
    by method: any AttributionMethod = ClassActivationMap(.gradCAM)
  ) throws -> (Analysis, [Attribution]) {
    let classifier = TinyNetwork.classifier("tiny", passes: ForwardPassCounter())
    let analysis = try Analysis(of: TestImage.png(), by: classifier, on: Engine(threadCount: 1))
    return (analysis, try classes.map { try analysis.explain(method, target: Target($0)) })
  }

  @Test func anArrayHasOneMapAClass() async throws {
    try await withService { client in
      let id = try await client.upload()
      let (_, expected) = try Self.reference()
      let response = try await client.get("/api/analyses/\(id)/saliency.npy?classes=7,n00001004,kind%2038")
      #expect(response.bytes == NPY.encode(expected.flatMap(\.map.values), shape: [3, 8, 9]))
      #expect(response.headers[.gazeClass] == "7,4,38")
      #expect(response.headers[.gazeStatus] == "ok,ok,no_positive_evidence")
      let atInput = try await client.get("/api/analyses/\(id)/saliency.npy?classes=4&resolution=input")
      #expect(atInput.bytes == NPY.encode(expected[1].mapOnInput().values, shape: [1, 29, 33]))
    }
  }

  /// Every entry is what the class's own request answers, byte for byte.
  @Test func aListHasEachClassAsAlone() async throws {
    try await withService { client in
      let id = try await client.upload()
      for path in ["saliency.json", "receipt.json"] {
        let query = "against=9&method=occlusion&window=9&stride=6&evidence=signed&range=own"
        let together = try await client.get("/api/analyses/\(id)/\(path)?classes=7,4,38&\(query)")
        #expect(together.status == .ok)
        var alone: [String] = []
        for index in Self.classes {
          alone.append(try await client.get("/api/analyses/\(id)/\(path)?class=\(index)&\(query)").text)
        }
        let key = path == "receipt.json" ? "receipts" : "maps"
        #expect(together.text == "{\"\(key)\":[\(alone.joined(separator: ","))]}")
      }
    }
  }

  @Test func picturesStandSideBySide() async throws {
    try await withService { client in
      let id = try await client.upload()
      let (analysis, expected) = try Self.reference()
      let own = try await client.get("/api/analyses/\(id)/heatmap.png?classes=7,4,38&range=own")
      #expect(
        try own.bytes
          == encodePNG(
            pictureSheet(of: expected, over: analysis.display, recipes: expected.map { _ in DisplayRecipe() })))
      let shared = try await client.get("/api/analyses/\(id)/heatmap.png?classes=7,4,38&range=shared")
      let range = DisplayRange.shared(by: expected.map(\.map), evidence: .positive)
      #expect(
        try shared.bytes
          == encodePNG(
            pictureSheet(
              of: expected, over: analysis.display, recipes: expected.map { _ in DisplayRecipe(range: range) })))
      #expect(shared.bytes != own.bytes)
      // Pictures that stand side by side are to be compared: they share their range unless another is asked for.
      #expect(try await client.get("/api/analyses/\(id)/heatmap.png?classes=7,4,38").bytes == shared.bytes)
    }
  }

  /// A range that is shared is in each picture and in its receipt.
  @Test func theSharedRangeIsInEveryReceipt() async throws {
    try await withService { client in
      let id = try await client.upload()
      let (analysis, expected) = try Self.reference()
      let range = DisplayRange.shared(by: expected.map(\.map), evidence: .positive)
      let answer = try await client.get(
        "/api/analyses/\(id)/saliency.json?classes=7,4,38&range=shared&include=picture"
      ).object
      let maps = try #require(answer["maps"] as? [[String: Any]])
      #expect(maps.count == 3)
      for (map, attribution) in zip(maps, expected) {
        let png = try #require(Data(base64Encoded: map["picture_png"] as? String ?? ""))
        let recipe = DisplayRecipe(range: range)
        #expect(try [UInt8](png) == attribution.png(over: analysis.display, recipe: recipe, isOverlay: true))
        let display = try #require((map["receipt"] as? [String: Any])?["display"] as? [String: Any])
        // Foundation reads the last bit otherwise than it was written.
        let limit = try #require(display["limit"] as? Double)
        #expect(abs(limit - range.limit(of: attribution.map)) < 1e-12)
      }
    }
  }

  /// One forward pass for the image, and for methods that run the network again as many as for one class.
  @Test(arguments: [("grad-cam", 1), ("saliency", 2), ("smoothgrad&samples=3", 4), ("rise&masks=20", 21)])
  func allClassesShareTheForwardPasses(method: String, passes: Int) async throws {
    let models = TinyModels()
    try await withService(models: models) { client in
      let response = try await client.send(
        .post, "/api/explain?classes=7,4,38&method=\(method)", body: TestImage.png(),
        headers: [.accept: "application/json"])
      #expect(response.status == .ok)
      #expect(models.passes.count == passes)
      #expect((try response.object["predictions"] as? [[String: Any]])?.count == 5)
      #expect((try response.object["maps"] as? [[String: Any]])?.count == 3)
    }
  }

  /// Maps that are remembered are not made again, those of a list as those of one class.
  @Test func mapsAreRememberedOneByOne() async throws {
    let models = TinyModels()
    try await withService(models: models) { client in
      let id = try await client.upload()
      let query = "method=rise&masks=20"
      let one = try await client.get("/api/analyses/\(id)/saliency.npy?class=4&\(query)").bytes
      let before = models.passes.count
      let all = try await client.get("/api/analyses/\(id)/saliency.npy?classes=7,4&\(query)").bytes
      #expect(models.passes.count == before + 20)
      #expect(Array(all.suffix(4 * 29 * 33)) == Array(one.suffix(4 * 29 * 33)))
      _ = try await client.get("/api/analyses/\(id)/heatmap.png?class=7&\(query)")
      #expect(models.passes.count == before + 20)
    }
  }

  @Test(arguments: [
    ("classes=", "from 1 to 20 classes"), ("classes=7,7", "names a class twice"), ("classes=7,kind%207", "twice"),
    ("classes=7&class=4", "either 'class' or 'classes'"), ("classes=7&classes=4", "given 2 times"),
    ("class=7&class=4", "several classes as classes=281,282"),
    ("classes=\((0..<21).map(String.init).joined(separator: ","))", "from 1 to 20 classes"),
    ("classes=7,4&against=4", "A contrast needs two classes"),
    ("classes=7&range=shared", "range=shared needs several classes"),
    ("classes=7,4&shared_with=3", "needs range=shared"),
    ("classes=7,4&method=smoothgrad&samples=900&augmentation=flip-and-scale", "16205 passes"),
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
    }
  }

  @Test func otherRefusals() async throws {
    try await withService { client in
      let id = try await client.upload()
      let path = "/api/analyses/\(id)"
      #expect(try await client.get("\(path)/heatmap.png?classes=7,nosuch").status == .notFound)
      #expect(try await client.get("\(path)/heatmap.png?classes=7,,4").status == .badRequest)
      let alone = try await client.get("\(path)/heatmap.png?classes=7,4&overlay=false")
      #expect(alone.status == .badRequest)
      #expect(try alone.errorMessage.contains("the heatmap alone is for one class"))
    }
  }
}
