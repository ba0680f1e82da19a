/// What a file says it is by its first bytes. Names and media types play no part.
enum FileKind: Equatable {
  case image(ImageFormat)
  /// A known kind that is not decoded, by the name that people know it by.
  case other(String)
  case unknown

  init(of bytes: [UInt8]) {
    let file = ByteReader(bytes)
    if file.has([0xFF, 0xD8]) {
      self = .image(.jpeg)
    } else if file.has([0x89, 0x50, 0x4E, 0x47]) {
      // The four bytes after these are there to notice a transfer in text mode, which breaks the file but not its kind.
      self = .image(.png)
    } else if file.has("RIFF"), file.has("WEBP", at: 8) {
      self = .image(.webp)
    } else if let name = Self.isoMediaName(file) ?? Self.signatureName(file) ?? Self.textName(file) {
      self = .other(name)
    } else {
      self = .unknown
    }
  }

  /// ISO/IEC 14496-12: a box `ftyp` opens the file, its major brand says what the file is.
  private static func isoMediaName(_ file: ByteReader) -> String? {
    guard file.has("ftyp", at: 4) else { return nil }
    if file.has("avif", at: 8) || file.has("avis", at: 8) { return "AVIF" }
    if file.has("hei", at: 8) || file.has("hev", at: 8) { return "HEIC" }
    if file.has("mif1", at: 8) || file.has("msf1", at: 8) { return "HEIF" }
    if file.has("crx ", at: 8) { return "Canon's CR3" }
    if audioBrands.contains(where: { file.has($0, at: 8) }) { return "Audio" }
    if videoBrands.contains(where: { file.has($0, at: 8) }) { return "Video" }
    return "This kind of media file"
  }

  private static let audioBrands: [StaticString] = ["M4A ", "M4B ", "M4P "]
  /// Major brands of moving pictures, by the registry of mp4ra.org; of the last ones only the beginning.
  private static let videoBrands: [StaticString] = [
    "qt  ", "avc1", "mmp4", "MSNV", "XAVC", "dash", "M4V", "f4v", "F4V", "iso", "mp4", "3gp", "3g2",
  ]

  private static func signatureName(_ file: ByteReader) -> String? {
    // Two letters are weak evidence: BMP also has four reserved bytes, which are 0.
    if file.has("BM"), file.uint32(at: 6) == 0 { return "BMP" }
    // Netpbm: P1 to P7 and white space.
    if file.has("P"), let digit = file.byte(at: 1), (0x31...0x37).contains(digit), let space = file.byte(at: 2),
      [0x09, 0x0A, 0x0D, 0x20].contains(space)
    {
      return "PPM"
    }
    if file.has("DICM", at: 128) { return "DICOM" }
    // Most raw files (NEF, ARW, DNG) are TIFF by their first bytes and are called so; Canon leaves a mark.
    if file.has("II*\0"), file.has([0x43, 0x52, 0x02], at: 8) { return "Canon's CR2" }
    return signatures.first { file.has($0.bytes) }?.name
  }

  private static let signatures: [(bytes: [UInt8], name: String)] = [
    (Array("GIF8".utf8), "GIF"),
    (Array("II*\0".utf8), "TIFF"),
    (Array("MM\0*".utf8), "TIFF"),
    (Array("II+\0".utf8), "TIFF"),
    (Array("MM\0+".utf8), "TIFF"),
    (Array("IIRO".utf8), "Olympus's ORF"),
    (Array("IIRS".utf8), "Olympus's ORF"),
    (Array("IIU\0".utf8), "Panasonic's RW2"),
    (Array("FUJIFILMCCD-RAW".utf8), "Fujifilm's RAF"),
    (Array("FOVb".utf8), "Sigma's X3F"),
    ([0, 0, 0, 12] + Array("jP  ".utf8), "JPEG 2000"),
    ([0xFF, 0x4F, 0xFF, 0x51], "JPEG 2000"),
    ([0, 0, 0, 12] + Array("JXL ".utf8), "JPEG XL"),
    ([0xFF, 0x0A], "JPEG XL"),
    ([0, 0, 1, 0], "ICO"),
    (Array("8BPS".utf8), "Photoshop's PSD"),
    ([0x76, 0x2F, 0x31, 0x01], "OpenEXR"),
    (Array("qoif".utf8), "QOI"),
    (Array("%PDF-".utf8), "PDF"),
    ([0x1F, 0x8B], "A gzip archive"),
    (Array("PK\u{3}\u{4}".utf8), "A ZIP archive"),
  ]

  /// SVG may open with a byte order mark, white space, an XML declaration, comments and a document type.
  private static func textName(_ file: ByteReader) -> String? {
    let start = (0..<64).first { offset in
      file.byte(at: offset).map { ![0xEF, 0xBB, 0xBF, 0x09, 0x0A, 0x0D, 0x20].contains($0) } ?? true
    }
    guard let start, file.byte(at: start) == UInt8(ascii: "<") else { return nil }
    return (start..<start + 1024).contains { file.has("<svg", at: $0) } ? "SVG" : nil
  }
}
