import Foundation
import HTTPTypes
import Images
import Testing

@testable import Explain
@testable import Web

/// The maps of all classes at once.
@Suite struct ClassCubeTests {
  @Test(arguments: ["", "?method=hirescam", "?layer=features"])
  func eachClassIsItsOwnMap(query: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      #expect(try await client.get("/api/analyses/\(id)").object["has_cube"] as? Bool == true)
      let response = try await client.get("/api/analyses/\(id)/cube.npy\(query)")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "application/x-npy")
      #expect(response.headers[HTTPField.Name("X-Gaze-Scale")!] == "1.0")
      #expect(String(decoding: response.bytes.prefix(128), as: UTF8.self).contains("'<f2'"))
      #expect(String(decoding: response.bytes.prefix(128), as: UTF8.self).contains("(8, 9, 40)"))
      let cube = Self.numbers(response.bytes.suffix(2 * 8 * 9 * 40))
      for index in [0, 7, 4, 38, 39] {
        let alone = try await client.get("/api/analyses/\(id)/saliency.json?class=\(index)").object
        let rows = try #require(alone["values"] as? [[Double]])
        for (cell, value) in rows.joined().enumerated() {
          let here = Double(cube[cell * 40 + index])
          // Half a unit in Float16's last place, and what Float32 leaves of a sum over twelve channels.
          #expect(abs(here - value) <= abs(value) / 2048 + 1e-6, "class \(index), cell \(cell): \(here), \(value)")
        }
      }
      let tag = try #require(response.headers[.eTag])
      let again = try await client.get("/api/analyses/\(id)/cube.npy\(query)", headers: [.ifNoneMatch: tag])
      #expect(again.status == .notModified)
    }
  }

  @Test(arguments: [
    ("method=rise", "method", "classes=281,282"), ("method=layercam", "method", "grad-cam and hirescam alone"),
    ("layer=stem", "layer", "the layer before the mean alone: features"), ("class=7", "class", "no parameter 'class'"),
    ("layer=features,stem", "layer", "Name one layer"), ("method=magic", "method", "no method"),
  ])
  func whatIsNoProductIsRefused(query: String, field: String, words: String) async throws {
    try await withService { client in
      let id = try await client.upload()
      let response = try await client.get("/api/analyses/\(id)/cube.npy?\(query)")
      #expect(response.status == .badRequest)
      #expect(try response.errorField == field)
      #expect(try response.errorMessage.contains(words), "\(response.text)")
    }
  }

  /// What Float16 does not reach is divided by a power of two, and that is told; all else stays as it is.
  @Test func whatIsTooLargeIsScaledByAPowerOfTwo() {
    let small = ClassCube(height: 1, width: 2, classCount: 1, values: [65_504, -1])
    #expect(small.scale == 1 && small.values == [65_504, -1])
    let large = ClassCube(height: 1, width: 2, classCount: 1, values: [262_144, -8])
    #expect(large.scale == 8 && large.values == [32_768, -1])
  }

  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [Float16] {
    let bytes = Array(bytes)
    return stride(from: 0, to: bytes.count, by: 2).map {
      Float16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
    }
  }
}
