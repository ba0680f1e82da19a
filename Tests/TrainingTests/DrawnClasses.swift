import Autodiff
import Foundation
import Images
import TestSupport

/// A data set that a test draws: discs, stripes that lie, stripes that stand, chequers, each in random colours and
/// places.
enum DrawnClasses {
  static let folders = ["0disc", "1lying", "2standing", "3chequers"]
  static let names = ["disc", "lying", "standing", "chequers"]

  /// Writes PNG files into folders of classes below `folder`.
  static func draw(_ perClass: Int, classes: Int = 4, side: Int = 24, seed: UInt64 = 1, into folder: String) throws {
    var random = SplitMix64(seed: seed)
    for (index, name) in folders.prefix(classes).enumerated() {
      let path = folder + "/" + name
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for number in 0..<perClass {
        try Data(encodePNG(picture(of: index, side: side, &random))).write(
          to: URL(fileURLWithPath: "\(path)/\(number).png"))
      }
    }
  }

  private static func picture(of index: Int, side: Int, _ random: inout SplitMix64) -> RGBImage {
    let front = (0..<3).map { _ in UInt8.random(in: 140...255, using: &random) }
    let back = (0..<3).map { _ in UInt8.random(in: 0...110, using: &random) }
    let (dx, dy) = (Int.random(in: 0..<6, using: &random), Int.random(in: 0..<6, using: &random))
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        let (u, v) = (x + dx, y + dy)
        let (cx, cy) = (Double(x - side / 2 + dx - 3), Double(y - side / 2 + dy - 3))
        let isFront =
          switch index {
          case 0: cx * cx + cy * cy < Double(side * side) / 12
          case 1: v / 3 % 2 == 0
          case 2: u / 3 % 2 == 0
          default: (u / 3 + v / 3) % 2 == 0
          }
        for channel in 0..<3 {
          let value = Int((isFront ? front : back)[channel]) + Int.random(in: -12...12, using: &random)
          pixels.append(UInt8(clamping: value))
        }
      }
    }
    return RGBImage(size: ImageSize(width: side, height: side), pixels: pixels)
  }
}
