import Images
import TestSupport
import Testing

/// What Pillow made of `formulaPicture`: the pixel at (width / 2, height / 2) and the checksum of all bytes.
struct ResizeGolden: Sendable {
  let source: (width: Int, height: Int)
  let target: (width: Int, height: Int)
  let filter: ResizeFilter
  let region: (x: Int, y: Int, width: Int, height: Int)?
  let middle: [UInt8]
  let checksum: UInt64
}

extension ResizeGolden: CustomTestStringConvertible {
  var testDescription: String {
    "\(source.width)x\(source.height) to \(target.width)x\(target.height), \(filter)"
      + (region == nil ? "" : ", a region")
  }
}

@Suite("Resizing")
struct ResizeTests {
  @Test("gives the bytes of Pillow", arguments: resizeGoldens)
  func matchesPillow(golden: ResizeGolden) {
    let resized = resize(
      formulaPicture(golden.source.width, golden.source.height),
      to: ImageSize(width: golden.target.width, height: golden.target.height), filter: golden.filter,
      region: golden.region.map { PixelRect(x: $0.x, y: $0.y, width: $0.width, height: $0.height) })
    #expect(resized.width == golden.region?.width ?? golden.target.width)
    #expect(resized.height == golden.region?.height ?? golden.target.height)
    #expect(resized[resized.width / 2, resized.height / 2] == golden.middle)
    #expect(checksum(resized.pixels) == golden.checksum)
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
    #expect(resizeToFit(formulaPicture(size.width, size.height), longestSide: longestSide).size == expected)
  }
}
