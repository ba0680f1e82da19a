import Autodiff
import Explain
import Foundation
import Images
import Models
import Networks
import TestSupport
import Testing

/// From the bytes of photographs to predictions, against the reference's table (`goldens/real/end-to-end-top5.csv` of
/// the shared data), which was made with Pillow's decoders and resizer.
@Suite(
  .enabled(if: SharedData.isPresent, SharedData.note),
  .enabled(if: TestModels.has("efficientnet-lite0"), TestModels.note("efficientnet-lite0")))
struct EndToEndTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let network: String
    let photo: String
    /// Index and probability of the five most probable classes.
    let top: [(index: Int, probability: Float)]
    var testDescription: String { "\(network), \(photo)" }
  }

  /// What the table calls the models.
  private static let names = [
    "efficientnet_lite0": "efficientnet-lite0", "efficientnet_lite1": "efficientnet-lite1",
    "efficientnet_lite2": "efficientnet-lite2", "squeezenet1_1_keras": "keras-squeezenet1.1",
  ]

  static let rows: [Row] = {
    guard let bytes = try? SharedData.bytes("goldens/real/end-to-end-top5.csv") else { return [] }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",")
    }
    var rows: [Row] = []
    for line in lines {
      let network = names[String(line[0])] ?? String(line[0])
      let place = (index: Int(line[3])!, probability: Float(line[line.count - 1])!)
      if let last = rows.last, last.network == network, last.photo == line[1] {
        rows[rows.count - 1] = Row(network: network, photo: last.photo, top: last.top + [place])
      } else {
        rows.append(Row(network: network, photo: String(line[1]), top: [place]))
      }
    }
    return rows
  }()

  @Test(arguments: rows.filter { TestModels.has($0.network) }) func predictionsAgree(_ row: Row) throws {
    let analysis = try Analysis(
      of: SharedData.bytes("data/photos/\(row.photo)"), by: TestModels.library.classifier(row.network),
      on: Engine(threadCount: 2))
    #expect(row.top.count == 5)
    #expect(analysis.predictions(1)[0].label.index == row.top[0].index)
    for place in row.top {
      let difference = abs(analysis.numbers[place.index] - place.probability)
      #expect(
        difference <= 0.005, "class \(place.index): \(analysis.prediction(place.index)), not \(place.probability)")
    }
  }
}
