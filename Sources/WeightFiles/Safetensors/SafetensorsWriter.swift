import Glibc

/// A tensor to be written.
package struct SafetensorsTensor {
  package let entry: TensorEntry
  /// Hands the tensor's bytes, little-endian in C order, to its argument, in one piece or several.
  fileprivate let emit: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// `emit` passes the bytes on when they are wanted, so that no two tensors need to be in memory.
  package init(
    _ entry: TensorEntry, emit: @escaping ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) {
    self.entry = entry
    self.emit = emit
  }

  /// `values` in C order of `shape`, written as float32.
  package init(name: String, shape: [Int], values: [Float]) {
    self.init(TensorEntry(name: name, shape: shape, type: .float32)) { sink in try values.withUnsafeBytes(sink) }
  }
}

/// Writes a safetensors file under `path`, all of it or nothing: into a temporary file beside it, synchronised to disk,
/// then renamed, so that a reader never sees half a file.
///
/// As the reference does it: tensors with wider elements first, then by name, and the header padded with spaces so that
/// data start at a multiple of 8. The same tensors therefore always make the same file. Source:
/// https://github.com/huggingface/safetensors
///
/// Throws `cannotWrite`, and what the tensors' `emit` throws.
///
/// - Precondition: names are unique and no name is `__metadata__`; shapes have no negative dimension.
package func writeSafetensors(
  _ tensors: [SafetensorsTensor], metadata: [String: String] = [:], to path: String
) throws {
  let temporary = path + ".\(UInt64.random(in: 0...UInt64.max)).part"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
  if descriptor < 0 { throw WeightFileError.cannotWrite(path: temporary, code: errno) }
  do {
    defer { close(descriptor) }
    try emitSafetensors(tensors, metadata) { try write($0, to: descriptor, temporary) }
    if fsync(descriptor) != 0 { throw WeightFileError.cannotWrite(path: temporary, code: errno) }
  } catch {
    unlink(temporary)
    throw error
  }
  if rename(temporary, path) != 0 {
    let code = errno
    unlink(temporary)
    throw WeightFileError.cannotWrite(path: path, code: code)
  }
  synchroniseFolder(of: path)
}

private func emitSafetensors(
  _ tensors: [SafetensorsTensor], _ metadata: [String: String], to sink: (UnsafeRawBufferPointer) throws -> Void
) throws {
  let tensors = tensors.sorted { a, b in
    a.entry.type.bitWidth != b.entry.type.bitWidth
      ? a.entry.type.bitWidth > b.entry.type.bitWidth : a.entry.name.utf8.lexicographicallyPrecedes(b.entry.name.utf8)
  }
  let header = safetensorsHeader(tensors.map(\.entry), metadata)
  try withUnsafeBytes(of: UInt64(header.count).littleEndian, sink)
  try header.withUnsafeBytes(sink)
  for tensor in tensors {
    var written = 0
    try tensor.emit { bytes in
      written += bytes.count
      try sink(bytes)
    }
    precondition(
      written == byteCount(tensor.entry),
      "writeSafetensors: \(tensor.entry) takes \(byteCount(tensor.entry)) bytes, not \(written)")
  }
}

private func safetensorsHeader(_ entries: [TensorEntry], _ metadata: [String: String]) -> [UInt8] {
  let names = Set(entries.map(\.name))
  precondition(names.count == entries.count, "writeSafetensors: a name occurs twice")
  precondition(!names.contains(SafetensorsFile.metadataKey), "writeSafetensors: a tensor cannot be named __metadata__")
  var members: [String] = []
  if !metadata.isEmpty {
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
    members.append("\(jsonString(SafetensorsFile.metadataKey)):{\(pairs.joined(separator: ","))}")
  }
  var offset = 0
  for entry in entries {
    let end = offset + byteCount(entry)
    let shape = entry.shape.map(String.init).joined(separator: ",")
    members.append(
      "\(jsonString(entry.name)):{\"dtype\":\"\(entry.type.safetensorsName)\",\"shape\":[\(shape)],"
        + "\"data_offsets\":[\(offset),\(end)]}")
    offset = end
  }
  var header = Array("{\(members.joined(separator: ","))}".utf8)
  header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
  precondition(header.count <= SafetensorsFile.maximumHeaderBytes, "writeSafetensors: the header is too long")
  return header
}

private func byteCount(_ entry: TensorEntry) -> Int {
  guard let bytes = try? entry.type.byteCount(of: elementCount(entry.shape)) else {
    preconditionFailure("writeSafetensors: the shape of \(entry) is impossible")
  }
  return bytes
}

/// A JSON string literal (RFC 8259): quotes, backslashes and control characters escaped.
private func jsonString(_ text: String) -> String {
  var literal = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": literal += "\\\""
    case "\\": literal += "\\\\"
    case "\u{0}"..."\u{F}": literal += "\\u000" + String(scalar.value, radix: 16)
    case "\u{10}"..."\u{1F}": literal += "\\u00" + String(scalar.value, radix: 16)
    default: literal.unicodeScalars.append(scalar)
    }
  }
  return literal + "\""
}

private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(WeightFileError) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let chunk = UnsafeRawBufferPointer(rebasing: rest)
    let count = write(descriptor, chunk.baseAddress, chunk.count)
    if count < 0 {
      if errno == EINTR { continue }
      throw .cannotWrite(path: path, code: errno)
    }
    rest = rest.dropFirst(count)
  }
}

/// Makes the renaming itself last through a power failure. Not every file system can do it; the file is complete either
/// way, so a failure is none.
private func synchroniseFolder(of path: String) {
  let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
  let descriptor = open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if descriptor < 0 { return }
  fsync(descriptor)
  close(descriptor)
}
