import Images
import TestSupport
import Testing

@Suite("A window of samples")
struct SampleWindowTests {
  private func window(_ low: Int, _ high: Int) throws -> SampleWindow {
    try #require(SampleWindow(low: low, high: high))
  }

  /// R, G, B of the pixels of a PNG of one row.
  private func row(
    _ samples: [Int], width: Int, depth: UInt8, _ colorType: TestPNG.ColorType, before chunks: [UInt8] = [],
    _ window: SampleWindow?
  ) throws -> [UInt8] {
    let bytes: [UInt8] = depth == 16 ? samples.flatMap { TestPNG.big($0).suffix(2) } : samples.map { UInt8($0) }
    let file = TestPNG.file(width, 1, depth: depth, colorType, before: chunks, rows: [bytes])
    return try decodeImage(file, window: window).image.pixels
  }

  private func error(_ file: [UInt8], _ window: SampleWindow) -> ImageError? {
    do {
      _ = try decodeImage(file, window: window)
      return nil
    } catch {
      return error
    }
  }

  @Test("begins below its end, within what a sample can be")
  func borders() {
    for (low, high) in [(0, 1), (0, 65535), (65534, 65535), (7, 8)] {
      #expect(SampleWindow(low: low, high: high)?.text == "\(low),\(high)")
    }
    for (low, high) in [(0, 0), (5, 5), (6, 5), (-1, 4), (0, 65536), (-5, -1)] {
      #expect(SampleWindow(low: low, high: high) == nil)
    }
  }

  @Test("of 16 bits is linear between its ends and clamps beyond them")
  func sixteenBits() throws {
    let samples = [0, 999, 1000, 1001, 1010, 2547, 2548, 4094, 4095, 4096, 65535]
    // 255 (s - 1000) / 3095: one of 12.14 samples is a step; 2547.5 is the middle.
    let expected: [UInt8] = [0, 0, 0, 0, 1, 127, 128, 255, 255, 255, 255]
    let pixels = try row(samples, width: samples.count, depth: 16, .gray, window(1000, 4095))
    #expect(pixels == expected.flatMap { [$0, $0, $0] })
  }

  @Test("of 12 bits shows all 4096 samples in their order, black to white")
  func twelveBits() throws {
    let pixels = try row(Array(0..<4096), width: 4096, depth: 16, .gray, window(0, 4095))
    let expected = (0..<4096).flatMap { sample -> [UInt8] in
      let value = UInt8((255 * Double(sample) / 4095).rounded())
      return [value, value, value]
    }
    #expect(pixels == expected)
  }

  @Test("of all samples changes nothing", arguments: [(UInt8(8), 255), (16, 65535)])
  func whole(depth: UInt8, largest: Int) throws {
    let samples = (0..<300).map { $0 * largest / 299 }
    let stored = try row(samples, width: 100, depth: depth, .rgb, nil)
    #expect(try row(samples, width: 100, depth: depth, .rgb, window(0, largest)) == stored)
  }

  @Test("stretches each channel by itself, and not what is transparent")
  func channels() throws {
    #expect(
      try row([0, 1000, 4095, 65535, 2048, 1], width: 2, depth: 16, .rgb, window(0, 4095))
        == [0, 62, 255, 255, 128, 0])
    // Opaque, half, and not at all: 255 (1 - a (1 - t)).
    let half = 32768
    #expect(
      try row([0, 65535, 1000, half, 4095, 0, 7, 0], width: 4, depth: 16, .grayAlpha, window(0, 4095))
        == [0, 159, 255, 255].flatMap { [$0, $0, $0] })
    #expect(
      try row([10, 20, 30, 255, 100, 200, 0, 128], width: 2, depth: 8, .rgba, window(10, 200))
        == [0, 13, 27, 188, 255, 127])
    // A colour that the file calls transparent is white.
    let transparent = TestPNG.chunk("tRNS", [3, 232])
    #expect(
      try row([1000, 2000], width: 2, depth: 16, .gray, before: transparent, window(0, 4000))
        == [255, 255, 255, 128, 128, 128])
  }

  @Test("counts samples of up to 8 bits as 0 to 255")
  func fewBits() throws {
    let file = TestPNG.file(4, 1, depth: 2, .gray, rows: [[0b0001_1011]])
    #expect(try decodeImage(file, window: window(85, 170)).image.reds == [0, 0, 255, 255])
    let palette = TestPNG.chunk("PLTE", [0, 100, 200, 50, 60, 70])
    let indexed = TestPNG.file(2, 1, .palette, before: palette, rows: [[0, 1]])
    #expect(try decodeImage(indexed, window: window(0, 100)).image.pixels == [0, 255, 255, 128, 153, 179])
  }

  @Test("holds in every pass of an interlaced picture")
  func interlaced() throws {
    for (width, height) in [(1, 1), (5, 3), (9, 10)] {
      let sample = { (x: Int, y: Int) in UInt8((x * 29 + y * 17) % 256) }
      let file = TestPNG.file(
        width, height, .gray, interlaced: true, rows: TestPNG.adam7Rows(width, height, sample))
      let expected = picture(width, height) { x, y in
        let value = UInt8((255 * min(max(Double(sample(x, y)) - 20, 0), 100) / 100).rounded())
        return [value, value, value]
      }
      #expect(try decodeImage(file, window: window(20, 120)).image == expected)
    }
  }

  @Test("stretches JPEG and WebP as well, at any scale")
  func otherFormats() throws {
    let window = try window(40, 180)
    let stretched = { (image: RGBImage) in
      image.pixels.map { UInt8((255 * min(max(Double($0) - 40, 0), 140) / 140).rounded()) }
    }
    let jpeg = encodeJPEG(rampPicture(64, 48))
    for smallest in [64, 8] {
      let size = { (_: ImageSize) in ImageSize(width: smallest, height: smallest * 3 / 4) }
      let decoded = try decodeImage(jpeg, window: window, atLeast: size)
      #expect(decoded.image.pixels == stretched(try decodeImage(jpeg, atLeast: size).image))
      #expect(decoded.window == window)
    }
    let webp = try WebPGolden.named("lossy").bytes
    #expect(try decodeImage(webp, window: window).image.pixels == stretched(try decodeImage(webp).image))
    for golden in WebPGolden.all {
      let decoded = try decodeImage(golden.bytes, window: self.window(0, 255))
      #expect(checksum(decoded.image.pixels) == golden.checksum)
    }
    // Transparent parts stay white, whatever becomes black.
    let alpha = try WebPGolden.named("losslessAlpha").bytes
    let (stored, black) = (try decodeImage(alpha).image, try decodeImage(alpha, window: self.window(254, 255)).image)
    let white = stored.pixels.indices.filter { stored.pixels[$0] == 255 }
    #expect(!white.isEmpty && white.allSatisfy { black.pixels[$0] == 255 })
    #expect(black != stored)
  }

  @Test("beyond the file's samples is refused, with what they are")
  func refused() throws {
    let gray16 = TestPNG.file(1, 1, depth: 16, .gray, rows: [[1, 2]])
    let gray8 = TestPNG.file(1, 1, .gray, rows: [[1]])
    let jpeg = encodeJPEG(rampPicture(8, 8))
    let webp = try #require(WebPGolden.all.first).bytes
    #expect(error(gray16, try window(0, 65535)) == nil)
    for file in [gray8, jpeg, webp] {
      #expect(error(file, try window(0, 255)) == nil)
      let beyond = try window(0, 256)
      #expect(error(file, beyond) == .window(beyond, largest: 255))
    }
    #expect(
      ImageError.window(try window(0, 4095), largest: 255).description
        == "The window 0,4095 does not fit this file, whose samples are 0 to 255: take a window within these, or none.")
  }

  @Test("is told with the picture, which then is not called dark")
  func told() throws {
    let file = TestPNG.file(2, 1, depth: 16, .gray, rows: [[0, 0, 15, 255]])
    let stored = try decodeImage(file)
    #expect(stored.window == nil)
    #expect(stored.warnings.count == 1 && stored.warnings[0].contains("window=0,4095"))
    let stretched = try decodeImage(file, window: window(0, 4095))
    #expect(stretched.window == (try window(0, 4095)) && stretched.warnings == [])
    #expect(stretched.image.reds == [0, 255])
  }
}
