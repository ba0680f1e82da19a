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

@Suite struct AnalysisTests {
  @Test func anUploadAnswersWithItsAnalysis() async throws {
    try await withService { client in
      let response = try await client.send(.post, "/api/analyses?top=3", body: TestImage.png())
      #expect(response.status == .created)
      #expect(response.headers[.contentType] == "application/json")
      let answer = try response.object
      let id = try #require(answer["id"] as? String)
      #expect(id.wholeMatch(of: /[0-9a-f]{8}\.[0-9a-f]{32}/) != nil)
      #expect(response.headers[.location] == "/api/analyses/\(id)")
      #expect(answer["model"] as? String == "tiny")
      #expect(answer["layer"] as? String == "features")
      #expect(answer["class_count"] as? Int == 40)
      #expect(answer["expires_in_seconds"] as? Int == 900)
      let image = try #require(answer["image"] as? [String: Any])
      #expect(image["width"] as? Int == 97)
      #expect(image["height"] as? Int == 61)
      #expect(image["format"] as? String == "png")
      let input = try #require(answer["input"] as? [String: Any])
      #expect(input["width"] as? Int == 33)
      #expect(input["height"] as? Int == 29)
      // The shorter side, 61, becomes 36 and the longer 57: the crop of 33 by 29 is 33·97/57 by 29·61/36 of the
      // original's pixels, from the middle: 12·97/57 and 4·61/36 from the top left, since 3.5 is rounded to even.
      let crop = try #require(answer["crop"] as? [String: Double])
      #expect(abs(crop["x"]! - 12 * 97 / 57) < 1e-9)
      #expect(abs(crop["y"]! - 4 * 61 / 36.0) < 1e-9)
      #expect(abs(crop["width"]! - 33 * 97 / 57.0) < 1e-9)
      #expect(abs(crop["height"]! - 29 * 61 / 36.0) < 1e-9)
      let timings = try #require(answer["timings_ms"] as? [String: Double])
      #expect(Set(timings.keys) == ["decode", "preprocess", "forward", "total"])
      let links = try #require(answer["links"] as? [String: String])
      #expect(
        links == [
          "self": "/api/analyses/\(id)", "page": "/analyses/\(id)", "image": "/api/analyses/\(id)/image.jpg",
          "input": "/api/analyses/\(id)/input.png",
          "heatmap": "/api/analyses/\(id)/heatmap.png", "saliency_npy": "/api/analyses/\(id)/saliency.npy",
          "saliency_json": "/api/analyses/\(id)/saliency.json", "receipt": "/api/analyses/\(id)/receipt.json",
          "bundle": "/api/analyses/\(id)/bundle.zip", "cube": "/api/analyses/\(id)/cube.npy",
          "events": "/api/analyses/\(id)/events", "faithfulness": "/api/analyses/\(id)/faithfulness",
        ])
    }
  }

  @Test func predictionsFallAndNameTheirClasses() async throws {
    try await withService { client in
      let response = try await client.send(.post, "/api/analyses?top=40", body: TestImage.png())
      let predictions = try #require(try response.object["predictions"] as? [[String: Any]])
      #expect(predictions.count == 40)
      let probabilities = predictions.compactMap { $0["probability"] as? Double }
      #expect(probabilities == probabilities.sorted(by: >))
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
      for prediction in predictions {
        let index = try #require(prediction["index"] as? Int)
        if index.isMultiple(of: 2) {
          #expect(prediction["wnid"] as? String == "n0000\(1000 + index)")
        } else {
          #expect(prediction["wnid"] is NSNull)
        }
      }
      #expect(try #require(predictions.first { $0["index"] as? Int == TinyNetwork.zeroClass })["logit"] as? Double == 0)
    }
  }

  @Test func aKeptAnalysisAnswersTheSameAgain() async throws {
    try await withService { client in
      let created = try await client.send(.post, "/api/analyses", body: TestImage.png())
      let id = try #require(try created.object["id"] as? String)
      let again = try await client.get("/api/analyses/\(id)")
      #expect(again.status == .ok)
      #expect(again.bytes == created.bytes)
      #expect((try await client.get("/api/analyses/\(id)?top=2").object["predictions"] as? [Any])?.count == 2)
    }
  }

  @Test(arguments: ["image/jpeg", "text/plain", "application/x-www-form-urlencoded", "", nil])
  func theBytesSayWhatAnImageIsWhateverTheContentType(type: String?) async throws {
    try await withService { client in
      var headers: HTTPFields = [:]
      headers[.contentType] = type
      let response = try await client.send(.post, "/api/analyses", body: TestImage.png(), headers: headers)
      #expect(response.status == .created)
    }
  }

  @Test func jpegIsTakenToo() async throws {
    try await withService { client in
      let response = try await client.send(.post, "/api/analyses", body: encodeJPEG(TestImage.image()))
      #expect((try response.object["image"] as? [String: Any])?["format"] as? String == "jpeg")
    }
  }

  @Test func aFormNamesImageAndModel() async throws {
    try await withService { client in
      var form = TestForm()
      form.add("model", "other")
      form.add("image", file: TestImage.png())
      form.end()
      let headers: HTTPFields = [.contentType: TestForm.contentType]
      let response = try await client.send(.post, "/api/analyses", body: form.bytes, headers: headers)
      #expect(response.status == .created)
      #expect(try response.object["model"] as? String == "other")
      let query = try await client.send(.post, "/api/analyses?model=tiny", body: form.bytes, headers: headers)
      #expect(try query.object["model"] as? String == "tiny", "the query goes before the form")
    }
  }

  @Test func theImageIsGivenBackSmall() async throws {
    try await withService { client in
      let id = try await client.upload(TestImage.png(width: 1500, height: 300))
      let response = try await client.get("/api/analyses/\(id)/image.jpg")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "image/jpeg")
      #expect(response.headers[.cacheControl] == "private, no-cache")
      #expect(try decodeImage(response.bytes).image.size == ImageSize(width: 1024, height: 205))
    }
  }

  @Test func theInputIsWhatTheNetworkSaw() async throws {
    try await withService { client in
      let id = try await client.upload(TestImage.png(width: 150, height: 61))
      let response = try await client.get("/api/analyses/\(id)/input.png")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "image/png")
      let preprocessing = TinyNetwork.classifier("tiny", passes: ForwardPassCounter()).manifest.preprocessing
      let decoded = try decodeImage(TestImage.png(width: 150, height: 61))
      #expect(try decodeImage(response.bytes).image == preprocessing.crop(of: decoded).image)
    }
  }

  // MARK: Pictures

  @Test func theHeatmapIsBlendedOverTheImage() async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/heatmap.png?class=kind+7&alpha=0.25&colormap=viridis")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "image/png")
      #expect(response.headers[.contentLength] == String(response.bytes.count))
      #expect(response.headers[HTTPField.Name("X-Gaze-Class")!] == "7")
      #expect(response.headers[HTTPField.Name("X-Gaze-Status")!] == "ok")
      let picture = try decodeImage(response.bytes).image

      let (analysis, map) = try Self.reference(classIndex: 7)
      let expected = try renderOverlay(
        map.map, over: analysis.display, crop: map.geometry.region, originalSize: map.geometry.original,
        recipe: DisplayRecipe(colorMap: .viridis, opacity: 0.25))
      #expect(picture == expected.picture)
    }
  }

  @Test func theHeatmapAloneIsTransparentOutsideTheCrop() async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/heatmap.png?overlay=false&alpha=1")
      let (analysis, map) = try Self.reference(classIndex: nil)
      let expected = try renderHeatmap(
        map.map, crop: map.geometry.region, originalSize: map.geometry.original, pictureSize: analysis.display.size,
        recipe: DisplayRecipe(opacity: 1))
      #expect(response.bytes == encodePNG(expected.picture))
    }
  }

  @Test(arguments: [(TinyNetwork.negativeClass, "no_positive_evidence"), (TinyNetwork.zeroClass, "flat"), (7, "ok")])
  func aMapWithNothingToShowSaysSo(classIndex: Int, status: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      for path in ["heatmap.png", "saliency.npy", "saliency.json", "receipt.json"] {
        let response = try await client.get("/api/analyses/\(id)/\(path)?class=\(classIndex)")
        #expect(response.headers[HTTPField.Name("X-Gaze-Status")!] == status)
      }
      for form in ["image/png", "application/x-npy", "application/json"] {
        let response = try await client.send(
          .post, "/api/explain?class=\(classIndex)", body: TestImage.png(), headers: [.accept: form])
        #expect(response.headers[HTTPField.Name("X-Gaze-Status")!] == status)
        if form == "application/json" { #expect(try response.object["status"] as? String == status) }
      }
      let json = try await client.get("/api/analyses/\(id)/saliency.json?class=\(classIndex)").object
      #expect(json["status"] as? String == status)
      for receipt in [
        json["receipt"] as? [String: Any],
        try await client.get("/api/analyses/\(id)/receipt.json?class=\(classIndex)").object,
      ] { #expect((receipt?["map"] as? [String: Any])?["status"] as? String == status) }
      let page = try await client.get("/analyses/\(id)?class=\(classIndex)", headers: [.accept: "text/html"]).text
      #expect(page.contains("No part of the picture speaks for") == (status == "no_positive_evidence"))
      #expect(page.contains("is the same everywhere") == (status == "flat"))
    }
  }

  // MARK: Numbers

  @Test func theRawMapIsANumPyFile() async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/saliency.npy?class=5")
      #expect(response.headers[.contentType] == "application/x-npy")
      let (_, map) = try Self.reference(classIndex: 5)
      #expect(map.map.height == 8 && map.map.width == 9)
      #expect(response.bytes == NPY.encode(map.map))
    }
  }

  /// An earlier layer has a larger map and is computed from what is kept: no second forward pass.
  @Test func anyLayerIsExplainedWithoutAnotherForwardPass() async throws {
    let models = TinyModels()
    try await withService(models: models) { client in
      let id = try await client.upload()
      let passes = models.passes.count
      let answer = try await client.get("/api/analyses/\(id)/saliency.json?class=5&layer=stem").object
      #expect(answer["layer"] as? String == "stem")
      #expect(answer["shape"] as? [Int] == [15, 17])
      let own = try await client.get("/api/analyses/\(id)/saliency.npy?class=5&layer=features").bytes
      #expect(own == (try await client.get("/api/analyses/\(id)/saliency.npy?class=5").bytes))
      #expect(models.passes.count == passes)
    }
  }

  @Test func theRawMapStandsInJSONWithItsContext() async throws {
    try await withService { client in
      let id = try await client.upload()
      let answer = try await client.get("/api/analyses/\(id)/saliency.json?class=n00001006").object
      let (analysis, map) = try Self.reference(classIndex: 6)
      #expect(answer["model"] as? String == "tiny")
      #expect(answer["method"] as? String == "grad-cam")
      #expect(answer["layer"] as? String == "features")
      #expect(answer["resolution"] as? String == "layer")
      #expect(answer["shape"] as? [Int] == [8, 9])
      let values = try #require(answer["values"] as? [[Double]])
      #expect(values.map(\.count) == Array(repeating: 9, count: 8))
      #expect(values.joined().map { Float($0) } == map.map.values)
      #expect((answer["min"] as? Double).map { Float($0) } == map.map.minimum)
      #expect((answer["max"] as? Double).map { Float($0) } == map.map.maximum)
      #expect((answer["mean"] as? Double).map { Float($0) } == map.map.mean)
      let target = try #require(answer["class"] as? [String: Any])
      #expect(target["index"] as? Int == 6)
      #expect(target["wnid"] as? String == "n00001006")
      #expect((target["logit"] as? Double).map { Float($0) } == analysis.prediction(6).logit)
      #expect(answer["predictions"] == nil)
    }
  }

  @Test(arguments: [("input", [29, 33]), ("image", [61, 97]), ("layer", [8, 9])])
  func mapsComeAtEveryResolution(resolution: String, shape: [Int]) async throws {
    try await withService { client in
      let id = try await client.upload()
      let answer = try await client.get("/api/analyses/\(id)/saliency.json?resolution=\(resolution)").object
      #expect(answer["shape"] as? [Int] == shape)
      let npy = try await client.get("/api/analyses/\(id)/saliency.npy?resolution=\(resolution)")
      #expect(npy.text.contains("'shape': (\(shape[0]), \(shape[1]))"))
    }
  }

  @Test func pixelsThatTheNetworkDidNotSeeAreNull() async throws {
    try await withService { client in
      let id = try await client.upload()
      let answer = try await client.get("/api/analyses/\(id)/saliency.json?resolution=image").object
      let values = try #require(answer["values"] as? [[Any]])
      #expect(values[0].allSatisfy { $0 is NSNull })
      #expect(values[30][0] is NSNull)
      #expect(values[30][48] is Double)
    }
  }

  @Test func tooManyNumbersForJSONAreRefusedWithAWayOut() async throws {
    try await withService { client in
      let id = try await client.upload(TestImage.png(width: 1201, height: 900))
      let refusal = try await client.get("/api/analyses/\(id)/saliency.json?resolution=image")
      #expect(refusal.status == .contentTooLarge)
      #expect(try refusal.errorCode == "too_many_values")
      #expect(try refusal.errorMessage.contains(".npy"))
      let npy = try await client.get("/api/analyses/\(id)/saliency.npy?resolution=image")
      #expect(npy.status == .ok)
      #expect(npy.bytes.count == 128 + 4 * 1201 * 900)
    }
  }

  // MARK: Keeping

  @Test func explainingTwentyClassesRunsTheNetworkOnce() async throws {
    try await withService { client in
      let before = try #require(await client.metric("gaze_forward_passes_total"))
      let id = try await client.upload()
      var maps: Set<[UInt8]> = []
      for classIndex in 0..<20 {
        maps.insert(try await client.get("/api/analyses/\(id)/saliency.npy?class=\(classIndex)").bytes)
      }
      #expect(maps.count == 20, "every class has its own map")
      #expect(try await client.metric("gaze_forward_passes_total") == before + 1)
    }
  }

  @Test func anUnusedAnalysisExpiresAndSaysSo() async throws {
    let clock = ManualClock()
    try await withService(clock: clock) { client in
      let id = try await client.upload()
      clock.advance(by: .seconds(899))
      #expect(try await client.get("/api/analyses/\(id)").status == .ok)
      clock.advance(by: .seconds(899))
      #expect(try await client.get("/api/analyses/\(id)/heatmap.png").status == .ok, "each use renews it")
      clock.advance(by: .seconds(900))
      let gone = try await client.get("/api/analyses/\(id)/heatmap.png")
      #expect(gone.status == .gone)
      #expect(try gone.errorCode == "expired_analysis")
      #expect(try await client.metric("gaze_analyses_dropped_total{reason=\"expired\"}") == 1)
      #expect(try await client.metric("gaze_analyses_kept") == 0)
    }
  }

  @Test func aDeletedAnalysisIsForgottenAtOnce() async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.send(.delete, "/api/analyses/\(id)")
      #expect(response.status == .noContent)
      #expect(response.bytes.isEmpty)
      #expect(try await client.get("/api/analyses/\(id)").status == .gone)
      #expect(try await client.send(.delete, "/api/analyses/\(id)").status == .gone)
    }
  }

  @Test(arguments: ["0000000a", "gaze-0.0000000a"])
  func whatAnotherStartKeptIsToBeUploadedAgain(start: String) async throws {
    try await withService(configuration: [.set(\.replica, ReplicaName("gaze-1"))]) { client in
      let id = try await client.upload()
      #expect(id.hasPrefix("gaze-1."))
      let own = try #require(id.split(separator: ".").dropFirst().first)
      let random = "9f86d081884c7d659a2feaa0c55ad015"
      for path in ["", "/heatmap.png", "/receipt.json"] {
        let lost = try await client.get("/api/analyses/\(start).\(random)\(path)")
        #expect(lost.status == .gone)
        #expect(try lost.errorCode == "expired_analysis")
        #expect(String(decoding: lost.bytes, as: UTF8.self).contains("Upload the image again"))
        #expect(try await client.get("/api/analyses/\(id)\(path)").status == .ok)
        #expect(try await client.get("/api/analyses/gaze-1.\(own).\(random)\(path)").status == .notFound)
        #expect(try await client.get("/api/analyses/\(random)\(path)").status == .notFound)
      }
      #expect(try await client.send(.delete, "/api/analyses/\(start).\(random)").status == .gone)
    }
  }

  @Test func theLeastRecentlyUsedGivesWay() async throws {
    try await withService(configuration: [.set(\.limits.keptBytes, 100_000)]) { client in
      // Each keeps its display copy, 97·61·3 bytes, and about 30 kB of activations.
      let first = try await client.upload()
      let second = try await client.upload()
      #expect(try await client.get("/api/analyses/\(first)").status == .ok)
      var last = ""
      while try await client.metric("gaze_analyses_dropped_total{reason=\"space\"}") == 0 {
        #expect(try await client.get("/api/analyses/\(first)").status == .ok)
        last = try await client.upload()
      }
      #expect(try await client.get("/api/analyses/\(second)").status == .gone)
      #expect(try await client.get("/api/analyses/\(first)").status == .ok)
      #expect(try await client.get("/api/analyses/\(last)").status == .ok)
      #expect(try #require(await client.metric("gaze_analyses_kept_bytes")) <= 100_000)
    }
  }

  @Test func anAnalysisLargerThanTheBudgetIsKeptUntilTheNext() async throws {
    try await withService(configuration: [.set(\.limits.keptBytes, 1)]) { client in
      let first = try await client.upload()
      #expect(try await client.get("/api/analyses/\(first)").status == .ok)
      let second = try await client.upload()
      #expect(try await client.get("/api/analyses/\(second)").status == .ok)
      #expect(try await client.get("/api/analyses/\(first)").status == .gone)
    }
  }

  @Test func concurrentAnalysesEqualSequentialOnes() async throws {
    try await withService { client in
      let images = (0..<8).map { TestImage.png(width: 80 + 7 * $0, height: 61, seed: UInt64($0)) }
      let ask = { @Sendable (image: [UInt8]) -> [[UInt8]] in
        let id = try await client.upload(image)
        return [
          try await client.get("/api/analyses/\(id)/saliency.npy?class=9").bytes,
          try await client.get("/api/analyses/\(id)/heatmap.png?class=11").bytes,
        ]
      }
      var sequential: [[[UInt8]]] = []
      for image in images { sequential.append(try await ask(image)) }
      let concurrent = try await withThrowingTaskGroup(of: (Int, [[UInt8]]).self) { group in
        for (index, image) in images.enumerated() { group.addTask { (index, try await ask(image)) } }
        return try await group.reduce(into: [Int: [[UInt8]]]()) { $0[$1.0] = $1.1 }
      }
      for index in images.indices { #expect(concurrent[index] == sequential[index]) }
    }
  }

  /// What the rooms below say of the test image.
  private static func reference(classIndex: Int?) throws -> (Analysis, Attribution) {
    let classifier = TinyNetwork.classifier("tiny", passes: ForwardPassCounter())
    let analysis = try Analysis(of: TestImage.png(), by: classifier, on: Engine(threadCount: 1))
    let target = classIndex.map { Target($0) } ?? analysis.topTarget
    return (analysis, try analysis.explain(ClassActivationMap(.gradCAM), target: target))
  }
}
