package import Images

/// The mean of many maps of one grid, each brought to 0...1 first, so that none counts more for the size of its logit.
///
/// A map counts as max(v, 0) / max v; one without positive evidence says nothing about where, and is counted apart.
/// Sums are of whole numbers, 2⁻³² apart, so that the mean does not depend on the order of the maps.
package struct MeanMap: Hashable, Sendable {
  private var sums: [Int64] = []
  private var width = 0
  private var height = 0
  /// Maps that are in the mean.
  package private(set) var count = 0
  /// Maps without positive evidence.
  package private(set) var emptyCount = 0

  package init() {}

  package mutating func add(_ map: SaliencyMap) {
    guard map.status == .ok else {
      emptyCount += 1
      return
    }
    if count == 0 {
      (width, height) = (map.width, map.height)
      sums = [Int64](repeating: 0, count: map.values.count)
    }
    precondition(map.width == width && map.height == height, "MeanMap: maps of several sizes")
    let largest = Double(map.maximum)
    for (index, value) in map.values.enumerated() where value > 0 {
      sums[index] += Int64((Double(value) / largest * 0x1p32).rounded())
    }
    count += 1
  }

  /// nil where no map had positive evidence.
  package var mean: SaliencyMap? {
    guard count > 0 else { return nil }
    return SaliencyMap(
      width: width, height: height, values: sums.map { Float(Double($0) / Double(count) * 0x1p-32) })
  }
}

/// The mean of many pictures of one size, in 8-bit sRGB values.
package struct MeanPicture: Hashable, Sendable {
  private var sums: [UInt32] = []
  private var size = ImageSize(width: 0, height: 0)
  package private(set) var count = 0

  package init() {}

  package mutating func add(_ image: RGBImage) {
    if count == 0 {
      size = image.size
      sums = [UInt32](repeating: 0, count: image.pixels.count)
    }
    precondition(image.size == size, "MeanPicture: pictures of several sizes")
    for (index, value) in image.pixels.enumerated() { sums[index] += UInt32(value) }
    count += 1
  }

  /// nil where there is none.
  package var mean: RGBImage? {
    guard count > 0 else { return nil }
    return RGBImage(size: size, pixels: sums.map { UInt8((2 * Int($0) + count) / (2 * count)) })
  }
}
