import Autodiff
import Foundation
import HTTPTypes
import Images
import Models
import Testing

@testable import Explain
@testable import Networks
@testable import Web

/// Several methods in one request for maps: `methods`.
@Suite struct SeveralMethodsTests {
  /// Every entry is what the method's own request answers, byte for byte, on each address and without an analysis.
  @Test func aListHasEachMethodAsAlone() async throws {
    try await withService { client in
      let id = try await client.upload()
      for path in ["saliency.json", "receipt.json"] {
        let together = try await client.get(
          "/api/analyses/\(id)/\(path)?class=7&methods=grad-cam,rise,occlusion&rise.masks=20&rise.seed=3"
            + "&occlusion.window=9&layer=stem")
        #expect(together.status == .ok)
        var alone: [String] = []
        for query in [
          "method=grad-cam&layer=stem", "method=rise&masks=20&seed=3", "method=occlusion&window=9",
        ] {
          alone.append(try await client.get("/api/analyses/\(id)/\(path)?class=7&\(query)").text)
        }
        let key = path == "receipt.json" ? "receipts" : "maps"
        #expect(together.text == "{\"\(key)\":[\(alone.joined(separator: ","))]}")
      }
      let stateless = try await client.send(
        .post, "/api/explain?class=7&methods=grad-cam,layercam", body: TestImage.png(),
        headers: [.accept: "application/json"])
      let maps = try #require(try stateless.object["maps"] as? [[String: Any]])
      #expect(maps.map { $0["method"] as? String } == ["grad-cam", "layercam"])
      #expect(stateless.headers[.gazeClass] == "7,7")
    }
  }

  /// Of several classes by several methods: each class's maps together, and an axis for each list.
  @Test func bothListsGiveEachClassByEachMethod() async throws {
    try await withService { client in
      let id = try await client.upload()
      let query = "classes=7,4,9&methods=grad-cam,layercam"
      let json = try await client.get("/api/analyses/\(id)/saliency.json?\(query)").object
      let maps = try #require(json["maps"] as? [[String: Any]])
      #expect(maps.map { ($0["class"] as? [String: Any])?["index"] as? Int } == [7, 7, 4, 4, 9, 9])
      #expect(maps.map { $0["method"] as? String } == (0..<3).flatMap { _ in ["grad-cam", "layercam"] })
      let npy = try await client.get("/api/analyses/\(id)/saliency.npy?\(query)")
      #expect(String(decoding: npy.bytes.prefix(128), as: UTF8.self).contains("(3, 2, 8, 9)"))
      let one = try await client.get("/api/analyses/\(id)/saliency.npy?class=9&method=layercam").bytes
      #expect(npy.bytes.suffix(4 * 72) == one.suffix(4 * 72))
      let ofOne = try await client.get("/api/analyses/\(id)/saliency.npy?class=7&methods=grad-cam")
      #expect(String(decoding: ofOne.bytes.prefix(128), as: UTF8.self).contains("(1, 8, 9)"))
    }
  }

  /// What two methods measure has no unit in common: classes share a range method by method.
  @Test func aSharedRangeIsThatOfOneMethod() async throws {
    try await withService { client in
      let id = try await client.upload()
      func limits(_ query: String) async throws -> [Double] {
        let answer = try await client.get("/api/analyses/\(id)/receipt.json?\(query)").object
        let receipts = try #require(answer["receipts"] as? [[String: Any]])
        return receipts.compactMap { ($0["display"] as? [String: Any])?["limit"] as? Double }
      }
      let both = try await limits("classes=7,4&methods=grad-cam,layercam")
      let gradCAM = try await limits("classes=7,4&method=grad-cam")
      let layerCAM = try await limits("classes=7,4&method=layercam")
      #expect(both == [gradCAM[0], layerCAM[0], gradCAM[1], layerCAM[1]])
      #expect(gradCAM[0] == gradCAM[1] && layerCAM[0] == layerCAM[1] && gradCAM[0] != layerCAM[0])
      // By itself a class has no other to share with.
      let alone = try await limits("class=7&methods=grad-cam,layercam")
      let own = try await limits("classes=7&methods=grad-cam,layercam")
      #expect(alone == own)
    }
  }

  @Test func theSheetHasARowForEachClassAndNamesTheMethods() async throws {
    try await withService { client in
      let id = try await client.upload()
      let classifier = TinyNetwork.classifier("tiny", passes: ForwardPassCounter())
      let analysis = try Analysis(of: TestImage.png(), by: classifier, on: Engine(threadCount: 1))
      let maps = try [7, 4].flatMap { index in
        try [CAMRule.gradCAM, .layerCAM].map {
          try analysis.explain(ClassActivationMap($0), target: Target(index))
        }
      }
      let expected = try encodePNG(
        pictureSheet(
          of: maps, over: analysis.display, recipes: maps.map { _ in DisplayRecipe() }, namesMethods: true, columns: 2))
      let sheet = try await client.get(
        "/api/analyses/\(id)/heatmap.png?classes=7,4&methods=grad-cam,layercam&range=own")
      #expect(sheet.bytes == expected)
      // As many pictures of one method are three in a row at most, and their captions have no method.
      let unnamed = try encodePNG(
        pictureSheet(
          of: maps, over: analysis.display, recipes: maps.map { _ in DisplayRecipe() }, namesMethods: false, columns: 2)
      )
      #expect(unnamed != expected)
    }
  }

  @Test func oneMethodTakesItsParametersEitherWay() async throws {
    try await withService { client in
      let id = try await client.upload()
      let plain = try await client.get("/api/analyses/\(id)/receipt.json?method=rise&masks=20&seed=3")
      let prefixed = try await client.get("/api/analyses/\(id)/receipt.json?method=rise&rise.masks=20&seed=3")
      #expect(plain.status == .ok && prefixed.bytes == plain.bytes)
      let report = try await client.send(
        .post, "/api/analyses/\(id)/faithfulness",
        body: Array(#"{"methods": ["rise"], "rise.masks": 20, "metrics": "confidence"}"#.utf8))
      #expect(report.status == .ok, "\(report.text)")
    }
  }

  @Test(arguments: [
    ("methods=", "methods", "must name methods"), ("methods=rise,rise", "methods", "names a method twice"),
    ("methods=rise&method=rise", "methods", "either 'method' or 'methods'"),
    ("methods=rise,magic", "methods", "no method 'magic'"), ("method=magic", "method", "no method 'magic'"),
    ("methods=grad-cam,rise&masks=20", "masks", "such as grad-cam.masks"),
    ("methods=grad-cam,rise&rise.masks=0", "rise.masks", "whole number from 1"),
    ("methods=grad-cam,rise&occlusion.window=3", "occlusion.window", "no parameter"),
    ("method=rise&masks=3&rise.masks=4", "masks", "the same"),
    ("methods=rise,occlusion&layer=stem", "layer", "looks at no layer"),
    ("methods=grad-cam,layercam&overlay=false", "overlay", "one method"),
    (
      "methods=grad-cam,layercam,xgrad-cam,hirescam&classes=\((0..<20).map(String.init).joined(separator: ","))",
      "methods", "are 80 maps"
    ),
  ])
  func whatMakesNoSenseIsRefused(query: String, field: String, words: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/heatmap.png?\(query)")
      #expect(response.status == .badRequest)
      #expect(try response.errorMessage.contains(words), "\(response.text)")
      #expect(try response.errorField == field, "\(response.text)")
    }
  }

  /// Maps of several sizes are no array; on the network's input they are, and in JSON each has its own.
  @Test func mapsOfSeveralSizesAreNoArray() async throws {
    let models = TinyModels()
    try await withService(models: models) { client in
      let id = try await client.upload()
      let before = models.passes.count
      let path = "/api/analyses/\(id)/saliency.npy?methods=grad-cam,rise&rise.masks=20"
      let refused = try await client.get(path)
      #expect(refused.status == .badRequest)
      #expect(try refused.errorField == "resolution")
      #expect(models.passes.count == before, "it is refused before it is computed")
      #expect(try await client.get(path + "&resolution=input").status == .ok)
    }
  }
}
