import Autodiff
import TestSupport
import Testing

@testable import Images

/// What Pillow made of `formulaPicture`: the pixel at (width / 2, height / 2) and the checksum of all bytes.
struct ResizeGolden: Sendable {
  let source: (width: Int, height: Int)
  let target: (width: Int, height: Int)
  let filter: ResizeFilter
  let region: (x: Int, y: Int, width: Int, height: Int)?
  let middle: [UInt8]
  let checksum: UInt64
  var part: (x: Double, y: Double, width: Double, height: Double)?

  func resized(kernels: PixelKernels = .current, by loop: ParallelLoop = onThisThread) -> RGBImage {
    resize(
      formulaPicture(source.width, source.height), to: ImageSize(width: target.width, height: target.height),
      filter: filter, region: region.map { PixelRect(x: $0.x, y: $0.y, width: $0.width, height: $0.height) },
      of: part.map { ImageRegion(x: $0.x, y: $0.y, width: $0.width, height: $0.height) },
      kernels: kernels, by: loop)
  }
}

extension ResizeGolden: CustomTestStringConvertible {
  var testDescription: String {
    "\(source.width)x\(source.height) to \(target.width)x\(target.height), \(filter)"
      + (region == nil ? "" : ", a region") + (part == nil ? "" : ", of a part")
  }
}

@Suite("Resizing")
struct ResizeTests {
  @Test("gives the bytes of Pillow", arguments: resizeGoldens)
  func matchesPillow(golden: ResizeGolden) {
    let resized = golden.resized()
    #expect(resized.width == golden.region?.width ?? golden.target.width)
    #expect(resized.height == golden.region?.height ?? golden.target.height)
    #expect(resized[resized.width / 2, resized.height / 2] == golden.middle)
    #expect(checksum(resized.pixels) == golden.checksum)
    let backwards = golden.resized { count, body in (0..<count).reversed().forEach(body) }
    #expect(backwards == resized)
  }

  @Test("of a region equals the region of the whole", arguments: ResizeFilter.allCases)
  func regionEqualsCrop(filter: ResizeFilter) {
    var random = SplitMix64(seed: 7)
    let image = formulaPicture(53, 37)
    for size in [ImageSize(width: 17, height: 90), ImageSize(width: 90, height: 11), ImageSize(width: 53, height: 37)] {
      let whole = resize(image, to: size, filter: filter)
      for _ in 0..<10 {
        let (x, y) = (Int.random(in: 0..<size.width, using: &random), Int.random(in: 0..<size.height, using: &random))
        let region = PixelRect(
          x: x, y: y, width: .random(in: 1...size.width - x, using: &random),
          height: .random(in: 1...size.height - y, using: &random))
        #expect(resize(image, to: size, filter: filter, region: region) == whole.cropped(to: region))
      }
    }
  }

  @Test("of a region does not allocate what lies outside it")
  func hugeTarget() {
    // The whole result would hold 10^12 pixels.
    let size = ImageSize(width: 1_000_000, height: 1_000_000)
    let region = PixelRect(x: 499_990, y: 700_000, width: 20, height: 2)
    let resized = resize(rampPicture(2, 2), to: size, filter: .bilinear, region: region)
    #expect(resized.size == ImageSize(width: 20, height: 2))
    #expect(resized[10, 0][0] == 70, "half way between the columns, 20 and 120")
  }

  @Test("keeps a flat picture flat", arguments: ResizeFilter.allCases)
  func keepsFlat(filter: ResizeFilter) {
    let flat = picture(19, 23) { _, _ in [0, 128, 255] }
    #expect(
      resize(flat, to: ImageSize(width: 7, height: 41), filter: filter) == picture(7, 41) { _, _ in [0, 128, 255] })
  }

  @Test(
    "to fit keeps the aspect ratio and never enlarges",
    arguments: [
      (ImageSize(width: 400, height: 100), 100, ImageSize(width: 100, height: 25)),
      (ImageSize(width: 33, height: 99), 10, ImageSize(width: 3, height: 10)),
      (ImageSize(width: 1, height: 900), 30, ImageSize(width: 1, height: 30)),
      (ImageSize(width: 40, height: 30), 40, ImageSize(width: 40, height: 30)),
      (ImageSize(width: 40, height: 30), 500, ImageSize(width: 40, height: 30)),
    ])
  func fits(size: ImageSize, longestSide: Int, expected: ImageSize) {
    let image = formulaPicture(size.width, size.height)
    let decoded = DecodedImage(image: image, format: .png, originalSize: size)
    #expect(decoded.fitted(longestSide: longestSide).size == expected)
    #expect(longestSide < 40 || decoded.fitted(longestSide: longestSide) == image || size != expected)
  }

  @Test("to fit keeps a picture that was decoded small enough, but for what is not the picture's")
  func fitsDecodedSmaller() throws {
    let whole = DecodedImage(
      image: formulaPicture(50, 25), format: .jpeg, originalSize: ImageSize(width: 200, height: 100))
    #expect(whole.fitted(longestSide: 60) == whole.image)
    #expect(whole.fitted(longestSide: 40).size == ImageSize(width: 40, height: 20))
    // The last column is three quarters empty, and the first row.
    let part = DecodedImage(
      image: formulaPicture(50, 25), format: .jpeg, originalSize: ImageSize(width: 197, height: 97),
      covered: ImageRegion(x: 0, y: 0.75, width: 49.25, height: 24.25))
    #expect(part.fitted(longestSide: 60).size == ImageSize(width: 50, height: 25))
    #expect(part.fitted(longestSide: 60) != part.image)
  }

  @Test("gives the same bytes with every instruction set", arguments: PixelKernels.supported.indices)
  func instructionSets(index: Int) {
    let kernels = PixelKernels.supported[index]
    for golden in resizeGoldens {
      #expect(checksum(golden.resized(kernels: kernels).pixels) == golden.checksum, "\(golden)")
    }
  }
}
