import Images

/// What a picture looks like, small: by it near-duplicates are told, such as the frames of one recording.
///
/// - The thumbnail: 16 x 16 levels of grey, resized as Pillow does it with the bilinear filter.
/// - The hash: 64 bits, each whether a pixel of 9 x 8 levels of grey is darker than its right neighbour (dHash). It
///   stays as it is when a picture becomes brighter, or is compressed again.
///
/// Source of the hash: N. Krawetz, "Kind of Like That", The Hacker Factor Blog, 21 January 2013.
struct ImageSignature: Hashable, Sendable {
  static let side = 16

  /// `side * side` levels of grey, 0...255.
  let thumbnail: [UInt8]
  let hash: UInt64
  /// The thumbnail's mean and standard deviation.
  let mean: Float
  let deviation: Float

  /// Pictures of less are looked at whole, others in the smallest size at which they can be decoded.
  static func smallestSource(of original: ImageSize) -> ImageSize {
    ImageSize(width: min(original.width, 128), height: min(original.height, 128))
  }

  init(of decoded: DecodedImage) {
    self.init(
      thumbnail: Self.grey(decoded, ImageSize(width: Self.side, height: Self.side)),
      gradient: Self.grey(decoded, ImageSize(width: 9, height: 8)))
  }

  private init(thumbnail: [UInt8], gradient: [UInt8]) {
    self.thumbnail = thumbnail
    var hash: UInt64 = 0
    for row in 0..<8 {
      for column in 0..<8 { hash = hash << 1 | (gradient[row * 9 + column] < gradient[row * 9 + column + 1] ? 1 : 0) }
    }
    self.hash = hash
    let sum = thumbnail.reduce(0) { $0 + Int($1) }
    let squares = thumbnail.reduce(0) { $0 + Int($1) * Int($1) }
    let mean = Double(sum) / Double(thumbnail.count)
    self.mean = Float(mean)
    deviation = Float(max(0, Double(squares) / Double(thumbnail.count) - mean * mean).squareRoot())
  }

  /// Levels of grey by the luma of ITU-R BT.601, rounded.
  private static func grey(_ decoded: DecodedImage, _ size: ImageSize) -> [UInt8] {
    let small = resize(decoded.image, to: size, filter: .bilinear, of: decoded.covered).pixels
    return (0..<size.pixelCount).map { pixel in
      let (red, green, blue) = (Int(small[pixel * 3]), Int(small[pixel * 3 + 1]), Int(small[pixel * 3 + 2]))
      return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
    }
  }

  /// The root of the mean squared difference of the thumbnails, in levels of grey.
  func distance(to other: ImageSignature) -> Float {
    (Float(squaredDistance(to: other)) / Float(thumbnail.count)).squareRoot()
  }

  /// Pearson's correlation of the thumbnails; 0 where one of them is flat.
  func correlation(with other: ImageSignature) -> Float {
    guard deviation > 0, other.deviation > 0 else { return 0 }
    // |a - b|^2 / n = var(a) + var(b) - 2 cov(a, b) + (mean(a) - mean(b))^2
    let square = Float(squaredDistance(to: other)) / Float(thumbnail.count)
    let shift = mean - other.mean
    let twiceCovariance = deviation * deviation + other.deviation * other.deviation + shift * shift - square
    return twiceCovariance / (2 * deviation * other.deviation)
  }

  private func squaredDistance(to other: ImageSignature) -> Int {
    thumbnail.withUnsafeBufferPointer { a in
      other.thumbnail.withUnsafeBufferPointer { b in
        var sum: Int32 = 0
        for index in 0..<Self.side * Self.side {
          let difference = Int32(a[index]) &- Int32(b[index])
          sum = sum &+ difference &* difference
        }
        return Int(sum)
      }
    }
  }
}
