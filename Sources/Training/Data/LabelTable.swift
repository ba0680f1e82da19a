import Digests
import Foundation
package import Models

/// Images and what they are labelled with where a folder for each class cannot say it: several classes at once, none,
/// or numbers. A CSV file with a heading:
///
/// - `file`: a path, relative to the CSV file's folder;
/// - of sigmoids either `labels`, the classes that are there, separated by `;` (none: an empty field), or a column for
///   each class under its name, 1 or 0;
/// - of values a column for each under its name. Where there is one output, the only column beside `file` is its own
///   under any name.
package struct LabelTable: Sendable {
  package struct Row: Hashable, Sendable {
    package let path: String
    /// As it stands in the table.
    package let name: String
    /// One number for each output: 1 where the class is there, else 0; or the value.
    package let targets: [Float]
  }

  /// A larger file is refused.
  private static let maximumBytes = 256 << 20
  private static let fileColumns = ["file", "path", "image", "filename"]
  private static let listColumns = ["labels", "label", "classes"]

  package let path: String
  /// The outputs' names, in their order.
  package let names: [String]
  package let rows: [Row]
  /// SHA-256 of the table, in hexadecimal.
  package let fingerprint: String

  /// Whether a path names a table rather than a folder.
  package static func isNamed(by path: String) -> Bool { path.lowercased().hasSuffix(".csv") }

  /// - Parameters:
  ///   - names: of a model's outputs, in their order; nil where the table is to say what there is.
  ///   - output: sigmoid or value.
  package init(_ path: String, names known: [String]? = nil, for output: OutputKind) throws(DatasetError) {
    func fault(_ reason: String) -> DatasetError { .table(path: path, reason: reason) }
    precondition(output != .softmax, "LabelTable: softmax has one class an image, which folders tell")
    guard let handle = FileHandle(forReadingAtPath: path) else { throw fault("it cannot be opened") }
    defer { try? handle.close() }
    guard let data = try? handle.read(upToCount: Self.maximumBytes + 1) ?? Data() else {
      throw fault("it cannot be read")
    }
    guard data.count <= Self.maximumBytes else { throw fault("it has more than \(Self.maximumBytes >> 20) MB") }
    guard var text = String(data: data, encoding: .utf8) else { throw fault("it is no UTF-8 text") }
    if text.hasPrefix("\u{FEFF}") { text.removeFirst() }
    let records: [[String]]
    do { records = try csvRecords(text) } catch { throw fault(error.reason) }
    let heading = records[0]
    guard let fileColumn = heading.firstIndex(where: { Self.fileColumns.contains($0.lowercased()) }) else {
      throw fault("its first line names no column 'file'")
    }
    for (number, record) in records.enumerated() where record.count != heading.count {
      throw fault("line \(number + 1) has \(record.count) fields and the heading \(heading.count)")
    }
    let reader: TargetReader
    do throws(CSVFault) {
      reader = try TargetReader(heading, records.dropFirst(), besides: fileColumn, names: known, for: output)
    } catch {
      throw fault(error.reason)
    }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    var rows: [Row] = []
    rows.reserveCapacity(records.count - 1)
    for (number, record) in records.enumerated().dropFirst() {
      let name = record[fileColumn]
      guard !name.isEmpty else { throw fault("line \(number + 1) names no file") }
      do throws(CSVFault) {
        rows.append(
          Row(
            path: URL(fileURLWithPath: name, relativeTo: folder).standardizedFileURL.path, name: name,
            targets: try reader.targets(of: record)))
      } catch {
        throw fault("line \(number + 1): \(error.reason)")
      }
    }
    self.path = path
    self.rows = rows
    names = reader.names
    fingerprint = Digest.sha256(of: [UInt8](data)).hexadecimal
  }

  /// From a row's fields to a number for each output.
  private struct TargetReader {
    let names: [String]
    private let output: OutputKind
    /// The column with a list of classes; nil where each output has a column of its own.
    private let list: Int?
    /// Of each output.
    private let columns: [Int]

    init(
      _ heading: [String], _ rows: ArraySlice<[String]>, besides fileColumn: Int, names known: [String]?,
      for output: OutputKind
    ) throws(CSVFault) {
      self.output = output
      let others = heading.indices.filter { $0 != fileColumn }
      guard let first = others.first else { throw CSVFault(reason: "it has no column beside '\(heading[fileColumn])'") }
      if output == .sigmoid,
        let column = others.first(where: { LabelTable.listColumns.contains(heading[$0].lowercased()) })
      {
        (list, columns) = (column, [])
        names = known ?? Set(rows.flatMap { LabelTable.classes($0[column]) }).sorted()
        guard !names.isEmpty else { throw CSVFault(reason: "no image has a label") }
        return
      }
      list = nil
      guard let known else {
        guard Set(others.map { heading[$0] }).count == others.count else {
          throw CSVFault(reason: "two of its columns have one name")
        }
        (names, columns) = (others.map { heading[$0] }, others)
        return
      }
      names = known
      if known.count == 1 && others.count == 1 {
        columns = [first]
        return
      }
      var columns: [Int] = []
      for name in known {
        guard let column = others.first(where: { heading[$0] == name }) else {
          throw CSVFault(
            reason: output == .sigmoid
              ? "it has neither a column 'labels' nor one '\(name)'" : "it has no column '\(name)'")
        }
        columns.append(column)
      }
      self.columns = columns
    }

    func targets(of record: [String]) throws(CSVFault) -> [Float] {
      if let list {
        var targets = [Float](repeating: 0, count: names.count)
        for name in LabelTable.classes(record[list]) {
          guard let index = names.firstIndex(of: name) else {
            throw CSVFault(reason: "'\(name)' is none of the classes \(names.prefix(8).joined(separator: ", "))")
          }
          targets[index] = 1
        }
        return targets
      }
      var targets: [Float] = []
      for column in columns {
        guard let number = Float(record[column]), number.isFinite else {
          throw CSVFault(reason: "'\(record[column])' is no number")
        }
        guard output == .value || number == 0 || number == 1 else {
          throw CSVFault(reason: "'\(record[column])' is neither 1, which is there, nor 0")
        }
        targets.append(number)
      }
      return targets
    }
  }

  private static func classes(_ field: String) -> [String] {
    field.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
