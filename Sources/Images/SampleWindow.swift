/// A stretch of a file's samples: from `low` (black) to `high` (white), linear between them, clamped beyond. Sensors of
/// 10 to 14 bits leave most of 16 bits unused, and their pictures are dark as stored.
///
/// Samples count as the file stores them: 0 to 65535 in a PNG of 16 bits, and 0 to 255 in all others. Of colours each
/// channel is stretched by itself, before transparent parts are laid over white.
package struct SampleWindow: Hashable, Sendable {
  package let low: Int
  package let high: Int

  /// nil unless 0 <= low < high <= 65535, the largest sample of any file.
  package init?(low: Int, high: Int) {
    guard 0 <= low, low < high, high <= Self.largestSample else { return nil }
    self.low = low
    self.high = high
  }

  /// The largest that any file can hold.
  package static let largestSample = 65535

  /// As users write it: `0,4095`.
  package var text: String { "\(low),\(high)" }

  /// Throws for a window that reaches beyond the samples of a file.
  ///
  /// - Parameter largest: what a sample of the file can be.
  func check(against largest: Int) throws(ImageError) {
    guard high <= largest else { throw .window(self, largest: largest) }
  }

  /// A sample of 8 bits: ⌊255 · (sample − low) / (high − low) + ½⌋, clamped.
  func stretched(_ sample: UInt8) -> UInt8 {
    let (reach, height) = (high - low, min(max(Int(sample) - low, 0), high - low))
    return UInt8((510 * height + reach) / (2 * reach))
  }

  /// `stretched` of 0 to 255.
  var table: [UInt8] { (0...255).map { stretched(UInt8($0)) } }
}

extension RGBImage {
  /// The picture with each sample stretched; itself where there is no window.
  func stretched(by window: SampleWindow?) -> RGBImage {
    guard let window else { return self }
    let table = window.table
    return RGBImage(size: size, pixels: pixels.map { table[Int($0)] })
  }
}
