import Autodiff
import Images
import TestSupport
import Testing

/// Both sides of the line that docs/decisions/damaged-images.md draws for JPEG.
@Suite("An odd JPEG")
struct JPEGMendingTests {
  private let damaged = ImageError.broken(format: .jpeg, reason: "its picture data are damaged")
  private let cut = ImageError.broken(format: .jpeg, reason: "it ends before its picture does")
  private let padded =
    "Bytes without meaning stand between the picture and the end of the file; the picture is complete."
  private let file = encodeJPEG(formulaPicture(64, 48))

  /// The warnings of a file whose picture is that of `file`.
  private func warnings(_ bytes: [UInt8]) throws -> [String] {
    let decoded = try decodeImage(bytes)
    #expect(decoded.image == (try decodeImage(file).image))
    #expect(try decodeImage(bytes, atLeast: { _ in ImageSize(width: 8, height: 6) }).warnings == decoded.warnings)
    return decoded.warnings
  }

  /// The file with a segment behind SOI.
  private func with(_ marker: UInt8, _ body: [UInt8], in file: [UInt8]) -> [UInt8] {
    file.inserting([0xFF, marker] + TestPNG.big(body.count + 2).suffix(2) + body, at: 2)
  }

  /// `file` without its JFIF segment.
  private var bare: [UInt8] {
    #expect(Array(file[2..<4]) == [0xFF, 0xE0])
    let length = Int(file[4]) << 8 + Int(file[5])
    return Array(file[..<2]) + Array(file[(4 + length)...])
  }

  @Test("without any fault has no warning")
  func control() throws {
    #expect(try warnings(file) == [])
    #expect(try warnings(file + [1, 2, 0xFF, 0xDA, 3]) == [])
  }

  @Test(
    "may claim any version of JFIF", arguments: [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2), (1, 99), (2, 1), (255, 255)])
  func versions(major: UInt8, minor: UInt8) throws {
    let text = "\(major).\(minor < 10 ? "0" : "")\(minor)"
    #expect(Array(file[6..<11]) == Array("JFIF\0".utf8))
    #expect(
      try warnings(file.patched(at: 11, [major, minor]))
        == (major == 1 ? [] : ["The file claims JFIF version \(text), which does not exist; it was read as 1.02."]))
  }

  @Test("may have stray bytes before any segment of its header", arguments: [1, 2, 16, 24, 257, 2226, 70_000])
  func strayBytes(count: Int) throws {
    var random = SplitMix64(seed: 3)
    let stray = (0..<count).map { _ in UInt8.random(in: 0...254, using: &random) }
    let sentence =
      "The header has \(count) stray \(count == 1 ? "byte" : "bytes") between its parts; they were passed over."
    // APP0, DQT, SOF0, DHT, SOS; then APP1 with an orientation, which must still be found.
    for marker: UInt8 in [0xE0, 0xDB, 0xC0, 0xC4, 0xDA] {
      let start = try #require(file.offset(of: [0xFF, marker]))
      #expect(try warnings(file.inserting(stray, at: start)) == [sentence])
      #expect(try warnings(file.inserting(stray + [0xFF, 0xFF], at: start)).count == 1)
    }
    let turned = try decodeImage(TestEXIF.jpeg(file, tiff: TestEXIF.tiff(orientation: 6)).inserting(stray, at: 2))
    #expect(turned.image.size == ImageSize(width: 48, height: 64))
    #expect(turned.warnings == [sentence])
  }

  @Test("may have fill bytes before a marker, which are no fault")
  func fillBytes() throws {
    let start = try #require(file.offset(of: [0xFF, 0xDB]))
    #expect(try warnings(file.inserting([0xFF, 0xFF, 0xFF], at: start)) == [])
    #expect(try warnings(file.inserting([UInt8](repeating: 0xFF, count: 3000), at: file.count - 2)) == [])
  }

  @Test("of three components is YCbCr where Adobe's marker makes no sense", arguments: [UInt8(1), 2, 3, 255])
  func adobeTransform(transform: UInt8) throws {
    let adobe = Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, transform]
    let sentence =
      "Adobe's marker names colour transform \(transform), which a picture of 3 components cannot have; "
      + "its colours were read as YCbCr."
    #expect(try warnings(with(0xEE, adobe, in: bare)) == (transform == 1 ? [] : [sentence]))
    // JFIF says what the colours are, whatever Adobe's marker says.
    #expect(try warnings(with(0xEE, adobe, in: file)) == [])
  }

  @Test("of three components is RGB where Adobe's marker says so")
  func adobeRGB() throws {
    let adobe = Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 0]
    let decoded = try decodeImage(with(0xEE, adobe, in: bare))
    #expect(decoded.warnings == [])
    #expect(decoded.image != (try decodeImage(file).image))
  }

  @Test("may have more than one fault")
  func severalFaults() throws {
    let adobe = Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 2]
    let jfif = Array("JFIF\0".utf8) + [2, 1, 0, 0, 1, 0, 1, 0, 0]
    let odd = Array(with(0xEE, adobe, in: bare).inserting([1, 2, 3], at: 2).dropLast(2))
    let quantization = try #require(odd.offset(of: [0xFF, 0xDB]))
    #expect(try warnings(odd.inserting([7, 7], at: quantization)).count == 3)
    #expect(try warnings(with(0xE0, jfif, in: odd) + [UInt8](repeating: 0, count: 300)).count == 4)
  }

  @Test("may lack EOI and claim a spectral selection that a sequential scan cannot have")
  func mended() throws {
    #expect(
      try warnings(Array(file.dropLast(2)))
        == ["The marker that ends the file is missing, but the picture is complete."])
    let scan = try #require(file.offset(of: [0xFF, 0xDA]))
    #expect(Array(file[scan + 11..<scan + 14]) == [0, 63, 0])
    #expect(
      try warnings(file.patched(at: scan + 12, [0]))
        == ["A scan claims to hold a part of the coefficients, though it holds all; the claim was ignored."])
  }

  @Test(
    "may have any number of bytes of one value before its end", arguments: [0, 1, 16, 17, 257, 258, 2226, 100_000],
    [UInt8(0), 0x20, 0x55, 0xAA, 0xFE])
  func padding(count: Int, value: UInt8) throws {
    let bytes = [UInt8](repeating: value, count: count)
    let closed = try warnings(file.inserting(bytes, at: file.count - 2))
    // libjpeg reads ahead by up to eight bytes and does not say so.
    #expect(count == 0 ? closed == [] : count < 9 ? closed == [] || closed == [padded] : closed == [padded])
    #expect(try warnings(file.dropLast(2) + bytes).count == closed.count + 1)
  }

  @Test("may have a few bytes of any kind before its end, but not many", arguments: [1, 8, 16, 30, 258, 2226])
  func leftOverData(count: Int) throws {
    var random = SplitMix64(seed: 7)
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...254, using: &random) }
    let odd = file.inserting(bytes, at: file.count - 2)
    if count <= 16 {
      #expect(try warnings(odd).count <= 1)
    } else {
      #expect(outcome(odd) == .failure(damaged))
      #expect(outcome(odd.inserting([0, 0, 0, 0, 0, 0, 0, 0], at: odd.count - 2)) == .failure(damaged))
    }
  }

  @Test("is damaged where padding stands in the place of data", arguments: [UInt8(0), 0x55, 0xAA])
  func neverWritten(value: UInt8) throws {
    // A file of which the rest was never written: its full length, or more, is there. Its decoder takes what it finds
    // for data, comes to the last row, and has as much left over as one likes.
    let scan = try #require(file.offset(of: [0xFF, 0xDA])) + 14
    let whole = try decodeImage(file).image
    for part in 1...9 {
      let kept = Array(file[..<(scan + (file.count - scan) * part / 10)])
      for length in [file.count, file.count * 2, file.count * 20] {
        let filled = kept + [UInt8](repeating: value, count: length - kept.count)
        for bytes in [filled, filled + [0xFF, 0xD9]] {
          if case .success(let image) = outcome(bytes) { #expect(image == whole, "\(part)/10, \(length)") }
        }
      }
    }
  }

  @Test("whose data lost a bit is refused as often as it was, or changed by what no decoder can see")
  func bitFlips() throws {
    // Whatever else is odd, the data decide: each fault that is mended leaves the outcome of damaged data as it is.
    var random = SplitMix64(seed: 11)
    let scan = try #require(file.offset(of: [0xFF, 0xDA])) + 14
    let quantization = try #require(file.offset(of: [0xFF, 0xDB]))
    var refused = 0
    for _ in 0..<300 {
      let (offset, bit) = (Int.random(in: scan..<file.count - 2, using: &random), Int.random(in: 0..<8, using: &random))
      let flipped = file.patched(at: offset, [file[offset] ^ 1 << bit])
      let expected = outcome(flipped)
      if case .failure = expected { refused += 1 }
      #expect(outcome(flipped.patched(at: 11, [0, 0])) == expected)
      #expect(outcome(flipped.inserting([1, 2], at: quantization)) == expected)
    }
    #expect(refused > 30)
  }

  @Test("is refused when cut anywhere in its data, whatever else is odd")
  func truncated() throws {
    let scan = try #require(file.offset(of: [0xFF, 0xDA])) + 14
    let odd = file.patched(at: 11, [0, 0])
    for count in stride(from: scan, to: file.count - 12, by: 7) {
      #expect(outcome(Array(odd[..<count])) == .failure(cut))
      #expect(outcome(odd[..<count] + [0xFF, 0xD9]) == .failure(damaged))
    }
  }

  @Test(
    "from the world gives the pixels of the plain file", .enabled(if: SharedData.isPresent, SharedData.note),
    arguments: [("jfif-0.00", 1), ("2-before-dqt", 1), ("2226-before-eoi", 1), ("plain", 0)])
  func cases(name: String, warnings: Int) throws {
    let decoded = try decodeImage(SharedData.bytes("cases/images/\(name).jpg"))
    #expect(decoded.image == (try decodeImage(SharedData.bytes("cases/images/plain.jpg")).image))
    #expect(decoded.warnings.count == warnings)
  }
}
