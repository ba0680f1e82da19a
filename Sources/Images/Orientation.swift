/// How a stored picture must be turned to stand upright, by the numbers of EXIF.
///
/// Source: CIPA DC-008 (Exif 2.32), tag 274 (0x0112): where row 0 and column 0 of the stored picture belong.
enum Orientation: Int, CaseIterable {
  case upright = 1
  case mirrored
  case turnedHalf
  case flipped
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// Whether rows of the stored picture become columns.
  var swapsSides: Bool { rawValue >= Self.transposed.rawValue }

  /// The size after turning; the same function leads back.
  func turned(_ size: ImageSize) -> ImageSize {
    swapsSides ? ImageSize(width: size.height, height: size.width) : size
  }
}

// MARK: - Reading

extension Orientation {
  /// Reads the orientation from a TIFF structure, the body of an EXIF segment or chunk.
  ///
  /// Only IFD 0 is looked at, and only as far as it lies inside `tiff`: claimed counts and offsets bound nothing but
  /// this one loop. Whatever is missing, wrong or out of range is `upright`, as every viewer takes it.
  init(tiff: ByteReader) {
    self = Self.value(in: tiff).flatMap(Self.init(rawValue:)) ?? .upright
  }

  private static func value(in tiff: ByteReader) -> Int? {
    let endianness: ByteReader.Endianness
    if tiff.has("II*\0") {
      endianness = .little
    } else if tiff.has("MM\0*") {
      endianness = .big
    } else {
      return nil
    }
    guard let directory = tiff.uint32(at: 4, endianness), let count = tiff.uint16(at: directory, endianness) else {
      return nil
    }
    let (tag, short) = (0x0112, 3)
    for entry in 0..<count {
      let offset = directory + 2 + entry * 12
      guard let entryTag = tiff.uint16(at: offset, endianness) else { return nil }
      guard entryTag == tag else { continue }
      return tiff.uint16(at: offset + 2, endianness) == short ? tiff.uint16(at: offset + 8, endianness) : nil
    }
    return nil
  }
}

// MARK: - Turning

extension Orientation {
  /// Turns a stored picture upright.
  func upright(_ stored: RGBImage) -> RGBImage {
    guard self != .upright else { return stored }
    let size = turned(stored.size)
    let (origin, stepX, stepY) = walk(over: stored.size)
    let pixels = [UInt8](unsafeUninitializedCapacity: size.pixelCount * 3) { target, count in
      stored.pixels.withUnsafeBufferPointer { source in
        // Square tiles keep both sides in the cache when rows become columns.
        let tile = 64
        for tileY in stride(from: 0, to: size.height, by: tile) {
          for tileX in stride(from: 0, to: size.width, by: tile) {
            for y in tileY..<min(tileY + tile, size.height) {
              var from = (origin + y * stepY + tileX * stepX) * 3
              var to = (y * size.width + tileX) * 3
              for _ in tileX..<min(tileX + tile, size.width) {
                target[to] = source[from]
                target[to + 1] = source[from + 1]
                target[to + 2] = source[from + 2]
                from += stepX * 3
                to += 3
              }
            }
          }
        }
      }
      count = target.count
    }
    return RGBImage(size: size, pixels: pixels)
  }

  /// Turns a rectangle of a stored picture of this size upright.
  func upright(_ region: ImageRegion, in stored: ImageSize) -> ImageRegion {
    let fromRight = Double(stored.width) - region.x - region.width
    let fromBottom = Double(stored.height) - region.y - region.height
    let (x, y) =
      switch self {
      case .upright: (region.x, region.y)
      case .mirrored: (fromRight, region.y)
      case .turnedHalf: (fromRight, fromBottom)
      case .flipped: (region.x, fromBottom)
      case .transposed: (region.y, region.x)
      case .turnedRight: (fromBottom, region.x)
      case .transversed: (fromBottom, fromRight)
      case .turnedLeft: (region.y, fromRight)
      }
    return swapsSides
      ? ImageRegion(x: x, y: y, width: region.height, height: region.width)
      : ImageRegion(x: x, y: y, width: region.width, height: region.height)
  }

  /// Upright pixel (x, y) is the stored pixel number `origin + x * stepX + y * stepY`.
  private func walk(over stored: ImageSize) -> (origin: Int, stepX: Int, stepY: Int) {
    let (row, right, bottom) = (stored.width, stored.width - 1, (stored.height - 1) * stored.width)
    return switch self {
    case .upright: (0, 1, row)
    case .mirrored: (right, -1, row)
    case .turnedHalf: (bottom + right, -1, -row)
    case .flipped: (bottom, 1, -row)
    case .transposed: (0, row, 1)
    case .turnedRight: (bottom, -row, 1)
    case .transversed: (bottom + right, -row, -1)
    case .turnedLeft: (right, row, -1)
    }
  }
}
