import CZlib

/// A ZIP file whose files are stored as they are: pictures are packed already, and numbers hardly get smaller.
///
/// Every file bears the format's first moment, so that the same files give the same bytes.
///
/// Source: PKWARE, ".ZIP File Format Specification" 6.3.10, sections 4.3 and 4.4.
struct ZipArchive {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// 1980-01-01, 0:00.
  private static let firstMoment: (time: UInt16, day: UInt16) = (0, 1 << 5 | 1)
  /// Files that are stored need a reader of version 1.0.
  private static let version: UInt16 = 10

  /// - Parameters:
  ///   - name: the path within the archive, in ASCII, with slashes.
  ///   - data: of the file; that and the whole archive below 4 GiB.
  mutating func add(_ name: String, _ data: [UInt8]) {
    let offset = bytes.count
    precondition(offset + data.count < Int(UInt32.max) && count < Int(UInt16.max), "ZipArchive: too large")
    let digest = data.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    var entry: [UInt8] = []
    entry.append(Self.version)
    // No flags, stored.
    entry.append(UInt16(0))
    entry.append(UInt16(0))
    entry.append(Self.firstMoment.time)
    entry.append(Self.firstMoment.day)
    entry.append(UInt32(digest))
    entry.append(UInt32(data.count))
    entry.append(UInt32(data.count))
    entry.append(UInt16(name.utf8.count))
    entry.append(UInt16(0))

    bytes.append(UInt32(0x0403_4B50))
    bytes += entry
    bytes += name.utf8
    bytes += data

    directory.append(UInt32(0x0201_4B50))
    directory.append(Self.version)
    directory += entry
    // No comment, on the first disk, no attributes.
    directory += [UInt8](repeating: 0, count: 10)
    directory.append(UInt32(offset))
    directory += name.utf8
    count += 1
  }

  /// The whole file.
  consuming func file() -> [UInt8] {
    let start = bytes.count
    bytes += directory
    bytes.append(UInt32(0x0605_4B50))
    bytes.append(UInt32(0))
    bytes.append(UInt16(count))
    bytes.append(UInt16(count))
    bytes.append(UInt32(directory.count))
    bytes.append(UInt32(start))
    bytes.append(UInt16(0))
    return bytes
  }
}

extension [UInt8] {
  /// Little-endian.
  fileprivate mutating func append(_ number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
