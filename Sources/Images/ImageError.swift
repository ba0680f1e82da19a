/// The formats that can be decoded.
package enum ImageFormat: String, Sendable, CaseIterable {
  case jpeg
  case png

  /// The name that people know the format by.
  package var name: String {
    switch self {
    case .jpeg: "JPEG"
    case .png: "PNG"
    }
  }
}

/// Why bytes from outside did not become a picture. Always the sender's side of things, never ours.
package enum ImageError: Error, Equatable, Sendable {
  /// No bytes at all.
  case empty
  /// No known signature.
  case notAnImage
  /// Recognised, but not decoded here; `kind` completes "… is not supported" and never holds text from the file.
  case unsupported(kind: String)
  /// Read from the header, before a pixel was allocated. `limit` counts pixels.
  case tooManyPixels(size: ImageSize, limit: Int)
  /// A JPEG or PNG whose picture cannot be had; `reason` completes "The file is broken: …".
  case broken(format: ImageFormat, reason: String)
}

extension ImageError: CustomStringConvertible {
  /// A plain sentence that says what is wrong and what would work. It holds nothing of the file but its size in pixels.
  package var description: String {
    switch self {
    case .empty:
      "The image is empty: send the bytes of a JPEG or PNG file."
    case .notAnImage:
      "This is not an image file: send a JPEG or PNG."
    case .unsupported(let kind):
      "\(kind) is not supported: convert the picture to an 8-bit JPEG or to PNG."
    case .tooManyPixels(let size, let limit):
      "The picture has \(size) pixels; at most \(limit) pixels are accepted: make it smaller and send it again."
    case .broken(let format, let reason):
      "The \(format.name) file is broken: \(reason). Save or download it again, and send the new file."
    }
  }
}
