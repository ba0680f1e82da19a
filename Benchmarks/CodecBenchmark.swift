import ArgumentParser
import Foundation
import Images

/// What it costs to take photographs in and to give pictures out, on one thread.
struct CodecBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codecs", abstract: "Measures decoding at each scale, resizing, and encoding of photographs.")

  @Argument(help: "JPEG or PNG files.")
  var photographs: [String]

  @Option(help: "Repetitions; the shortest counts.")
  var repetitions = 15

  func run() throws {
    for photograph in photographs {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: photograph)))
      let full = try decodeImage(bytes)
      print("\(photograph), \(full.originalSize), \(bytes.count) bytes")
      for divisor in full.format == .jpeg ? [1, 2, 4, 8] : [1] {
        let smallest = ImageSize(width: full.image.width / divisor, height: full.image.height / divisor)
        let decoded = try decodeImage(bytes) { _ in smallest }
        try report("decode at 1/\(divisor) to \(decoded.image.size)") { _ = try decodeImage(bytes) { _ in smallest } }
        let target = ImageSize(width: 256 * full.image.width / full.image.height, height: 256)
        report("  resize to \(target), bicubic") {
          _ = resize(decoded.image, to: target, filter: .bicubic, of: decoded.covered)
        }
        report("  fit to 1024") { _ = decoded.fitted(longestSide: 1024) }
      }
      for side in [224, 1024] {
        let picture = full.fitted(longestSide: side)
        report("PNG of \(picture.size), \(encodePNG(picture).count) bytes") { _ = encodePNG(picture) }
        report("JPEG of \(picture.size), \(encodeJPEG(picture).count) bytes") { _ = encodeJPEG(picture) }
      }
    }
  }

  private func report(_ name: String, _ body: () throws -> Void) rethrows {
    let shortest = try (0..<repetitions).map { _ in try ContinuousClock().measure(body) }.min() ?? .zero
    let milliseconds = Double(shortest.components.attoseconds) / 1e15 + Double(shortest.components.seconds) * 1e3
    print("  \(name.padding(toLength: 44, withPad: " ", startingAt: 0))", String(format: "%8.3f ms", milliseconds))
  }
}
