import Networks
import WeightFiles

/// A file of reference results, or the part of one under a prefix.
struct GoldenFile {
  private let file: any WeightFile
  private let prefix: String

  init(_ file: any WeightFile, prefix: String = "") {
    self.file = file
    self.prefix = prefix
  }

  func has(_ name: String) -> Bool { file.entries.contains { $0.name == prefix + name } }

  func floats(_ name: String) throws -> [Float] { try file.floats(prefix + name) }

  /// The classes that are explained.
  func targets() -> [Int] {
    let start = prefix + "class"
    let targets = file.entries.compactMap { entry in
      entry.name.hasPrefix(start) ? Int(entry.name.dropFirst(start.count).prefix { $0.isNumber }) : nil
    }
    return Set(targets).sorted()
  }
}
