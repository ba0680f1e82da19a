import Foundation
import Glibc
import Images

/// An image file of a data set. Its name says nothing about its content, and its content may be anything.
enum ImageFile {
  /// A larger file is no photograph that fits `ImageLimits`.
  private static let maximumBytes = 512 << 20
  /// Enough of a file to tell its kind.
  private static let headLength = 4096

  /// The content of a JPEG, PNG or WebP. Of anything else no more than its beginning is read.
  static func read(_ path: String) throws(FileFault) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileFault("it is no file") }
    let count = Int(status.st_size)
    let head = try read(descriptor, upTo: min(count, headLength), into: [])
    do {
      _ = try probeImage(head)
    } catch {
      switch error {
      // The rest may mend what the head alone leaves open.
      case .broken, .tooManyPixels, .window: break
      case .empty, .notAnImage, .unsupported: throw FileFault(error.description)
      }
    }
    guard count <= maximumBytes else { throw FileFault("it has more than \(maximumBytes >> 20) MB") }
    return try read(descriptor, upTo: count, into: head)
  }

  /// The upright picture, decoded no larger than need be.
  ///
  /// - Parameter smallest: as `decodeImage` has it.
  static func decode(
    _ bytes: [UInt8], atLeast smallest: @escaping (ImageSize) -> ImageSize
  ) throws(FileFault) -> DecodedImage {
    do {
      return try decodeImage(bytes, atLeast: smallest)
    } catch {
      throw FileFault(error.description)
    }
  }

  /// Reads on until `bytes` has `count`, or the file ends.
  private static func read(
    _ descriptor: Int32, upTo count: Int, into bytes: [UInt8]
  ) throws(FileFault) -> [UInt8] {
    var bytes = bytes
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: count - start))
    var (position, fault) = (start, Int32(0))
    bytes.withUnsafeMutableBytes { target in
      while position < count {
        let result = Glibc.read(descriptor, target.baseAddress! + position, count - position)
        if result < 0, errno == EINTR { continue }
        if result < 0 { fault = errno }
        if result <= 0 { break }
        position += result
      }
    }
    guard fault == 0 else { throw .system(fault) }
    bytes.removeLast(count - position)
    return bytes
  }
}
