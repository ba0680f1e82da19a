import Glibc

/// What the markers of a JPEG say before libjpeg sees it: what it is, how large, which way up, and how much work.
///
/// Source: ITU-T T.81, annex B. Where a file is odd but harmless the walk does as libjpeg does (bytes between segments
/// and lengths below 2 are skipped), so that both see the same markers.
struct JPEGHeader {
  /// As stored, before `orientation` is applied.
  let size: ImageSize
  /// 1 grey, 3 colour, 4 CMYK or YCCK.
  let componentCount: Int
  let orientation: Orientation

  private let isProgressive: Bool
  /// Where the marker of the first scan stands; nil when the file ends before it.
  private let firstScan: Int?

  var uprightSize: ImageSize { orientation.turned(size) }
}

// MARK: - Header

extension JPEGHeader {
  /// Reads up to the first scan. No limit is applied here.
  init(_ bytes: [UInt8]) throws(ImageError) {
    var frame: Frame?
    var orientation: Orientation?
    var firstScan: Int?
    var walk = JPEGSegments(bytes)
    while firstScan == nil, let segment = walk.next(), segment.marker != .endOfImage {
      switch segment.marker {
      case .startOfScan:
        firstScan = segment.start
      case .exif where orientation == nil:
        orientation = Self.orientation(in: ByteReader(bytes, in: segment.body))
      case let marker where marker.isFrame && frame == nil:
        frame = try Frame(marker, body: ByteReader(bytes, in: segment.body))
      default:
        break
      }
    }
    guard let frame else { throw .broken(format: .jpeg, reason: "it ends before its size is given") }
    self.size = frame.size
    self.componentCount = frame.componentCount
    self.isProgressive = frame.isProgressive
    self.orientation = orientation ?? .upright
    self.firstScan = firstScan
  }

  private static func orientation(in segment: ByteReader) -> Orientation? {
    guard segment.has("Exif\0\0") else { return nil }
    return Orientation(tiff: segment.dropping(6))
  }
}

/// The frame header, T.81 B.2.2.
private struct Frame {
  let size: ImageSize
  let componentCount: Int
  let isProgressive: Bool

  init(_ marker: JPEGMarker, body: ByteReader) throws(ImageError) {
    switch marker.rawValue {
    case 0xC0, 0xC1, 0xC2, 0xC9, 0xCA: break
    case 0xC3, 0xCB: throw .unsupported(kind: "Lossless JPEG")
    case 0xF7: throw .unsupported(kind: "JPEG-LS")
    default: throw .unsupported(kind: "Hierarchical JPEG")
    }
    guard let precision = body.byte(at: 0), let height = body.uint16(at: 1), let width = body.uint16(at: 3),
      let components = body.byte(at: 5), body.count == 6 + 3 * Int(components)
    else { throw .broken(format: .jpeg, reason: "its frame header is damaged") }
    if precision == 12 { throw .unsupported(kind: "12-bit JPEG") }
    guard precision == 8 else { throw .broken(format: .jpeg, reason: "its sample precision is invalid") }
    guard width > 0, height > 0 else { throw .broken(format: .jpeg, reason: "its width or height is 0") }
    guard [1, 3, 4].contains(components) else {
      throw .unsupported(kind: "JPEG with \(components) colour components")
    }
    self.size = ImageSize(width: width, height: height)
    self.componentCount = Int(components)
    self.isProgressive = marker.rawValue == 0xC2 || marker.rawValue == 0xCA
  }
}

// MARK: - Scans

/// What lies behind the header: the scans and the end.
struct JPEGScans {
  let count: Int
  /// Where the marker EOI stands; nil when the file ends without it.
  let end: Int?
  /// The last three bytes of those scan headers of a sequential file where they are not the only ones that it may have.
  let uselessSelections: [Range<Int>]
}

extension JPEGHeader {
  /// Counts the scans up to the end of the first picture, without decoding them.
  func scans(in bytes: [UInt8]) -> JPEGScans {
    var (count, end): (Int, Int?) = (0, nil)
    var uselessSelections: [Range<Int>] = []
    guard let firstScan else { return JPEGScans(count: 0, end: nil, uselessSelections: []) }
    var walk = JPEGSegments(bytes, from: firstScan)
    while end == nil, let segment = walk.next() {
      if segment.marker == .endOfImage { end = segment.start }
      guard segment.marker == .startOfScan else { continue }
      count += 1
      let selection = segment.body.suffix(3)
      if !isProgressive, segment.body.count >= 6, !ByteReader(bytes, in: selection).has([0, 63, 0]) {
        uselessSelections.append(selection)
      }
    }
    return JPEGScans(count: count, end: end, uselessSelections: uselessSelections)
  }
}

// MARK: - Segments

/// The byte after 0xFF, T.81 table B.1.
struct JPEGMarker: RawRepresentable, Equatable {
  let rawValue: UInt8

  static let endOfImage = Self(rawValue: 0xD9)
  static let startOfScan = Self(rawValue: 0xDA)
  /// APP1.
  static let exif = Self(rawValue: 0xE1)
  /// APP0.
  static let jfif = Self(rawValue: 0xE0)
  /// APP14.
  static let adobe = Self(rawValue: 0xEE)

  /// SOF0 to SOF15 but for DHT, JPG and DAC, which share their row of the table; and SOF55 of JPEG-LS.
  var isFrame: Bool { (0xC0...0xCF).contains(rawValue) && ![0xC4, 0xC8, 0xCC].contains(rawValue) || rawValue == 0xF7 }

  /// Whether no length follows: TEM, RST0 to RST7, SOI, EOI.
  var standsAlone: Bool { rawValue == 0x01 || (0xD0...0xD9).contains(rawValue) }
}

/// Walks over the markers of a JPEG, over entropy-coded data too: there 0xFF is followed by 0 or is a marker.
struct JPEGSegments {
  struct Segment {
    let marker: JPEGMarker
    /// Where its 0xFF stands.
    let start: Int
    /// Behind the length field, cut to the bytes there are.
    let body: Range<Int>
  }

  private let bytes: [UInt8]
  /// Behind what was read last.
  private(set) var position: Int

  /// Starts behind SOI unless told otherwise.
  init(_ bytes: [UInt8], from position: Int = 2) {
    self.bytes = bytes
    self.position = position
  }

  /// The next marker with its segment; nil at the end of the bytes.
  mutating func next() -> Segment? {
    guard let (start, marker) = nextMarker() else { return nil }
    guard !marker.standsAlone, let length = ByteReader(bytes).uint16(at: position) else {
      return Segment(marker: marker, start: start, body: position..<position)
    }
    let end = min(position + max(length, 2), bytes.count)
    let body = position + 2..<end
    position = end
    return Segment(marker: marker, start: start, body: body)
  }

  private mutating func nextMarker() -> (start: Int, marker: JPEGMarker)? {
    bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return nil }
      // memchr looks at dozens of bytes at once; entropy-coded data hold 0xFF once in a few hundred.
      while position + 1 < bytes.count, let found = memchr(base + position, 0xFF, bytes.count - 1 - position) {
        let start = base.distance(to: found.assumingMemoryBound(to: UInt8.self))
        let second = bytes[start + 1]
        // A second 0xFF is a fill byte and may itself open the marker.
        guard second != 0x00, second != 0xFF else {
          position = start + 1
          continue
        }
        position = start + 2
        return (start, JPEGMarker(rawValue: second))
      }
      position = bytes.count
      return nil
    }
  }
}
