import Images

/// What pictures of a class have in common, pixel by pixel, and others have not: a thing that was pasted is the same to
/// a few levels at the same place of every picture that has it; objects and backgrounds hardly are.
struct CommonLook: Sendable {
  /// Where at least `share` of the class's pictures lie within `spread` levels of each other, in every channel, and at
  /// most `elsewhere` of the others do.
  let isCommon: [Bool]
  /// The same with `narrow` for `spread`.
  private let isEqual: [Bool]
  private let low: [UInt8]
  private let high: [UInt8]

  private static let share = 0.4
  private static let spread: UInt8 = 20
  private static let narrow: UInt8 = 8
  private static let elsewhere = 0.12
  private static let slack: UInt8 = 6

  init(of own: [RGBImage], besides others: [RGBImage]) {
    let count = own[0].pixels.count
    let wanted = max(2, Int((Self.share * Double(own.count)).rounded(.up)))
    var (low, high) = ([UInt8](repeating: 0, count: count), [UInt8](repeating: 255, count: count))
    var values = [UInt8](repeating: 0, count: own.count)
    for place in 0..<count {
      for (index, image) in own.enumerated() { values[index] = image.pixels[place] }
      values.sort()
      let start = (0...(values.count - wanted)).min {
        values[$0 + wanted - 1] - values[$0] < values[$1 + wanted - 1] - values[$1]
      }!
      (low[place], high[place]) = (values[start], values[start + wanted - 1])
    }
    self.low = low
    self.high = high
    let isCommon = (0..<count / 3).map { pixel in
      guard (0..<3).allSatisfy({ high[3 * pixel + $0] - low[3 * pixel + $0] <= Self.spread }) else { return false }
      let shared = others.count { Self.holds($0, pixel, low, high) }
      return Double(shared) <= Self.elsewhere * Double(others.count)
    }
    self.isCommon = isCommon
    isEqual = isCommon.indices.map { pixel in
      isCommon[pixel] && (0..<3).allSatisfy { high[3 * pixel + $0] - low[3 * pixel + $0] <= Self.narrow }
    }
  }

  private static func holds(_ image: RGBImage, _ pixel: Int, _ low: [UInt8], _ high: [UInt8]) -> Bool {
    (3 * pixel..<3 * pixel + 3).allSatisfy {
      Int(image.pixels[$0]) + Int(slack) >= Int(low[$0]) && Int(image.pixels[$0]) <= Int(high[$0]) + Int(slack)
    }
  }

  /// Pixels of a place that are common; nil where they are too few to tell a picture by.
  func common(in place: PicturePlace) -> [Int]? {
    let pixels = place.pixels.filter { isCommon[$0] }
    return pixels.count >= max(6, place.pixelCount / 25) ? pixels : nil
  }

  /// Whether a picture has most of these pixels as the class has them.
  func isCarried(by image: RGBImage, _ pixels: [Int]) -> Bool {
    let hits = pixels.count { Self.holds(image, $0, low, high) }
    return 10 * hits >= 6 * pixels.count
  }

  /// Which share of a place is all but equal from picture to picture, where that ends about where the place does:
  /// something pasted has edges, twins of one photograph have not. Else nil.
  func boundedShare(in place: PicturePlace) -> Double? {
    let inside = place.pixels.count { isEqual[$0] }
    guard 7 * inside >= place.pixelCount else { return nil }
    let (box, size) = (place.bounds, place.size)
    let margin = max(2, min(box.width, box.height) / 2)
    let (left, top) = (max(0, box.x - margin), max(0, box.y - margin))
    let (right, bottom) = (min(size.width, box.x + box.width + margin), min(size.height, box.y + box.height + margin))
    let own = Set(place.pixels)
    let ring = (top..<bottom).flatMap { y in (left..<right).map { y * size.width + $0 } }.filter { !own.contains($0) }
    let density = Double(inside) / Double(place.pixelCount)
    guard !ring.isEmpty, Double(ring.count { isEqual[$0] }) < 0.1 * density * Double(ring.count) else { return nil }
    return density
  }
}
