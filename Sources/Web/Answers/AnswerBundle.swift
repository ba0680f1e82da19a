import Explain
import Foundation
import Images
import Networks

/// All that there is of an answer as one ZIP file: `picture.png`, `saliency.npy`, `saliency.json` and `receipt.json`,
/// as the addresses of these names give them, but for the predictions, which the JSON has here, too.
///
/// Of several maps each has a folder, `0-282-grad-cam` by its place, class and method, and `picture.png` beside the
/// folders is the sheet.
enum AnswerBundle {
  typealias File = (name: String, data: [UInt8])

  /// - Parameters:
  ///   - folder: with the slash after it.
  ///   - withImage: whether `image.jpg`, the upright image, stands beside.
  ///   - loop: pictures are made by it.
  static func files(
    of answer: Answer, at resolution: MapResolution, in folder: String = "", withImage: Bool = false,
    by loop: @escaping ParallelLoop
  ) throws -> [File] {
    var files: [File] = []
    if !answer.isList || answer.isOverlay { files.append((folder + "picture.png", try answer.png(by: loop))) }
    if answer.isList {
      for (place, attribution) in answer.attributions.enumerated() {
        let name = "\(folder)\(place)-\(attribution.prediction.label.index)-\(attribution.method)/"
        files += try self.files(of: answer[place], at: resolution, in: name, by: loop)
      }
    } else {
      let json = try SaliencyAnswer.json(
        of: answer, at: resolution, withPicture: false, withPredictions: true, by: loop)
      files.append((folder + "saliency.npy", answer.npy(at: resolution).bytes))
      files.append((folder + "saliency.json", json))
      files.append((folder + "receipt.json", [UInt8](try encodeJSON(answer.receipts))))
    }
    if withImage { files.append((folder + "image.jpg", encodeJPEG(answer.analysis.display))) }
    return files
  }

  static func zip(_ files: [File]) -> [UInt8] {
    var archive = ZipArchive()
    for file in files { archive.add(file.name, file.data) }
    return archive.file()
  }
}
