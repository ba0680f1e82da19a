import Images
import Testing

@Suite("Kinds of files")
struct FileKindTests {
  @Test(
    "that are not decoded are named",
    arguments: [
      ("GIF89a....", "GIF"), ("\0\0\0\u{1C}ftypavif....", "AVIF"),
      ("\0\0\0\u{1C}ftypheic....", "HEIC"), ("\0\0\0\u{1C}ftypmif1....", "HEIF"), ("\0\0\0\u{1C}ftypisom....", "Video"),
      ("\0\0\0\u{14}ftypqt  ....", "Video"), ("\0\0\0\u{1C}ftypmp42....", "Video"),
      ("\0\0\0\u{1C}ftyp3gp5....", "Video"),
      ("\0\0\0\u{1C}ftypM4V ....", "Video"), ("\0\0\0\u{1C}ftypM4A ....", "Audio"),
      ("\0\0\0\u{18}ftypcrx ....", "Canon's CR3"), ("\0\0\0\u{18}ftypxyzw....", "This kind of media file"),
      ("\0\0\0\u{18}ftyp", "This kind of media file"), ("II*\0\u{10}\0\0\0CR\u{2}\0", "Canon's CR2"),
      ("IIRO\u{8}\0\0\0", "Olympus's ORF"), ("IIU\0\u{18}\0\0\0", "Panasonic's RW2"),
      ("FUJIFILMCCD-RAW 0201", "Fujifilm's RAF"), ("FOVb\u{1}\0", "Sigma's X3F"),
      ("BM12\0\0\0\0\0\0....", "BMP"), ("II*\0....", "TIFF"), ("MM\0*....", "TIFF"), ("P6\n2 2\n255\n", "PPM"),
      ("\0\0\0\u{C}jP  \r\n", "JPEG 2000"), ("\0\0\0\u{C}JXL \r\n", "JPEG XL"), ("\0\0\u{1}\0\u{1}\0", "ICO"),
      ("8BPS\0\u{1}", "Photoshop's PSD"), ("%PDF-1.7", "PDF"), ("PK\u{3}\u{4}", "A ZIP archive"),
      (" \n<svg xmlns='x'>", "SVG"), ("<?xml version='1.0'?><!-- --><svg>", "SVG"),
      (String(repeating: "\0", count: 128) + "DICM", "DICOM"),
    ])
  func named(text: String, kind: String) {
    #expect(outcome(Array(text.utf8)) == .failure(.unsupported(kind: kind)))
    #expect(throws: ImageError.unsupported(kind: kind)) { try probeImage(Array(text.utf8)) }
  }

  @Test(
    "that are unknown are no images",
    arguments: [
      "x", "\n", "<html><body>", "BMW", "P6x", "GIF", "\0\0\0\0\0\0\0\0", "RIFF\u{4}\0\0\0WAVEfmt ",
      "RIFF\u{4}\0\0\0WEB",
    ])
  func unknown(text: String) {
    #expect(outcome(Array(text.utf8)) == .failure(.notAnImage))
  }

  @Test("may be told by the first bytes alone")
  func broken() {
    #expect(outcome([]) == .failure(.empty))
    #expect(outcome([0xFF, 0xD8]) == .failure(.broken(format: .jpeg, reason: "it ends before its size is given")))
    #expect(
      outcome([0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A, 0x0A])
        == .failure(.broken(format: .png, reason: "its signature was changed, as a transfer in text mode does")))
  }

  @Test("are refused with a sentence that says what would work")
  func sentences() {
    #expect("\(ImageError.empty)" == "The image is empty: send the bytes of a JPEG, PNG or WebP file.")
    #expect("\(ImageError.notAnImage)" == "This is not an image file: send a JPEG, PNG or WebP.")
    #expect(
      "\(ImageError.unsupported(kind: "GIF"))"
        == "GIF is not supported: convert the picture to an 8-bit JPEG, to PNG or to WebP.")
    #expect(
      "\(ImageError.tooManyPixels(size: ImageSize(width: 9000, height: 8000), limit: 50_000_000))"
        == "The picture has 9000x8000 pixels; at most 50000000 pixels are accepted: make it smaller and send it again.")
    #expect(
      "\(ImageError.broken(format: .png, reason: "it ends before its picture does"))"
        == "The PNG file is broken: it ends before its picture does. Save or download it again, and send the new file.")
  }
}
