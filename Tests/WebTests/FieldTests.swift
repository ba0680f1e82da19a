import Explain
import Foundation
import HTTPTypes
import Images
import Testing

@testable import Web

/// Errors name the field that is at fault, wherever it stood: in a query, a form or a JSON body.
@Suite struct FieldTests {
  /// A bad value of each parameter of a request for a map, and more than one of some.
  private static let ofMaps: [(field: String, query: String)] = [
    ("class", "class="), ("class", "class=nosuch"), ("class", "class=7&class=4"), ("classes", "classes="),
    ("classes", "classes=7,nosuch"), ("classes", "classes=7,7"), ("against", "against=nosuch"),
    ("against", "class=7&against=7"), ("method", "method=magic"), ("methods", "methods=grad-cam,magic"),
    ("masks", "method=rise&masks=0"), ("cells", "method=rise&cells=x"), ("baseline", "method=occlusion&baseline=x"),
    ("score", "method=rise&score=x"), ("msks", "method=rise&msks=7"), ("rise.masks", "methods=rise&rise.masks=x"),
    ("layer", "layer=nosuch"), ("layer", "layer="), ("layer", "layer=stem,stem"), ("layer", "method=rise&layer=stem"),
    ("fusion", "fusion=sum"), ("augmentation", "augmentation=all"), ("evidence", "evidence=x"),
    ("colormap", "colormap=x"), ("colormap", "colormap=turbo&evidence=signed"), ("range", "range=x"),
    ("range", "range=shared"), ("shared_with", "shared_with=4"), ("shared_with", "range=shared&shared_with=nosuch"),
    ("contours", "contours=2"), ("colorbar", "colorbar=yes"), ("colorbar", "colorbar=true&overlay=false"),
    ("unseen", "unseen=x"), ("alpha", "alpha=2"), ("fade", "fade=x"), ("overlay", "overlay=x"),
    ("overlay", "overlay=false&classes=7,4"), ("side", "side=0"), ("side", "side=60000"),
    ("resolution", "resolution=x"), ("top", "top=0"), ("top", "top=x"), ("include", "include=x"),
    ("window", "window=4,3"), ("colrmap", "colrmap=jet"), ("class", "class=\(String(repeating: "x", count: 300))"),
  ]

  /// Every parameter that a request for a map has is among them.
  @Test func noParameterIsLeftOut() {
    let tried = Set(Self.ofMaps.map(\.field))
    #expect(AskField.allCases.map(\.rawValue).filter { !tried.contains($0) && $0 != "model" } == [])
  }

  @Test(arguments: Self.ofMaps) func errorsOfMapsNameTheField(field: String, query: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      for path in ["heatmap.png", "events", "bundle.zip"] where path == "heatmap.png" || field != "overlay" {
        let response = try await client.get("/api/analyses/\(id)/\(path)?\(query)")
        #expect([400, 404].contains(response.status.code))
        #expect(try response.errorField == field, "\(path): \(response.text)")
      }
      guard field != "msks", field != "colrmap" else { return }
      // The same from a form.
      var form = TestForm()
      for pair in query.split(separator: "&") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        form.add(parts[0], parts[1])
      }
      form.add("image", file: TestImage.png())
      form.end()
      for address in ["/api/explain", "/api/batch"] where address == "/api/explain" || field != "overlay" {
        let response = try await client.send(
          .post, address, body: form.bytes, headers: [.contentType: TestForm.contentType])
        #expect([400, 404].contains(response.status.code), "\(address): \(response.text)")
        #expect(try response.errorField == field, "\(address): \(response.text)")
      }
    }
  }

  @Test(arguments: [
    ("model", "model=nosuch"), ("window", "window=x"), ("window", "window=0,300"), ("top", "top=0"),
    ("modle", "modle=x"),
  ])
  func errorsOfUploadsNameTheField(field: String, query: String) async throws {
    try await withService { client in
      let response = try await client.send(.post, "/api/analyses?\(query)", body: TestImage.png())
      #expect([400, 404].contains(response.status.code))
      #expect(try response.errorField == field, "\(response.text)")
    }
  }

  @Test func errorsOfTheImageNameIt() async throws {
    try await withService { client in
      var form = TestForm()
      form.add("class", "7")
      form.end()
      for address in ["/api/analyses", "/api/explain", "/api/batch"] {
        let empty = try await client.send(.post, address)
        #expect(try empty.status == .badRequest && empty.errorField == "image")
        let missing = try await client.send(
          .post, address, body: form.bytes, headers: [.contentType: TestForm.contentType])
        #expect(try missing.status == .badRequest && missing.errorField == "image")
      }
      let text = try await client.send(.post, "/api/explain", body: Array("text".utf8))
      #expect(try text.errorField == "image")
    }
  }

  @Test(arguments: [
    ("method", #"{"method": "magic"}"#), ("methods", #"{"methods": ["rise", "rise"]}"#),
    ("rise.masks", #"{"method": ["rise"], "rise.masks": 0}"#), ("class", #"{"class": "nosuch"}"#),
    ("metrics", #"{"metrics": ["x"]}"#), ("metrics", #"{"metrics": "randomisation"}"#), ("steps", #"{"steps": 0}"#),
    ("steps", #"{"steps": "x"}"#), ("score", #"{"score": "x"}"#), ("road_noise", #"{"road_noise": -1}"#),
    ("road_percentages", #"{"road_percentages": [0]}"#), ("deletion_baseline", #"{"deletion_baseline": "x"}"#),
    ("insertion_baseline", #"{"insertion_baseline": "x"}"#), ("sensitivity_radius", #"{"sensitivity_radius": 0}"#),
    ("sensitivity_samples", #"{"sensitivity_samples": 0}"#), ("randomisation_steps", #"{"randomisation_steps": 0}"#),
    ("seed", #"{"seed": -1}"#), ("layer", #"{"layer": "nosuch"}"#), ("fusion", #"{"fusion": "x"}"#),
    ("against", #"{"against": "nosuch"}"#), ("stps", #"{"stps": 3}"#),
  ])
  func errorsOfJSONBodiesNameTheField(field: String, body: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.send(.post, "/api/analyses/\(id)/faithfulness", body: Array(body.utf8))
      #expect([400, 404].contains(response.status.code))
      #expect(try response.errorField == field, "\(response.text)")
    }
  }
}
