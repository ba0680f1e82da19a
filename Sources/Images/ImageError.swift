/// The formats that can be decoded.
package enum ImageFormat: String, Sendable, CaseIterable {
  case jpeg
  case png
  case webp

  /// The name that people know the format by.
  package var name: String {
    switch self {
    case .jpeg: "JPEG"
    case .png: "PNG"
    case .webp: "WebP"
    }
  }
}

/// Why bytes from outside did not become a picture. Always the sender's side of things, never ours.
package enum ImageError: Error, Equatable, Sendable {
  /// No bytes at all.
  case empty
  /// No known signature.
  case notAnImage
  /// Recognised, but not decoded here; `kind` completes "… is not supported" and never holds text from the file,
  /// `advice` says what to do instead.
  case unsupported(kind: String, advice: String = "convert the picture to an 8-bit JPEG, to PNG or to WebP")
  /// Read from the header, before a pixel was allocated. `limit` counts pixels.
  case tooManyPixels(size: ImageSize, limit: Int)
  /// A JPEG, PNG or WebP whose picture cannot be had; `reason` completes "The file is broken: …".
  case broken(format: ImageFormat, reason: String)
  /// A window beyond the file's samples, which are 0 to `largest`.
  case window(SampleWindow, largest: Int)
}

extension ImageError: CustomStringConvertible {
  /// A plain sentence that says what is wrong and what would work. It holds nothing of the file but its size in pixels.
  package var description: String {
    switch self {
    case .empty:
      "The image is empty: send the bytes of a JPEG, PNG or WebP file."
    case .notAnImage:
      "This is not an image file: send a JPEG, PNG or WebP."
    case .unsupported(let kind, let advice):
      "\(kind) is not supported: \(advice)."
    case .tooManyPixels(let size, let limit):
      "The picture has \(size) pixels; at most \(limit) pixels are accepted: make it smaller and send it again."
    case .broken(let format, let reason):
      "The \(format.name) file is broken: \(reason). Save or download it again, and send the new file."
    case .window(let window, let largest):
      "The window \(window.text) does not fit this file, whose samples are 0 to \(largest): take a window within these, "
        + "or none."
    }
  }
}
