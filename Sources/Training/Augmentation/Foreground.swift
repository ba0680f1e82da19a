import Images

/// Where a picture's object is, while the picture is augmented.
struct Foreground {
  /// For each pixel how much of it is object, 0 to 1.
  var shares: [Float]
  let size: ImageSize
  /// Whether the mask that this was made of can be believed.
  let isPlausible: Bool

  /// The shares with soft edges: means of 3 x 3 pixels, several times over.
  func softened(_ passes: Int) -> [Float] {
    (0..<passes).reduce(shares) { shares, _ in boxMean(shares, size, radius: 1, rounding: .product) }
  }
}

extension ObjectMask {
  /// How much of each pixel of a picture of this size is object, 0 to 1, bilinearly.
  func stretched(to size: ImageSize) -> [Float] {
    let side = Self.side
    let shares = isObject.map { $0 ? Float(1) : 0 }
    if size == ImageSize(width: side, height: side) { return shares }
    let columns = (0..<size.width).map { Self.tap($0, of: size.width) }
    return [Float](unsafeUninitializedCapacity: size.pixelCount) { result, count in
      shares.withUnsafeBufferPointer { shares in
        for row in 0..<size.height {
          let tap = Self.tap(row, of: size.height)
          let (top, down) = (tap.cell * side, tap.fraction)
          let below = top + tap.step * side
          for column in 0..<size.width {
            let (left, right) = (columns[column].cell, columns[column].fraction)
            let next = left + columns[column].step
            let upper = shares[top + left] * (1 - right) + shares[top + next] * right
            let lower = shares[below + left] * (1 - right) + shares[below + next] * right
            result[row * size.width + column] = upper * (1 - down) + lower * down
          }
        }
      }
      count = size.pixelCount
    }
  }

  /// Where the centre of a pixel of `length` falls among the mask's cells.
  private static func tap(_ place: Int, of length: Int) -> BilinearTap {
    BilinearTap(at: (Float(place) + 0.5) * Float(side) / Float(length) - 0.5, of: side)
  }
}
