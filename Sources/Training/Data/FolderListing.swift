import Foundation
import Glibc

/// What tells two files or folders apart, whatever links lead to them.
struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let number: UInt64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}

/// What a folder holds under one name; symbolic links are followed.
struct FolderEntry {
  enum Kind {
    case folder(FileIdentity)
    case file(FileIdentity)
    /// Nothing that can be read, and why.
    case other(String)
  }

  let name: String
  let path: String
  let kind: Kind

  /// Names that people do not mean when they speak of a folder's content: hidden ones, and what macOS adds to archives.
  var isHidden: Bool { name.hasPrefix(".") || name == "__MACOSX" }

  var folder: FileIdentity? {
    if case .folder(let identity) = kind { identity } else { nil }
  }
}

/// Why something in the file system cannot be used: completes "… cannot be used: ".
struct FileFault: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  /// The system's words for its last error.
  static func system(_ code: Int32) -> FileFault { FileFault(String(cString: strerror(code))) }
}

/// The entries of a folder by the bytes of their names, in whatever order the file system gives them.
func entries(of folder: String) throws(FileFault) -> [FolderEntry] {
  guard let stream = opendir(folder) else { throw .system(errno) }
  defer { closedir(stream) }
  var entries: [FolderEntry] = []
  errno = 0
  while let entry = readdir(stream) {
    let (name, isText) = withUnsafePointer(to: &entry.pointee.d_name) { field in
      field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
        (String(cString: $0), String(validatingCString: $0) != nil)
      }
    }
    if name == "." || name == ".." { continue }
    let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
    entries.append(
      FolderEntry(name: name, path: path, kind: isText ? kind(of: path) : .other("its name is not UTF-8")))
    errno = 0
  }
  if errno != 0 { throw .system(errno) }
  return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
}

/// What a path leads to.
func kind(of path: String) -> FolderEntry.Kind {
  var status = stat()
  guard stat(path, &status) == 0 else {
    let code = errno
    return .other(code == ENOENT ? "the link leads nowhere" : FileFault.system(code).reason)
  }
  return switch status.st_mode & S_IFMT {
  case S_IFDIR: .folder(FileIdentity(status))
  case S_IFREG: .file(FileIdentity(status))
  default: .other("it is neither a file nor a folder")
  }
}
