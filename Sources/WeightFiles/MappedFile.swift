import Glibc

/// A file mapped read-only into memory: opening costs no copy, pages are read when touched and shared between
/// processes.
///
/// Sendable although it holds a pointer: the mapping is private and read-only, `bytes` never changes, and it is
/// unmapped only in `deinit`, when nobody holds the object. Whoever passes `bytes` on keeps the object alive meanwhile.
///
/// A file that is cut short by another process while it is mapped ends this process (SIGBUS), as it would end any
/// reader of mapped files. Weight files belong to the operator and are replaced by renaming, never written in place.
final class MappedFile: @unchecked Sendable {
  let path: String
  private let bytes: UnsafeRawBufferPointer
  /// The file that this is a stretch of, and where it begins there; nil for a whole file.
  private let whole: (file: MappedFile, start: Int)?

  /// Throws for files that cannot be opened, are empty, or are not regular files (a FIFO would block, a device never
  /// end).
  ///
  /// - Parameter readsAhead: whether nearly every byte will be wanted, soon and once, as by a loader.
  init(_ path: String, readsAhead: Bool = true) throws(WeightFileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw .cannotOpen(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw .cannotOpen(path: path, code: errno) }
    if status.st_mode & S_IFMT != S_IFREG { throw .notAFile(path: path) }
    if status.st_size == 0 { throw .empty }
    let count = Int(status.st_size)
    guard let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
      throw .cannotOpen(path: path, code: errno)
    }
    if readsAhead { madvise(address, count, MADV_WILLNEED) }
    self.path = path
    bytes = UnsafeRawBufferPointer(start: address, count: count)
    whole = nil
  }

  /// A stretch of another file as a file of its own, which shares its mapping: a member of an archive.
  ///
  /// - Precondition: `range` lies in the file and is not empty.
  init(_ range: Range<Int>, of file: MappedFile) {
    precondition(
      !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= file.count,
      "MappedFile: \(range) is no part of 0..<\(file.count)")
    path = file.path
    bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
    whole = (file, range.lowerBound)
  }

  deinit { if whole == nil { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) } }

  var count: Int { bytes.count }

  /// - Precondition: `range` lies in the file.
  func withBytes<R, Failure: Error>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> R
  ) throws(Failure) -> R {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "MappedFile: \(range) is outside 0..<\(count)")
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
  }

  /// Lets go of the whole pages in `range`, for what has been read for good. Touched again, they come back from the
  /// file.
  ///
  /// - Precondition: `range` lies in the file.
  func release(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "MappedFile: \(range) is outside 0..<\(count)")
    if let whole { return whole.file.release(range.lowerBound + whole.start..<range.upperBound + whole.start) }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    guard first < end, let base = bytes.baseAddress else { return }
    madvise(UnsafeMutableRawPointer(mutating: base + first), end - first, MADV_DONTNEED)
  }

  /// The byte at `offset`, nil past the end.
  subscript(offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

  /// - Precondition: `range` lies in the file.
  func copy(_ range: Range<Int>) -> [UInt8] { withBytes(range) { Array($0) } }

  /// The text in `range`, nil if it is not UTF-8.
  ///
  /// - Precondition: `range` lies in the file.
  func text(_ range: Range<Int>) -> String? { withBytes(range) { String(validating: $0, as: UTF8.self) } }

  func starts(with prefix: some Sequence<UInt8>, at offset: Int = 0) -> Bool {
    offset <= count && bytes[offset...].starts(with: prefix)
  }
}

/// Reads a stretch of a mapped file in order. Every step is checked and answers nil at the end of the stretch.
struct ByteCursor {
  let file: MappedFile
  private(set) var position: Int
  let end: Int

  /// - Precondition: `range` lies in the file.
  init(_ file: MappedFile, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= file.count)
    self.file = file
    position = range.lowerBound
    end = range.upperBound
  }

  init(_ file: MappedFile) { self.init(file, 0..<file.count) }

  var remaining: Int { end - position }

  /// The place of the next `count` bytes, which are skipped.
  mutating func take(_ count: Int) -> Range<Int>? {
    guard count >= 0, count <= remaining else { return nil }
    defer { position += count }
    return position..<position + count
  }

  mutating func byte() -> UInt8? { integer(UInt8.self) }

  /// A little-endian number.
  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_ type: Integer.Type) -> Integer? {
    guard let range = take(MemoryLayout<Integer>.size) else { return nil }
    return Integer(littleEndian: file.withBytes(range) { $0.loadUnaligned(as: Integer.self) })
  }
}

/// The system's message for an `errno`.
package func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
