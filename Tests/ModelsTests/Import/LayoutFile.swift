import Foundation
import TestSupport
import WeightFiles

@testable import Models
@testable import Networks

/// A published weight file made up from its list of names and shapes (`weights-layout`): all elements of row i are the
/// same number, so that two files with the same tensors under other names hold the same.
struct LayoutFile: WeightFile {
  struct Row: Hashable, Sendable {
    var name: String
    var shape: [Int]
  }

  let rows: [Row]

  init(rows: [Row]) { self.rows = rows }

  init(_ name: String) throws {
    let data = try Data(contentsOf: URL(filePath: SharedData.path("weights-layout/\(name).json")))
    let file = try JSONSerialization.jsonObject(with: data) as! [String: Any]
    let rows = (file["tensors"] as! [[Any]]).map { Row(name: $0[0] as! String, shape: $0[1] as! [Int]) }
    self.rows =
      name.hasPrefix("keras")
      ? Self.kerasRows(rows, groups: file["group_attributes"] as? [String: [String: String]]) : rows
  }

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: SharedData.path("weights-layout"))) ?? []
    return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }()

  var format: String { "test" }
  var entries: [TensorEntry] { rows.map { TensorEntry(name: $0.name, shape: $0.shape, type: .float32) } }
  var metadata: [String: String] { [:] }

  func floats(_ name: String) throws(WeightFileError) -> [Float] {
    guard let index = rows.firstIndex(where: { $0.name == name }) else { throw .noSuchTensor(name) }
    return Self.values(row: index, rows[index])
  }

  /// Variances must not be negative, so all is positive.
  static func values(row: Int, _ tensor: Row) -> [Float] {
    [Float](repeating: Float(row + 1) / 4096, count: tensor.shape.reduce(1, *))
  }

  func write(to path: String) throws {
    try writeSafetensors(
      rows.enumerated().map { SafetensorsTensor(name: $1.name, shape: $1.shape, values: Self.values(row: $0, $1)) },
      to: path)
  }

  /// As `KerasFile` names what it finds: `<layer>/<leaf>`.
  private static func kerasRows(_ rows: [Row], groups: [String: [String: String]]?) -> [Row] {
    return rows.map { row in
      let parts = row.name.split(separator: "/").map(String.init)
      if let groups {
        let layer = groups[parts.dropLast().joined(separator: "/")]!["name"]!
        let isNormalization = layer.lowercased().contains("bn")
        let leaf = (isNormalization ? ["gamma", "beta", "moving_mean", "moving_variance"] : ["kernel", "bias"])[
          Int(parts.last!)!]
        return Row(name: "\(layer)/\(leaf)", shape: row.shape)
      }
      let layer = parts.prefix(parts.count / 2).joined(separator: "/")
      let leaf = parts.last!.hasSuffix("_W:0") ? "kernel" : parts.last!.hasSuffix("_b:0") ? "bias" : parts.last!
      return Row(name: "\(layer)/\(leaf)", shape: row.shape)
    }
  }
}
