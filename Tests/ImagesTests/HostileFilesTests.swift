import Foundation
import Images
import TestSupport
import Testing

/// A line of `images-bad/manifest.csv`, whose columns the README beside it explains.
struct HostileFile: Sendable, CustomTestStringConvertible {
  enum Expectation: String {
    case decode, damaged, optional, reject
  }

  struct Probe {
    let x: Int
    let y: Int
    /// R, G, B, over white where the file gives alpha.
    let color: [Int]
  }

  let name: String
  let expectation: Expectation
  let size: ImageSize?
  let tolerance: Int
  let probes: [Probe]

  var testDescription: String { name }

  static let all: [HostileFile] = {
    guard SharedData.isPresent, let bytes = try? bytes(of: "manifest.csv") else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst().compactMap(
      HostileFile.init)
  }()

  static func bytes(of name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: SharedData.path("data/images-bad/" + name))))
  }

  /// Quotes are used by the last column only, which is not read.
  init?(line: Substring) {
    let columns = line.split(separator: ",", omittingEmptySubsequences: false)
    guard let expectation = Expectation(rawValue: String(columns[2])) else { return nil }
    self.name = String(columns[0])
    self.expectation = expectation
    if let width = Int(columns[3]), let height = Int(columns[4]) {
      self.size = ImageSize(width: width, height: height)
    } else {
      self.size = nil
    }
    self.tolerance = Int(columns[6]) ?? 0
    self.probes = columns[7].split(separator: " ").map(Probe.init)
  }
}

extension HostileFile.Probe {
  /// `x:y=R/G/B` or `x:y=R/G/B/A`.
  init(_ text: Substring) {
    let numbers = text.split { ":=/".contains($0) }.compactMap { Int($0) }
    let alpha = numbers.count > 5 ? numbers[5] : 255
    self.x = numbers[0]
    self.y = numbers[1]
    self.color = numbers[2..<5].map { Int(overWhite($0, alpha: alpha)) }
  }
}

@Suite("Hostile files", .enabled(if: SharedData.isPresent, SharedData.note))
struct HostileFilesTests {
  /// Damaged files whose picture is whole nevertheless; see docs/decisions/damaged-images.md.
  private static let wholeThoughDamaged: Set = [
    "jpeg-no-dht.jpg", "jpeg-segment-length-0.jpg", "jpeg-trunc-no-eoi.jpg", "png-bad-text-crc.png",
    "png-iccp-bomb.png",
    "png-no-iend.png", "png-plte-index-out.png", "png-trns-too-long.png", "png-ztxt-bomb.png",
  ]

  @Test("do what the manifest says", arguments: HostileFile.all)
  func manifest(file: HostileFile) throws {
    let bytes = try HostileFile.bytes(of: file.name)
    do throws(ImageError) {
      let decoded = try decodeImage(bytes)
      #expect(file.expectation != .reject)
      #expect(file.expectation != .damaged || Self.wholeThoughDamaged.contains(file.name))
      #expect(decoded.image.size == file.size)
      #expect(decoded.originalSize == file.size)
      #expect(try probeImage(bytes).size == file.size)
      for probe in file.probes {
        let color = decoded.image[probe.x, probe.y].map { Int($0) }
        #expect(
          zip(color, probe.color).allSatisfy { abs($0 - $1) <= file.tolerance },
          "\(probe.x):\(probe.y) is \(color), not \(probe.color)")
      }
    } catch {
      #expect(file.expectation != .decode, "\(error)")
      #expect(!Self.wholeThoughDamaged.contains(file.name), "\(error)")
    }
  }
}
