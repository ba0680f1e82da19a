/// The members of a zip archive that holds them uncompressed, as `torch.save` writes it. Read from the central
/// directory at the end; nothing is unpacked, a member is a range of the file. Encrypted members, names that leave the
/// archive, members that overlap, and compressed ones unless they are allowed, are refused.
///
/// Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 (records), 4.5.3 (zip64).
struct ZipDirectory {
  /// Place of each member's data by its name.
  private(set) var members: [String: Range<Int>] = [:]
  /// How many bytes each compressed member claims to unpack to.
  private(set) var deflated: [String: Int] = [:]

  /// - Parameter allowsDeflate: whether members may be compressed, by the method "deflate".
  init(_ file: MappedFile, allowsDeflate: Bool = false) throws(ZipFault) {
    let end = try EndRecord(file)
    // Each entry takes 46 bytes at least, so a claimed number is believed only as far as the directory reaches.
    var cursor = ByteCursor(file, end.directory)
    for _ in 0..<end.count {
      let entry = try CentralEntry(&cursor, allowsDeflate: allowsDeflate)
      let data = try entry.data(in: file, before: end.directory.lowerBound)
      if members.updateValue(data, forKey: entry.name) != nil { throw .repeatedName(entry.name) }
      deflated[entry.name] = entry.unpackedByteCount
    }
    if cursor.remaining > 0 { throw .directorySize }
    try requireDisjoint()
  }

  private func requireDisjoint() throws(ZipFault) {
    var previous: (name: String, end: Int)?
    for (name, data) in members.sorted(by: { $0.value.lowerBound < $1.value.lowerBound }) where !data.isEmpty {
      if let previous, data.lowerBound < previous.end { throw .overlap(previous.name, name) }
      previous = (name, data.upperBound)
    }
  }
}

/// The record at the very end, and its zip64 companion: where the central directory lies.
private struct EndRecord {
  let directory: Range<Int>
  let count: Int

  private static let byteCount = 22
  private static let maximumComment = 0xFFFF

  init(_ file: MappedFile) throws(ZipFault) {
    let start = try Self.find(file)
    var cursor = ByteCursor(file, start + 4..<file.count)
    guard let disk = cursor.integer(UInt16.self), let directoryDisk = cursor.integer(UInt16.self),
      let diskCount = cursor.integer(UInt16.self), let count = cursor.integer(UInt16.self),
      let size = cursor.integer(UInt32.self), let offset = cursor.integer(UInt32.self)
    else { throw .noEndRecord }

    if let zip64 = try Self.zip64(file, before: start) {
      directory = try Self.range(zip64.offset, zip64.size, before: zip64.start)
      guard let count = Int(exactly: zip64.count) else { throw .directorySize }
      self.count = count
    } else {
      if disk != 0 || directoryDisk != 0 || diskCount != count { throw .severalDisks }
      directory = try Self.range(UInt64(offset), UInt64(size), before: start)
      self.count = Int(count)
    }
  }

  /// The record ends with a comment of any length up to 64 KiB, so it is sought from the back; its comment has to end
  /// where the file ends.
  private static func find(_ file: MappedFile) throws(ZipFault) -> Int {
    let last = file.count - byteCount
    for start in stride(from: last, through: max(0, last - maximumComment), by: -1)
    where file.starts(with: [0x50, 0x4B, 0x05, 0x06], at: start) {
      var cursor = ByteCursor(file, start + 20..<file.count)
      if let comment = cursor.integer(UInt16.self), Int(comment) == cursor.remaining { return start }
    }
    throw .noEndRecord
  }

  private static func zip64(
    _ file: MappedFile, before start: Int
  ) throws(ZipFault) -> (start: Int, offset: UInt64, size: UInt64, count: UInt64)? {
    let locator = start - 20
    guard locator >= 0, file.starts(with: [0x50, 0x4B, 0x06, 0x07], at: locator) else { return nil }
    var cursor = ByteCursor(file, locator + 4..<start)
    guard let disk = cursor.integer(UInt32.self), let offset = cursor.integer(UInt64.self),
      let disks = cursor.integer(UInt32.self)
    else { throw .noEndRecord }
    // The reference writes the number of disks as 1, some writers as 0.
    if disk != 0 || disks > 1 { throw .severalDisks }
    guard let record = Int(exactly: offset), record <= locator - 56,
      file.starts(with: [0x50, 0x4B, 0x06, 0x06], at: record)
    else { throw .noEndRecord }
    var fields = ByteCursor(file, record + 16..<locator)
    guard let thisDisk = fields.integer(UInt32.self), let directoryDisk = fields.integer(UInt32.self),
      let diskCount = fields.integer(UInt64.self), let count = fields.integer(UInt64.self),
      let size = fields.integer(UInt64.self), let directory = fields.integer(UInt64.self)
    else { throw .noEndRecord }
    if thisDisk != 0 || directoryDisk != 0 || diskCount != count { throw .severalDisks }
    return (record, directory, size, count)
  }

  private static func range(_ offset: UInt64, _ size: UInt64, before end: Int) throws(ZipFault) -> Range<Int> {
    guard offset <= UInt64(end), size <= UInt64(end) - offset else { throw .directoryOutside }
    return Int(offset)..<Int(offset + size)
  }
}

/// One entry of the central directory.
private struct CentralEntry {
  let name: String
  /// nil of a member that is not compressed.
  let unpackedByteCount: Int?
  private let byteCount: Int
  private let localHeader: Int

  private static let encrypted: UInt16 = 1
  private static let deflate: UInt16 = 8

  init(_ cursor: inout ByteCursor, allowsDeflate: Bool) throws(ZipFault) {
    guard let signature = cursor.integer(UInt32.self), cursor.take(4) != nil, let flags = cursor.integer(UInt16.self),
      let method = cursor.integer(UInt16.self), cursor.take(8) != nil, let packed = cursor.integer(UInt32.self),
      let unpacked = cursor.integer(UInt32.self), let nameCount = cursor.integer(UInt16.self),
      let extraCount = cursor.integer(UInt16.self), let commentCount = cursor.integer(UInt16.self),
      cursor.take(8) != nil, let offset = cursor.integer(UInt32.self), let nameRange = cursor.take(Int(nameCount)),
      let extra = cursor.take(Int(extraCount)), cursor.take(Int(commentCount)) != nil
    else { throw .directorySize }
    if signature != 0x0201_4B50 { throw .badEntry }
    guard let name = cursor.file.text(nameRange) else { throw .badName("") }
    if !Self.isSafe(name) { throw .badName(name) }
    if flags & Self.encrypted != 0 { throw .encrypted(name) }
    let isDeflated = allowsDeflate && method == Self.deflate
    if method != 0, !isDeflated { throw .compressed(name, method: method) }

    // In zip64 a field of all ones stands for eight bytes in the extra field, in this order.
    var wide = Self.zip64(ByteCursor(cursor.file, extra))
    func field(_ narrow: UInt32) throws(ZipFault) -> UInt64 {
      if narrow != UInt32.max { return UInt64(narrow) }
      guard let value = wide?.integer(UInt64.self) else { throw .badEntry }
      return value
    }
    let unpackedCount = try field(unpacked)
    let packedCount = try field(packed)
    if !isDeflated, packedCount != unpackedCount { throw .storedSizes(name) }
    guard let byteCount = Int(exactly: packedCount), let unpackedByteCount = Int(exactly: unpackedCount),
      let localHeader = Int(exactly: try field(offset))
    else { throw .memberOutside(name) }
    self.name = name
    self.unpackedByteCount = isDeflated ? unpackedByteCount : nil
    self.byteCount = byteCount
    self.localHeader = localHeader
  }

  /// The member's bytes. The local header in front of them is asked for nothing but its own length: its other fields
  /// repeat the central entry's or are zero.
  func data(in file: MappedFile, before end: Int) throws(ZipFault) -> Range<Int> {
    guard localHeader < end else { throw .memberOutside(name) }
    var cursor = ByteCursor(file, localHeader..<end)
    guard let signature = cursor.integer(UInt32.self), cursor.take(22) != nil,
      let nameCount = cursor.integer(UInt16.self), let extraCount = cursor.integer(UInt16.self),
      let nameRange = cursor.take(Int(nameCount)), cursor.take(Int(extraCount)) != nil
    else { throw .memberOutside(name) }
    if signature != 0x0403_4B50 || file.text(nameRange) != name { throw .localHeader(name) }
    guard let data = cursor.take(byteCount) else { throw .memberOutside(name) }
    return data
  }

  /// The contents of the zip64 extra field (id 1).
  private static func zip64(_ extra: ByteCursor) -> ByteCursor? {
    var extra = extra
    while let id = extra.integer(UInt16.self), let count = extra.integer(UInt16.self),
      let range = extra.take(Int(count))
    {
      if id == 1 { return ByteCursor(extra.file, range) }
    }
    return nil
  }

  /// Nothing is ever written under these names; a name that would leave the archive still says that the file lies.
  private static func isSafe(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix("/") && !name.contains("\\") && !name.unicodeScalars.contains("\0")
      && !name.split(separator: "/").contains("..")
  }
}

/// Why a zip archive was refused.
package enum ZipFault: Error, Hashable, Sendable {
  case noEndRecord
  case severalDisks
  /// The central directory's size or number of entries is wrong.
  case directorySize
  case directoryOutside
  case badEntry
  case badName(String)
  case repeatedName(String)
  case encrypted(String)
  case compressed(String, method: UInt16)
  case storedSizes(String)
  case localHeader(String)
  case memberOutside(String)
  case overlap(String, String)
}

extension ZipFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noEndRecord: "its end is missing; the download may have been cut short"
    case .severalDisks: "it is split over several disks"
    case .directorySize: "its directory has another size than it claims"
    case .directoryOutside: "its directory lies outside of the file"
    case .badEntry: "an entry of its directory is malformed"
    case .badName(let name): "a member has the name \(quoted(name))"
    case .repeatedName(let name): "the member \(quoted(name)) occurs twice"
    case .encrypted(let name): "the member \(quoted(name)) is encrypted"
    case .compressed(let name, let method):
      "the member \(quoted(name)) is compressed (method \(method)), which torch.save never does; save it again"
    case .storedSizes(let name): "the member \(quoted(name)) is stored but has two sizes"
    case .localHeader(let name): "the member \(quoted(name)) is not where the directory says"
    case .memberOutside(let name): "the member \(quoted(name)) reaches beyond the data"
    case .overlap(let first, let second): "the members \(quoted(first)) and \(quoted(second)) overlap"
    }
  }
}
