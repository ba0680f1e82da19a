import Foundation

/// A photograph that a command was given.
struct Photograph: Hashable, Sendable {
  /// Where it is, as the user would write it.
  let path: String
  /// Its path below the folder that all photographs given have in common.
  let name: String
  /// The name without its ending, by which what is written of it is called: unique among the photographs given.
  let stem: String
}

/// The photographs that files, folders and patterns stand for, in the order of their names.
///
/// A folder stands for the JPEG, PNG and WebP files in it and in its folders, hidden ones left out; a file named by
/// itself is taken whatever its ending. What has `*`, `?` or `[` and is no file is a pattern (glob(3)). What is not
/// there is taken too, to be reported when its turn comes. A file that is reached twice is taken once.
///
/// Names are relative to the deepest folder that holds all folders given and all files given, so that no two are alike.
/// Where stems are (`photo.jpg` beside `photo.png`) they keep their endings.
///
/// - Parameter excluded: a folder to leave out: what an earlier run wrote into it is not to be explained in turn.
func findPhotographs(_ arguments: [String], besides excluded: String? = nil) -> [Photograph] {
  let excluded = excluded.map(absolutePath)
  var places: [String: String] = [:]
  var roots: [String] = []
  for argument in arguments {
    let found = FileManager.default.fileExists(atPath: argument) ? [argument] : matches(of: argument)
    for path in found.isEmpty ? [argument] : found {
      if isFolder(path) {
        roots.append(absolutePath(path))
        for file in photographs(inFolder: path, besides: excluded) where places[absolutePath(file)] == nil {
          places[absolutePath(file)] = file
        }
      } else {
        roots.append(URL(fileURLWithPath: absolutePath(path)).deletingLastPathComponent().path)
        if places[absolutePath(path)] == nil { places[absolutePath(path)] = path }
      }
    }
  }
  let base = commonFolder(of: roots)
  let named = places.map { (name: String($0.key.dropFirst(base == "/" ? 1 : base.count + 1)), path: $0.value) }
    .sorted { $0.name < $1.name }
  return zip(named, stems(of: named.map(\.name))).map { Photograph(path: $0.path, name: $0.name, stem: $1) }
}

/// The names without their endings, except where two would be alike.
private func stems(of names: [String]) -> [String] {
  var stems = names.map { ($0 as NSString).deletingPathExtension }
  // A whole name may be another's stem (photo.jpg, photo.png and photo.jpg.png): until nothing is left to change.
  while true {
    let count = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
    let alike = names.indices.filter { count[stems[$0]]! > 1 && stems[$0] != names[$0] }
    if alike.isEmpty { return stems }
    for index in alike { stems[index] = names[index] }
  }
}

func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}

func absolutePath(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

private func photographs(inFolder folder: String, besides excluded: String?) -> [String] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return names.sorted().flatMap { name -> [String] in
    let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
    guard !name.hasPrefix("."), absolutePath(path) != excluded else { return [] }
    if isFolder(path) {
      // A link may lead back to where we are.
      let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
      return isLink ? [] : photographs(inFolder: path, besides: excluded)
    }
    return ["jpg", "jpeg", "png", "webp"].contains((name as NSString).pathExtension.lowercased()) ? [path] : []
  }
}

private func matches(of pattern: String) -> [String] {
  guard pattern.contains(where: { "*?[".contains($0) }) else { return [] }
  var result = glob_t()
  defer { globfree(&result) }
  guard glob(pattern, 0, nil, &result) == 0 else { return [] }
  return (0..<Int(result.gl_pathc)).compactMap { result.gl_pathv[$0].map { String(cString: $0) } }
}

private func commonFolder(of folders: [String]) -> String {
  let parts = folders.map { $0.split(separator: "/") }
  guard var common = parts.first else { return "/" }
  for other in parts {
    let length = zip(common, other).prefix { $0 == $1 }.count
    common = Array(common.prefix(length))
  }
  return "/" + common.joined(separator: "/")
}
