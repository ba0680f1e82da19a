import Autodiff
import Foundation
import Images
import TestSupport
import Testing

@Suite("JPEG")
struct JPEGTests {
  private let damaged = ImageError.broken(format: .jpeg, reason: "its picture data are damaged")

  @Test("comes back from the encoder nearly as it went in")
  func encoding() throws {
    let image = rampPicture(75, 41)
    let decoded = try decodeImage(encodeJPEG(image, quality: 95))
    #expect(decoded.format == .jpeg)
    #expect(decoded.image.size == image.size)
    #expect(decoded.image.largestDifference(from: image) <= 8)
  }

  @Test("gets smaller with the quality")
  func quality() {
    let image = formulaPicture(64, 64)
    #expect(encodeJPEG(image, quality: 30).count < encodeJPEG(image, quality: 90).count / 2)
  }

  @Test(
    "is decoded at the smallest scale that is no smaller than asked for, in width and in height",
    arguments: [
      (101, 60, 1), (1, 31, 1), (51, 1, 1), (50, 30, 2), (26, 1, 2), (1, 16, 2), (25, 15, 4), (13, 1, 4), (1, 8, 4),
      (12, 7, 8), (1, 1, 8), (900, 1, 1),
    ])
  func scaled(width: Int, height: Int, divisor: Int) throws {
    let picture = rampPicture(101, 60)
    let smallest = ImageSize(width: width, height: height)
    let decoded = try decodeImage(encodeJPEG(picture, quality: 95)) { size in
      #expect(size == picture.size)
      return smallest
    }
    #expect(decoded.image.width == (101 + divisor - 1) / divisor)
    #expect(decoded.image.height == (60 + divisor - 1) / divisor)
    #expect(decoded.originalSize == picture.size)
    let part = ImageRegion(x: 0, y: 0, width: 101 / Double(divisor), height: 60 / Double(divisor))
    #expect(decoded.covered == part)
    let reference = resize(picture, to: decoded.image.size, filter: .bilinear)
    #expect(decoded.image.largestDifference(from: reference) <= 16)
  }

  @Test("decoded smaller is stretched by no part of a pixel", arguments: 1...8)
  func partsOfPixels(orientation: Int) throws {
    // A scale of 1/8 leaves 1/8 of the last column and row. Red is the column's number, green the row's, upright.
    let size = ImageSize(width: 201, height: 137)
    let file = TestEXIF.jpeg(
      encodeJPEG(picture(size.width, size.height) { x, y in [UInt8(x), UInt8(y), 0] }, quality: 100),
      tiff: TestEXIF.tiff(orientation: orientation))
    let (full, scaled) = (try decodeImage(file), try decodeImage(file) { _ in ImageSize(width: 1, height: 1) })
    #expect(scaled.image.width * 8 > scaled.originalSize.width)
    let target = ImageSize(width: 10, height: 10)
    let expected = resize(full.image, to: target, filter: .bilinear)
    #expect(
      resize(scaled.image, to: target, filter: .bilinear, of: scaled.covered).largestDifference(from: expected) <= 2)
    #expect(resize(scaled.image, to: target, filter: .bilinear).largestDifference(from: expected) > 2)
  }

  @Test("of one pixel is decoded at any scale")
  func onePixel() throws {
    let file = encodeJPEG(picture(1, 1) { _, _ in [90, 90, 90] })
    #expect(try decodeImage(file, atLeast: { $0 }).image.pixels == [90, 90, 90])
  }

  @Test("with chroma at a third of the columns, a subsampling that TurboJPEG has no name for, is decoded")
  func rareSubsampling() throws {
    // 24x8 pixels of one colour, written by libjpeg with sampling factors 3x1, 1x1, 1x1.
    let base64 =
      "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQME"
      + "BAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAIABgDATEAAhEB"
      + "AxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAABgj/xAAUEQEA"
      + "AAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCFANLdf//Z"
    let file = [UInt8](try #require(Data(base64Encoded: base64)))
    let image = try decodeImage(file).image
    #expect(image.size == ImageSize(width: 24, height: 8))
    #expect(image.largestDifference(from: picture(24, 8) { _, _ in [200, 30, 60] }) <= 3)
  }

  @Test("is refused or unchanged when cut anywhere")
  func truncated() throws {
    let file = encodeJPEG(formulaPicture(19, 13))
    let image = try decodeImage(file).image
    for count in 0..<file.count {
      switch outcome(Array(file[..<count])) {
      case .success(let picture): #expect(picture == image, "cut to \(count) of \(file.count)")
      case .failure(let error):
        #expect(error == (count == 0 ? .empty : count == 1 ? .notAnImage : error))
        #expect(count < file.count - 2, "only EOI is missing")
      }
    }
  }

  @Test("never does harm when a bit is flipped")
  func bitFlips() {
    var random = SplitMix64(seed: 2)
    let file = encodeJPEG(formulaPicture(21, 17))
    let limits = ImageLimits(maximumPixels: 1_000_000)
    for _ in 0..<400 {
      let (offset, bit) = (Int.random(in: file.indices, using: &random), Int.random(in: 0..<8, using: &random))
      let bytes = file.patched(at: offset, [file[offset] ^ 1 << bit])
      guard case .success(let picture) = outcome(bytes, limits: limits) else { continue }
      #expect((try? probeImage(bytes))?.size == picture.size)
    }
  }

  @Test("is refused when data in the middle are damaged")
  func damagedData() throws {
    let file = encodeJPEG(formulaPicture(64, 64))
    let scan = try #require(file.offset(of: [0xFF, 0xDA]))
    #expect(outcome(file.patched(at: scan + 200, [0xFF, 0xD9])) == .failure(damaged))
  }

  @Test("is refused by what its header claims, before anything is allocated")
  func headerClaims() throws {
    let file = encodeJPEG(rampPicture(8, 8))
    let frame = try #require(file.offset(of: [0xFF, 0xC0]))
    let size = ImageSize(width: 65_500, height: 65_000)
    let huge = file.patched(at: frame + 5, [0xFD, 0xE8, 0xFF, 0xDC])
    #expect(outcome(huge) == .failure(.tooManyPixels(size: size, limit: 50_000_000)))
    #expect(try probeImage(huge).size == size)
    let zero = ImageError.broken(format: .jpeg, reason: "its width or height is 0")
    #expect(outcome(file.patched(at: frame + 5, [0, 0])) == .failure(zero))
    #expect(outcome(file.patched(at: frame + 7, [0, 0])) == .failure(zero))
  }

  @Test(
    "of a kind that libjpeg does not decode is named",
    arguments: [
      ([0xC3], 1, "Lossless JPEG"), ([0xC5], 1, "Hierarchical JPEG"), ([0xF7], 1, "JPEG-LS"), ([12], 4, "12-bit JPEG"),
    ] as [([UInt8], Int, String)])
  func unsupportedKinds(bytes: [UInt8], offset: Int, kind: String) throws {
    let file = encodeJPEG(rampPicture(8, 8))
    let frame = try #require(file.offset(of: [0xFF, 0xC0]))
    #expect(outcome(file.patched(at: frame + offset, bytes)) == .failure(.unsupported(kind: kind)))
  }

  @Test("may not have more scans than a picture of its size needs")
  func scanBomb() throws {
    let file = encodeJPEG(rampPicture(64, 64))
    let scan = try #require(file.offset(of: [0xFF, 0xDA]))
    let repeated = Array(file[scan..<file.count - 2])
    let bomb = (1..<21).reduce(file) { bytes, _ in bytes.inserting(repeated, at: scan) }
    #expect(
      outcome(bomb, limits: ImageLimits(maximumPixels: 64 * 64))
        == .failure(.broken(format: .jpeg, reason: "it has 21 scans, more than a picture of its size can need")))
  }
}
