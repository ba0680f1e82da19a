/// What is odd about a JPEG without touching a pixel: what to change, so that libjpeg has nothing to warn about, and
/// what to say.
///
/// libjpeg is never shown the odd bytes. Every warning that it still gives is then about the picture's data.
/// See `docs/decisions/damaged-images.md`.
struct JPEGMending {
  private(set) var warnings: [String] = []
  /// Parts of the file, in order, none of which overlap, and what to put in their place.
  private var edits: [(range: Range<Int>, replacement: [UInt8])] = []

  /// - Parameter scans: of the same bytes; there is at least one.
  init(of bytes: [UInt8], header: JPEGHeader, scans: JPEGScans) {
    mendHeader(of: bytes, componentCount: header.componentCount)
    for selection in scans.uselessSelections { edits.append((selection, [0, 63, 0])) }
    if !scans.uselessSelections.isEmpty {
      warnings.append("A scan claims to hold a part of the coefficients, though it holds all; the claim was ignored.")
    }
    if scans.end == nil {
      edits.append((bytes.count..<bytes.count, [0xFF, JPEGMarker.endOfImage.rawValue]))
      warnings.append("The marker that ends the file is missing, but the picture is complete.")
    }
  }

  /// The bytes as libjpeg is to see them.
  func mended(_ bytes: [UInt8]) -> [UInt8] {
    guard !edits.isEmpty else { return bytes }
    var (mended, position): ([UInt8], Int) = ([], 0)
    mended.reserveCapacity(bytes.count + 2)
    for edit in edits {
      mended += bytes[position..<edit.range.lowerBound] + edit.replacement
      position = edit.range.upperBound
    }
    return mended + bytes[position...]
  }
}

extension JPEGMending {
  /// Goes over the segments up to the first scan, which hold no data of the picture.
  private mutating func mendHeader(of bytes: [UInt8], componentCount: Int) {
    var (strayBytes, hasJFIF) = (0, false)
    var unknownVersion: String?
    /// Where the colour transform of Adobe's last marker stands. T.872, 6.5.3.
    var transform: Int?
    var walk = JPEGSegments(bytes)
    var end = walk.position
    while let segment = walk.next() {
      let body = ByteReader(bytes, in: segment.body)
      let gap = end..<segment.start
      end = walk.position
      if !gap.isEmpty {
        edits.append((gap, []))
        // 0xFF alone are fill bytes, which T.81 B.1.1.2 allows before any marker.
        strayBytes += bytes[gap].contains { $0 != 0xFF } ? gap.count : 0
      }
      if segment.marker == .startOfScan { break }
      if segment.marker == .jfif, body.count >= 14, body.has("JFIF\0"), let major = body.byte(at: 5),
        let minor = body.byte(at: 6)
      {
        hasJFIF = true
        guard major != 1 else { continue }
        // Versions 1.00 to 1.02 are all that there are, and nothing of the picture depends on the number.
        edits.append((segment.body.lowerBound + 5..<segment.body.lowerBound + 6, [1]))
        unknownVersion = "\(major).\(minor < 10 ? "0" : "")\(minor)"
      } else if segment.marker == .adobe, body.count >= 12, body.has("Adobe") {
        transform = segment.body.lowerBound + 11
      }
    }
    if strayBytes > 0 {
      let bytes = strayBytes == 1 ? "byte" : "bytes"
      warnings.append("The header has \(strayBytes) stray \(bytes) between its parts; they were passed over.")
    }
    if let unknownVersion {
      warnings.append("The file claims JFIF version \(unknownVersion), which does not exist; it was read as 1.02.")
    }
    if let transform { mendTransform(at: transform, in: bytes, componentCount: componentCount, hasJFIF: hasJFIF) }
  }

  /// Puts in the place of a number that means nothing the colours that libjpeg, and every viewer with it, assumes.
  private mutating func mendTransform(at offset: Int, in bytes: [UInt8], componentCount: Int, hasJFIF: Bool) {
    let (known, assumed, name): ([UInt8], UInt8, String)
    switch componentCount {
    // JFIF has its own say about three components: YCbCr.
    case 3 where !hasJFIF: (known, assumed, name) = ([0, 1], 1, "YCbCr")
    case 4: (known, assumed, name) = ([0, 2], 2, "YCCK")
    default: return
    }
    guard !known.contains(bytes[offset]) else { return }
    let index = edits.firstIndex { $0.range.lowerBound > offset } ?? edits.endIndex
    edits.insert((offset..<offset + 1, [assumed]), at: index)
    warnings.append(
      "Adobe's marker names colour transform \(bytes[offset]), which a picture of \(componentCount) components cannot have; "
        + "its colours were read as \(name).")
  }
}
