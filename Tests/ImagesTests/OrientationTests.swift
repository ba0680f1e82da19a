import Images
import TestSupport
import Testing

@Suite("EXIF orientation")
struct OrientationTests {
  /// Stored are the rows 1 2 3 and 4 5 6.
  @Test(
    "turns a stored picture upright",
    arguments: [
      (1, 3, [1, 2, 3, 4, 5, 6]), (2, 3, [3, 2, 1, 6, 5, 4]), (3, 3, [6, 5, 4, 3, 2, 1]), (4, 3, [4, 5, 6, 1, 2, 3]),
      (5, 2, [1, 4, 2, 5, 3, 6]), (6, 2, [4, 1, 5, 2, 6, 3]), (7, 2, [6, 3, 5, 2, 4, 1]), (8, 2, [3, 6, 2, 5, 1, 4]),
    ] as [(Int, Int, [UInt8])])
  func literals(orientation: Int, width: Int, expected: [UInt8]) throws {
    let file = png(3, 2, orientation: orientation) { x, y in UInt8(1 + y * 3 + x) }
    let decoded = try decodeImage(file)
    #expect(decoded.image.size == ImageSize(width: width, height: 6 / width))
    #expect(decoded.image.reds == expected)
    #expect(decoded.originalSize == decoded.image.size)
    #expect(try probeImage(file).size == decoded.image.size)
  }

  @Test("turns pictures larger than a tile")
  func large() throws {
    let (width, height) = (150, 70)
    let sample = { (x: Int, y: Int) in UInt8(truncatingIfNeeded: x * 3 + y * 101) }
    let right = try decodeImage(png(width, height, orientation: 6, sample)).image
    #expect(right.reds == picture(height, width) { x, y in [sample(y, height - 1 - x), 0, 0] }.reds)
    let mirrored = try decodeImage(png(width, height, orientation: 2, sample)).image
    #expect(mirrored.reds == picture(width, height) { x, y in [sample(width - 1 - x, y), 0, 0] }.reds)
  }

  @Test("is read from a JPEG in either byte order, and the picture is scaled as it stands", arguments: 1...8)
  func jpeg(orientation: Int) throws {
    // Red grows along x, green along y: the corner where both are small tells where the stored origin went.
    let file = encodeJPEG(rampPicture(96, 64), quality: 95)
    let origins = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0], [1, 0], [1, 1], [0, 1]]
    for order in [TestEXIF.ByteOrder.big, .little] {
      let turned = TestEXIF.jpeg(file, tiff: TestEXIF.tiff(orientation: orientation, order))
      for smallest in [1, 1000] {
        let decoded = try decodeImage(turned) { _ in ImageSize(width: smallest, height: smallest) }
        let image = decoded.image
        let (x, y) = (origins[orientation - 1][0] * (image.width - 1), origins[orientation - 1][1] * (image.height - 1))
        #expect(image[x, y][0] < 40 && image[x, y][1] < 40)
        #expect((image.width > image.height) == (orientation < 5))
        #expect(decoded.originalSize == ImageSize(width: orientation < 5 ? 96 : 64, height: orientation < 5 ? 64 : 96))
      }
      #expect(try probeImage(turned).size.width == (orientation < 5 ? 96 : 64))
    }
  }

  @Test(
    "that is wrong is ignored",
    arguments: [
      TestEXIF.tiff(orientation: 0), TestEXIF.tiff(orientation: 9), TestEXIF.tiff(orientation: 65_535),
      TestEXIF.tiff(orientation: 6, type: 4), TestEXIF.tiff(orientation: 6, entries: 0),
      TestEXIF.tiff(orientation: 6, offset: 0xFFFF_FFFF), TestEXIF.tiff(orientation: 6, offset: 20),
      Array(TestEXIF.tiff(orientation: 6).prefix(18)), Array("MM".utf8), [],
    ])
  func wrong(tiff: [UInt8]) throws {
    let file = encodeJPEG(rampPicture(20, 10))
    #expect(try decodeImage(TestEXIF.jpeg(file, tiff: tiff)).image == decodeImage(file).image)
  }

  @Test("is found though more entries are claimed than there are")
  func claimedEntries() throws {
    let file = TestEXIF.jpeg(encodeJPEG(rampPicture(20, 10)), tiff: TestEXIF.tiff(orientation: 6, entries: 65_535))
    #expect(try probeImage(file).size == ImageSize(width: 10, height: 20))
  }

  private func png(
    _ width: Int, _ height: Int, orientation: Int, _ sample: (_ x: Int, _ y: Int) -> UInt8
  ) -> [UInt8] {
    let exif = TestPNG.chunk("eXIf", TestEXIF.tiff(orientation: orientation))
    return TestPNG.file(
      width, height, .gray, before: exif, rows: (0..<height).map { y in (0..<width).map { x in sample(x, y) } })
  }
}
