import Autodiff
import Foundation
import Images
import TestSupport
import Testing

/// A WebP file and what Pillow makes of it: upright, over white.
struct WebPGolden: Sendable, CustomTestStringConvertible {
  let name: String
  let size: ImageSize
  /// FNV-1a of R, G, B of each pixel.
  let checksum: UInt64
  let base64: String

  var bytes: [UInt8] { [UInt8](Data(base64Encoded: base64) ?? Data()) }
  var testDescription: String { name }

  static func named(_ name: String) throws -> WebPGolden { try #require(all.first { $0.name == name }) }
}

@Suite("WebP")
struct WebPTests {
  private let damaged = ImageError.broken(format: .webp, reason: "its picture data are damaged")
  private let cut = ImageError.broken(format: .webp, reason: "it ends before its picture does")

  @Test("gives the pixels that Pillow gives", arguments: WebPGolden.all)
  func goldens(golden: WebPGolden) throws {
    let decoded = try decodeImage(golden.bytes)
    #expect(decoded.format == .webp)
    #expect(decoded.originalSize == golden.size)
    #expect(decoded.image.size == golden.size)
    #expect(checksum(decoded.image.pixels) == golden.checksum)
    #expect(try probeImage(golden.bytes).format == .webp)
    #expect(try probeImage(golden.bytes).size == golden.size)
    #expect(decoded.warnings.isEmpty == (golden.name != "animation"))
  }

  @Test("of several frames is the first, and says so")
  func animation() throws {
    let decoded = try decodeImage(WebPGolden.named("animation").bytes)
    #expect(decoded.warnings == ["The file is an animation of 3 frames; only the first is used."])
    #expect(decoded.image == (try decodeImage(WebPGolden.named("losslessAlpha").bytes).image))
  }

  @Test("puts a first frame that is smaller than the canvas where it belongs, on white")
  func smallFrame() throws {
    let file = try WebPGolden.named("animation").bytes
    let still = try decodeImage(file).image
    // RFC 9649, 2.7: 24-bit numbers; the canvas less 1, a frame's offsets halved.
    let canvas = try #require(file.offset(of: Array("VP8X".utf8))) + 12
    let frame = try #require(file.offset(of: Array("ANMF".utf8))) + 8
    let moved = file.patched(at: canvas, [49, 0, 0, 39, 0, 0]).patched(at: frame, [4, 0, 0, 3, 0, 0])
    let image = try decodeImage(moved).image
    #expect(image.size == ImageSize(width: 50, height: 40))
    let place = PixelRect(x: 8, y: 6, width: still.width, height: still.height)
    #expect(image.cropped(to: place) == still)
    let isInside = { (x: Int, y: Int) in
      (place.x..<place.x + place.width).contains(x) && (place.y..<place.y + place.height).contains(y)
    }
    let outside = (0..<40).flatMap { y in (0..<50).filter { !isInside($0, y) }.map { image[$0, y] } }
    #expect(outside.allSatisfy { $0 == [255, 255, 255] })
    // A frame that reaches beyond the canvas by two pixels.
    #expect(throws: ImageError.self) { try decodeImage(moved.patched(at: frame, [7, 0, 0])) }
  }

  @Test("may have EXIF that begins with the name of JPEG's segment")
  func namedEXIF() throws {
    let plain = try WebPGolden.named("orientation6")
    let start = try #require(plain.bytes.offset(of: Array("EXIF".utf8)))
    let tiff = TestEXIF.tiff(orientation: 6)
    let tail = { (body: [UInt8]) in
      let padded = body + [UInt8](repeating: 0, count: body.count % 2)
      return plain.bytes[..<start] + Array("EXIF".utf8) + TestPNG.big(body.count).reversed() + padded
    }
    for body in [tiff, Array("Exif\0\0".utf8) + tiff] {
      let file = Array(tail(body))
      let image = try decodeImage(file.patched(at: 4, TestPNG.big(file.count - 8).reversed())).image
      #expect(checksum(image.pixels) == plain.checksum)
    }
  }

  @Test("is refused when cut anywhere", arguments: WebPGolden.all)
  func truncated(golden: WebPGolden) {
    for count in 0..<golden.bytes.count {
      guard case .failure(let error) = outcome(Array(golden.bytes[..<count])) else {
        Issue.record("cut to \(count) of \(golden.bytes.count)")
        continue
      }
      #expect(count < 12 || error.isBrokenWebP, "cut to \(count): \(error)")
    }
    #expect(outcome(Array(golden.bytes.dropLast(3))) == .failure(cut))
  }

  @Test("may have bytes behind it")
  func trailing() throws {
    let golden = try WebPGolden.named("lossy")
    #expect(checksum(try decodeImage(golden.bytes + [1, 2, 3]).image.pixels) == golden.checksum)
  }

  @Test("is refused by what its header claims, before anything is allocated")
  func headerClaims() throws {
    let file = try WebPGolden.named("animation").bytes
    let canvas = try #require(file.offset(of: Array("VP8X".utf8))) + 12
    let size = ImageSize(width: 65_000, height: 66_000)
    let numbers = [size.width - 1, size.height - 1].flatMap { TestPNG.big($0).reversed().prefix(3) }
    let huge = file.patched(at: canvas, numbers)
    #expect(outcome(huge) == .failure(.tooManyPixels(size: size, limit: 50_000_000)))
    #expect(try probeImage(huge).size == size)
    // The product of the sides may not exceed 32 bits: RFC 9649, 2.7.
    let beyond = [UInt8](repeating: 0xFF, count: 6)
    #expect(throws: ImageError.self) { try decodeImage(file.patched(at: canvas, beyond)) }

    let limits = ImageLimits(maximumPixels: 37 * 22 - 1)
    for golden in WebPGolden.all {
      #expect(outcome(golden.bytes, limits: limits) == .failure(.tooManyPixels(size: golden.size, limit: 813)))
    }
  }

  @Test("is refused when the canvas, the frame and the data differ in size")
  func wrongSizes() throws {
    let still = try WebPGolden.named("orientation6").bytes
    let canvas = try #require(still.offset(of: Array("VP8X".utf8))) + 12
    #expect(throws: ImageError.self) { try decodeImage(still.patched(at: canvas, [99, 0, 0])) }
    let animation = try WebPGolden.named("animation").bytes
    let frame = try #require(animation.offset(of: Array("ANMF".utf8))) + 8
    // The size that the container gives a frame counts for nothing beside that of its data.
    #expect(outcome(animation.patched(at: frame + 6, [20, 0, 0])) == outcome(animation))
    #expect(outcome(animation.patched(at: frame + 6, [0xFF, 0xFF, 0xFF])) == outcome(animation))
    // A still picture's size stands in its data alone: of lossy data 14 bits after the start code.
    let lossy = try WebPGolden.named("lossy").bytes
    let start = try #require(lossy.offset(of: [0x9D, 0x01, 0x2A])) + 3
    #expect(outcome(lossy.patched(at: start, [0, 0])).isFailure)
    #expect(outcome(lossy.patched(at: start, [0xFF, 0x3F, 0xFF, 0x3F])).isFailure)
  }

  @Test("never does harm when bytes are changed", arguments: WebPGolden.all)
  func mutations(golden: WebPGolden) {
    var random = SplitMix64(seed: 13)
    let limits = ImageLimits(maximumPixels: 1_000_000)
    var refused = 0
    for _ in 0..<1500 {
      var bytes = golden.bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      switch outcome(bytes, limits: limits) {
      case .success(let picture): #expect((try? probeImage(bytes))?.size == picture.size)
      case .failure: refused += 1
      }
    }
    #expect(refused > 100)
  }
}

extension ImageError {
  fileprivate var isBrokenWebP: Bool {
    if case .broken(format: .webp, _) = self { true } else { false }
  }
}

extension Result {
  fileprivate var isFailure: Bool {
    if case .failure = self { true } else { false }
  }
}
