import Foundation
import WeightFiles

/// What `gaze evaluate --keep` found of a model: the folder `report` beside its weights, with `report.json` and
/// `pictures`. It goes with the model, when that is removed or another takes its name.
extension ModelStore {
  /// A folder in which a report of a model may be written, to be kept once it is whole.
  package func newReportFolder(of name: String) -> String {
    path + "/.\(name).\(UInt32.random(in: 0 ... .max)).report"
  }

  /// Puts a written report in the place of the model's own.
  ///
  /// - Parameter weightsSHA256: of the weights that were evaluated. If the model has others by now, it is left alone.
  package func keepReport(_ folder: String, of name: String, weightsSHA256: String) throws(ModelStoreError) {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    guard try manifest(of: name).weightsSHA256 == weightsSHA256 else { throw .replacedMeanwhile(name) }
    dropReport(of: name)
    guard rename(folder, reportPath(name)) == 0 else {
      throw .cannotWrite(path: reportPath(name), reason: systemMessage(errno))
    }
  }

  /// A file of a model's report; nil where there is none of this name.
  ///
  /// - Parameter file: `report.json`, or a picture's name.
  package func reportFile(_ file: String, of name: String) -> [UInt8]? {
    guard contains(name), file == "report.json" || Self.isPicture(file) else { return nil }
    let place = file == "report.json" ? file : "pictures/" + file
    return (try? Data(contentsOf: URL(fileURLWithPath: reportPath(name) + "/" + place))).map([UInt8].init)
  }

  package func hasReport(of name: String) -> Bool {
    contains(name) && FileManager.default.fileExists(atPath: reportPath(name) + "/report.json")
  }

  /// Forgets what does not hold any more.
  func dropReport(of name: String) { try? FileManager.default.removeItem(atPath: reportPath(name)) }

  /// Names of a report's pictures: letters, digits and hyphens before the ending, and so no way to other folders.
  private static func isPicture(_ file: String) -> Bool {
    let parts = file.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, ["png", "jpg"].contains(parts[1]), (1...64).contains(parts[0].utf8.count) else {
      return false
    }
    return parts[0].utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }

  private func reportPath(_ name: String) -> String { path + "/" + name + "/report" }
}
