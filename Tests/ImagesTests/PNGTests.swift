import Autodiff
import Dispatch
import TestSupport
import Testing

@testable import Images

@Suite("PNG")
struct PNGTests {
  /// The samples of a picture of one row, decoded.
  private func row(
    _ bytes: [UInt8], width: Int, depth: UInt8, _ colorType: TestPNG.ColorType, before chunks: [UInt8] = []
  ) throws -> [UInt8] {
    try decodeImage(TestPNG.file(width, 1, depth: depth, colorType, before: chunks, rows: [bytes])).image.pixels
  }

  @Test("spreads grey of few bits over 0 to 255")
  func grayOfFewBits() throws {
    let one = try decodeImage(TestPNG.file(9, 1, depth: 1, .gray, rows: [[0b1010_0000, 0b1000_0000]])).image
    #expect(one.reds == [255, 0, 255, 0, 0, 0, 0, 0, 255])
    let two = try decodeImage(TestPNG.file(4, 1, depth: 2, .gray, rows: [[0b0001_1011]])).image
    #expect(two.reds == [0, 85, 170, 255])
    let four = try decodeImage(TestPNG.file(3, 1, depth: 4, .gray, rows: [[0x0A, 0xF0]])).image
    #expect(four.reds == [0, 170, 255])
  }

  @Test("reduces 16 bits to the nearest 8")
  func sixteenBits() throws {
    // 0x0180 is 384: 384 / 257 = 1.49; 0x0181: 1.498; 0x0182: 1.502.
    #expect(
      try row([0x01, 0x81, 0x01, 0x82, 0xFF, 0xFF, 0x80, 0x00, 0, 0, 0, 0x80], width: 2, depth: 16, .rgb)
        == [1, 2, 255, 128, 0, 0])
  }

  @Test("looks colours up in the palette; an index without a colour is black, as the standard says")
  func palette() throws {
    let colors = TestPNG.chunk("PLTE", [10, 20, 30, 40, 50, 60])
    #expect(try row([1, 0, 7], width: 3, depth: 8, .palette, before: colors) == [40, 50, 60, 10, 20, 30, 0, 0, 0])
    #expect(try row([0b0100_0000], width: 2, depth: 1, .palette, before: colors) == [10, 20, 30, 40, 50, 60])
  }

  @Test("lays transparent colours of tRNS over white")
  func transparentColors() throws {
    let palette = TestPNG.chunk("PLTE", [10, 20, 30, 0, 0, 0]) + TestPNG.chunk("tRNS", [0, 128])
    #expect(try row([0, 1], width: 2, depth: 8, .palette, before: palette) == [255, 255, 255, 127, 127, 127])
    let gray = TestPNG.chunk("tRNS", [0, 7])
    #expect(try row([7, 8], width: 2, depth: 8, .gray, before: gray) == [255, 255, 255, 8, 8, 8])
    let gray16 = TestPNG.chunk("tRNS", [1, 2])
    #expect(try row([1, 2, 1, 1], width: 2, depth: 16, .gray, before: gray16) == [255, 255, 255, 1, 1, 1])
    let rgb = TestPNG.chunk("tRNS", [0, 1, 0, 2, 0, 3])
    #expect(try row([1, 2, 3, 1, 2, 4], width: 2, depth: 8, .rgb, before: rgb) == [255, 255, 255, 1, 2, 4])
  }

  @Test("blends every value at every alpha over white to the nearest value")
  func alphaOverWhite() throws {
    let rows = (0..<256).map { alpha in (0..<256).flatMap { [UInt8($0), UInt8(alpha)] } }
    let blended = try decodeImage(TestPNG.file(256, 256, .grayAlpha, rows: rows)).image.reds
    let expected = (0..<256).flatMap { alpha in (0..<256).map { value in overWhite(value, alpha: alpha) } }
    #expect(blended == expected)
    #expect(
      try row([1, 2, 3, 255, 9, 9, 9, 0, 100, 0, 255, 128], width: 3, depth: 8, .rgba)
        == [1, 2, 3, 255, 255, 255, 177, 127, 255])
  }

  @Test("blends 16-bit alpha")
  func alpha16() throws {
    // 0x8080 of 0xFFFF is 128 of 255.
    let samples: [UInt8] = [0, 0, 0x80, 0x80, 0xFF, 0xFF, 0x80, 0x80, 1, 2, 0, 0, 1, 1, 0xFF, 0xFF]
    let expected: [UInt8] = [127, 255, 255, 1]
    #expect(try row(samples, width: 4, depth: 16, .grayAlpha) == expected.flatMap { [$0, $0, $0] })
  }

  @Test("takes samples as they are, whatever gamma the file gives")
  func ignoresGamma() throws {
    let gamma = TestPNG.chunk("gAMA", TestPNG.big(100_000))
    #expect(try row([0, 64, 128], width: 3, depth: 8, .gray, before: gamma) == [0, 0, 0, 64, 64, 64, 128, 128, 128])
    #expect(try row([100, 0, 255, 128], width: 1, depth: 8, .rgba, before: gamma) == [177, 127, 255])
  }

  private func warnings(
    _ samples: [Int], _ colorType: TestPNG.ColorType = .gray, channels: Int = 1, interlaced: Bool = false
  ) throws -> [String] {
    let bytes: [UInt8] = samples.flatMap { TestPNG.big($0).suffix(2) }
    let (width, pixelBytes) = (samples.count / channels, channels * 2)
    // Of one row, pass 1 of Adam7 has columns 0, 8, ..., pass 2 columns 4, 12, ..., pass 4 columns 2, 6, ..., pass 6
    // the odd ones.
    let passes: [[UInt8]] = [(0, 8), (4, 8), (2, 4), (1, 2)].map { (start: Int, step: Int) in
      stride(from: start, to: width, by: step).flatMap { x in bytes[x * pixelBytes..<(x + 1) * pixelBytes] }
    }
    let rows = interlaced ? passes.filter { !$0.isEmpty } : [bytes]
    return try decodeImage(TestPNG.file(width, 1, depth: 16, colorType, interlaced: interlaced, rows: rows)).warnings
  }

  @Test("of 16 bits says so where its samples use 14 bits or fewer")
  func unusedRange() throws {
    let sentence = { (largest: Int, bits: Int) in
      "Most of the range is unused: the largest value is \(largest) of 65535, \(bits) of 16 bits, so the picture is dark. "
        + "It is taken as stored; window=0,\((1 << bits) - 1) would stretch it."
    }
    for (largest, bits) in [(1, 1), (255, 8), (256, 9), (4095, 12), (4096, 13), (16_383, 14)] {
      #expect(try warnings([0, largest, largest / 2, 0, 0]) == [sentence(largest, bits)])
      for column in 0..<9 {
        let samples = (0..<9).map { $0 == column ? largest : 0 }
        #expect(try warnings(samples, interlaced: true) == [sentence(largest, bits)], "column \(column)")
      }
    }
    for largest in [0, 16_384, 16_500, 20_000, 65_535] { #expect(try warnings([0, largest]) == []) }
    #expect(try warnings([1, 4000, 2], .rgb, channels: 3) == [sentence(4000, 12)])
    #expect(try warnings([1, 40_000, 2], .rgb, channels: 3) == [])
    #expect(try warnings([4000, 65_535, 7, 65_535], .grayAlpha, channels: 2) == [sentence(4000, 12)])
    #expect(try warnings([1, 2, 4000, 65_535], .rgba, channels: 4) == [sentence(4000, 12)])
    // Over white, the picture is bright.
    #expect(try warnings([4000, 0, 7, 65_535], .grayAlpha, channels: 2) == [])
    #expect(try decodeImage(TestPNG.file(2, 1, .gray, rows: [[3, 16]])).warnings == [])
    #expect(try decodeImage(TestPNG.file(2, 1, depth: 16, .gray, rows: [[15, 255, 0, 0]])).image.reds == [16, 0])
  }

  @Test("that Xcode rewrote is named, with what to do")
  func rewrittenByXcode() throws {
    let file = TestPNG.signature + TestPNG.chunk("CgBI", [0x50, 0, 0x20, 2]) + TestPNG.header(8, 4, .rgba)
    let advice =
      "use the PNG from the app's sources, or convert this one back with 'pngcrush -revert-iphone-optimizations'"
    let error = ImageError.unsupported(kind: "Xcode's CgBI PNG", advice: advice)
    #expect(outcome(file) == .failure(error))
    #expect("\(error)" == "Xcode's CgBI PNG is not supported: \(advice).")
    #expect(throws: error) { try probeImage(file) }
    // Any other chunk before IHDR is a fault.
    let other = TestPNG.signature + TestPNG.chunk("cgBI", [0x50, 0, 0x20, 2]) + TestPNG.header(8, 4, .rgba)
    #expect(outcome(other) == .failure(.broken(format: .png, reason: "it does not begin with a header")))
  }

  @Test("from the world is named, or says that it is dark", .enabled(if: SharedData.isPresent, SharedData.note))
  func cases() throws {
    guard case .failure(.unsupported("Xcode's CgBI PNG", _)) = outcome(try SharedData.bytes("cases/images/icon.png"))
    else {
      Issue.record("icon.png is not named")
      return
    }
    let dark = try decodeImage(SharedData.bytes("cases/images/12bit-in-16.png"))
    #expect(dark.warnings.count == 1)
    #expect(dark.warnings.first?.contains(", 12 of 16 bits,") == true)
    #expect(dark.image.pixels.max() == 12)
  }

  @Test("puts interlaced pictures of every small size together")
  func interlaced() throws {
    for height in 1...9 {
      for width in 1...9 {
        let sample = { (x: Int, y: Int) in UInt8(x * 16 + y) }
        let file = TestPNG.file(
          width, height, .gray, interlaced: true, rows: TestPNG.adam7Rows(width, height, sample))
        let image = try decodeImage(file).image
        #expect(image == picture(width, height) { x, y in [UInt8](repeating: sample(x, y), count: 3) })
      }
    }
  }

  @Test("stops inflating where the picture ends and refuses what holds more")
  func tooMuchData() {
    let rows = (0..<40).map { _ in [UInt8](repeating: 9, count: 8) }
    let file =
      TestPNG.signature + TestPNG.header(8, 4, .gray)
      + TestPNG.chunk("IDAT", TestPNG.zlib(rows.flatMap { [0] + $0 })) + TestPNG.chunk("IEND", [])
    #expect(outcome(file) == .failure(.broken(format: .png, reason: "its picture data are damaged")))
  }

  @Test("is whole without IEND and with bytes behind it, but not with a wrong checksum")
  func endOfFile() throws {
    let file = TestPNG.file(2, 1, .gray, rows: [[3, 200]])
    let image = try decodeImage(file).image
    #expect(try decodeImage(Array(file.dropLast(12))).image == image)
    #expect(try decodeImage(file + [1, 2, 3]).image == image)
    let checksum = file.count - 12 - 4
    #expect(
      outcome(file.patched(at: checksum, [~file[checksum]]))
        == .failure(.broken(format: .png, reason: "its picture data are damaged")))
  }

  @Test("ends early or gives the same picture when cut anywhere")
  func truncated() throws {
    let file = encodePNG(formulaPicture(13, 9))
    let image = try decodeImage(file).image
    for count in 0..<file.count {
      switch outcome(Array(file[..<count])) {
      case .success(let picture): #expect(picture == image)
      case .failure(let error):
        #expect(error == (count == 0 ? .empty : count < 4 ? .notAnImage : error))
        #expect(count < file.count - 12, "only IEND is missing")
      }
    }
  }

  @Test("is refused or unchanged when a bit is flipped")
  func bitFlips() throws {
    var random = SplitMix64(seed: 1)
    let file = encodePNG(formulaPicture(21, 17))
    let image = try decodeImage(file).image
    for _ in 0..<400 {
      let (offset, bit) = (Int.random(in: file.indices, using: &random), Int.random(in: 0..<8, using: &random))
      if case .success(let picture) = outcome(file.patched(at: offset, [file[offset] ^ 1 << bit])) {
        #expect(picture == image, "bit \(bit) of byte \(offset)")
      }
    }
  }

  @Test("is refused by what its header claims, before anything is allocated")
  func headerClaims() {
    let size = ImageSize(width: Int(Int32.max), height: Int(Int32.max))
    let file = TestPNG.file(size.width, size.height, depth: 16, .rgba, rows: [[0]])
    #expect(outcome(file) == .failure(.tooManyPixels(size: size, limit: 50_000_000)))
    for (width, height) in [(0, 1), (1, 0), (1 << 31, 1), (1, 0xFFFF_FFFF)] {
      let reason = "its width or height is out of range"
      #expect(
        outcome(TestPNG.file(width, height, .gray, rows: [[0]])) == .failure(.broken(format: .png, reason: reason)))
    }
    #expect(
      outcome(TestPNG.file(7000, 7000, .gray, rows: [[0]]))
        == .failure(.broken(format: .png, reason: "it ends before its picture does")))
  }

  @Test(
    "comes back from the encoder as it went in",
    arguments: [(1, 1), (2, 1), (1, 300), (17, 5), (300, 211), (400, 60), (3, 22_000), (700, 500)])
  func encoding(width: Int, height: Int) throws {
    var random = SplitMix64(seed: 5)
    let flat = picture(width, height) { _, _ in [0, 0, 0] }
    let noise = picture(width, height) { _, _ in random.bytes(3) }
    let patches = picture(width, height) { x, y in
      let isPlain: Bool = x / 29 % 2 == y / 31 % 2
      return isPlain ? [10, 200, 30] : [UInt8(x & 255), 7, 7]
    }
    for image in [formulaPicture(width, height), flat, noise, patches] {
      #expect(try decodeImage(encodePNG(image)).image == image)
    }
  }

  @Test("has the same bytes whoever deflates its stripes, and in whatever order", arguments: [(224, 224), (700, 500)])
  func stripes(width: Int, height: Int) throws {
    let image = formulaPicture(width, height)
    let file = encodePNG(image)
    #expect(encodePNG(image) { count, body in (0..<count).reversed().forEach(body) } == file)
    let atOnce = encodePNG(image) { count, body in
      let body = body
      DispatchQueue.concurrentPerform(iterations: count) { body($0) }
    }
    #expect(atOnce == file)
    #expect(try decodeImage(file).image == image)
  }

  @Test("is written small where there is little in it")
  func sizes() {
    let flat = encodePNG(picture(1000, 700) { _, _ in [200, 100, 50] })
    #expect(flat.count < 30_000)
    var random = SplitMix64(seed: 5)
    let noise = encodePNG(picture(300, 200) { _, _ in random.bytes(3) })
    #expect(noise.count < 300 * 200 * 3 + 2_000)
  }

  @Test("of a palette comes back from the encoder", arguments: [1, 2, 200, 256])
  func encodingPalette(colors: Int) throws {
    let palette = (0..<colors).map { (index: Int) -> IndexedImage.Color in
      let alpha: Int = index % 3 == 1 ? index : 255
      return IndexedImage.Color(red: UInt8(index), green: UInt8(255 - index), blue: 7, alpha: UInt8(alpha))
    }
    let (width, height) = (70, 50)
    let indices: [UInt8] = (0..<width * height).map { (pixel: Int) in UInt8(pixel * pixel / 97 % colors) }
    let file = encodePNG(
      IndexedImage(size: ImageSize(width: width, height: height), palette: palette, indices: indices))
    #expect(file[25] == TestPNG.ColorType.palette.rawValue)
    #expect((file.offset(of: Array("tRNS".utf8)) != nil) == (colors > 1))
    let expected = indices.flatMap { index in
      let color = palette[Int(index)]
      return [color.red, color.green, color.blue].map { overWhite(Int($0), alpha: Int(color.alpha)) }
    }
    #expect(try decodeImage(file).image.pixels == expected)
  }

  @Test("comes back with runs of any length")
  func encodingRuns() throws {
    let indices: [UInt8] = (0..<600).flatMap { length in [UInt8](repeating: UInt8(length % 2), count: length) + [2] }
    let palette = (0..<3).map { IndexedImage.Color(red: UInt8($0), green: 0, blue: 0, alpha: 255) }
    let file = encodePNG(
      IndexedImage(size: ImageSize(width: indices.count, height: 1), palette: palette, indices: indices))
    #expect(try decodeImage(file).image.pixels == indices.flatMap { [$0, 0, 0] })
  }

  @Test("keeps alpha straight when encoded")
  func encodingAlpha() throws {
    let image = RGBAImage(size: ImageSize(width: 3, height: 1), pixels: [1, 2, 3, 255, 9, 9, 9, 0, 100, 0, 255, 128])
    let file = encodePNG(image)
    #expect(file[24] == 8)
    #expect(file[25] == TestPNG.ColorType.rgba.rawValue)
    #expect(try decodeImage(file).image.pixels == [1, 2, 3, 255, 255, 255, 177, 127, 255])
  }
}

extension SplitMix64 {
  fileprivate mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
