import Images

/// Where a picture's object is, while the picture is augmented.
struct Foreground {
  /// For each pixel how much of it is object, 0 to 1.
  var shares: [Float]
  let size: ImageSize
  /// Whether the mask that this was made of can be believed.
  let isPlausible: Bool

  /// The shares with soft edges: means of 3 x 3 pixels, several times over; beyond the edge lies the edge's pixel.
  func softened(_ passes: Int) -> [Float] {
    let (width, height) = (size.width, size.height)
    var result = shares
    var along = shares
    for _ in 0..<passes {
      result.withUnsafeMutableBufferPointer { result in
        along.withUnsafeMutableBufferPointer { along in
          let (result, along) = (result.baseAddress!, along.baseAddress!)
          for row in 0..<height {
            let (from, to) = (result + row * width, along + row * width)
            for column in 0..<width {
              to[column] = (from[max(column - 1, 0)] + from[column] + from[min(column + 1, width - 1)]) * (1 / 3)
            }
          }
          for row in 0..<height {
            let (above, below) = (along + max(row - 1, 0) * width, along + min(row + 1, height - 1) * width)
            let (from, to) = (along + row * width, result + row * width)
            for column in 0..<width { to[column] = (above[column] + from[column] + below[column]) * (1 / 3) }
          }
        }
      }
    }
    return result
  }
}

extension ObjectMask {
  /// How much of each pixel of a picture of this size is object, 0 to 1, bilinearly.
  func stretched(to size: ImageSize) -> [Float] {
    let side = Self.side
    let shares = isObject.map { $0 ? Float(1) : 0 }
    if size == ImageSize(width: side, height: side) { return shares }
    let columns = (0..<size.width).map { Self.taps($0, of: size.width) }
    return [Float](unsafeUninitializedCapacity: size.pixelCount) { result, count in
      shares.withUnsafeBufferPointer { shares in
        for row in 0..<size.height {
          let (top, down) = Self.taps(row, of: size.height)
          for column in 0..<size.width {
            let (left, right) = columns[column]
            let cell = top * side + left
            let upper = shares[cell] * (1 - right) + shares[cell + 1] * right
            let lower = shares[cell + side] * (1 - right) + shares[cell + side + 1] * right
            result[row * size.width + column] = upper * (1 - down) + lower * down
          }
        }
      }
      count = size.pixelCount
    }
  }

  /// The cell before a pixel's centre, and how far behind that cell's centre it lies, 0 to 1.
  private static func taps(_ place: Int, of length: Int) -> (cell: Int, share: Float) {
    let position = min(max((Float(place) + 0.5) * Float(side) / Float(length) - 0.5, 0), Float(side - 1))
    let cell = min(Int(position), side - 2)
    return (cell, position - Float(cell))
  }
}
