import Explain
import Foundation
import Networks

/// What is said of a map in one number.
struct FaithfulnessColumn: Sendable {
  /// As in CSV.
  let key: String
  /// As in Markdown; the arrow points to the better.
  let heading: String
  /// nil where it was not measured, or could not be.
  let value: @Sendable (FaithfulnessReport.Measurements) -> Double?

  private init(
    _ key: String, _ heading: String, value: @escaping @Sendable (FaithfulnessReport.Measurements) -> Double?
  ) {
    self.key = key
    self.heading = heading
    self.value = value
  }

  static func columns(of metric: FaithfulnessMetric) -> [FaithfulnessColumn] {
    switch metric {
    case .deletion: [Self("deletion_auc", "deletion ↓") { $0.deletion?.areaUnderCurve }]
    case .insertion: [Self("insertion_auc", "insertion ↑") { $0.insertion?.areaUnderCurve }]
    case .road:
      [
        Self("road_combined", "ROAD ↑") { $0.road?.combined },
        Self("road_morf_change", "MoRF ↓") { $0.road?.mostRelevantChange },
        Self("road_lerf_change", "LeRF ↑") { $0.road?.leastRelevantChange },
      ]
    case .confidence:
      [
        Self("drop", "drop ↓") { $0.confidence?.drop },
        Self("increase", "increase ↑") { $0.confidence.map { $0.isIncrease ? 1 : 0 } },
        Self("gain", "gain ↑") { $0.confidence?.gain },
      ]
    case .sensitivity: [Self("max_sensitivity", "max-sensitivity ↓") { $0.sensitivity?.maximum }]
    case .randomisation: [Self("randomised_spearman", "randomised → 0") { $0.randomisation?.steps.last?.correlation }]
    }
  }
}

/// The reports of one model over several photographs, in one table: a row for each map, the methods' before the
/// controls'.
struct FaithfulnessTable: Sendable {
  let model: String
  let columns: [FaithfulnessColumn]
  let records: [EvaluationRecord]
  /// What the maps are called, in the reports' order.
  let names: [String]

  /// - Parameters:
  ///   - methods: what the user calls them.
  ///   - records: all with the same maps; at least one.
  init(model: String, methods: [String], metrics: Set<FaithfulnessMetric>, records: [EvaluationRecord]) {
    self.model = model
    self.records = records
    columns = FaithfulnessMetric.allCases.filter(metrics.contains).flatMap(FaithfulnessColumn.columns)
    names = methods + records[0].maps.dropFirst(methods.count).map(\.name)
  }

  var size: String { records.count == 1 ? "1 photograph" : "\(records.count) photographs" }

  /// The mean over the photographs that have the value; nil where none has.
  func mean(_ column: FaithfulnessColumn, ofMap map: Int) -> Double? {
    let values = records.compactMap { column.value($0.maps[map]) }
    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  // MARK: Markdown

  var markdown: String {
    let heading = ["map"] + columns.map(\.heading)
    let rows = names.indices.map { map in
      [records[0].maps[map].isControl ? "*\(names[map])*" : names[map]]
        + columns.map { mean($0, ofMap: map).map { String(format: "%.3f", $0) } ?? "–" }
    }
    let rule = ["---"] + columns.map { _ in "---:" }
    return ([heading, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }

  // MARK: CSV

  /// The columns of `meanRows`.
  var meanHeading: [String] { ["model", "map", "control", "photographs"] + columns.map(\.key) }

  var meanRows: [[String]] {
    names.indices.map { map in
      [model, names[map], "\(records[0].maps[map].isControl)", "\(records.count)"]
        + columns.map { Self.text(mean($0, ofMap: map)) }
    }
  }

  /// The columns of `photographRows`.
  var photographHeading: [String] {
    ["model", "photograph", "class", "label", "probability", "map", "control"] + columns.map(\.key)
  }

  var photographRows: [[String]] {
    records.flatMap { record in
      names.indices.map { map in
        [
          model, record.provenance.source.file, "\(record.prediction.label.index)", record.prediction.label.name,
          record.prediction.probability.map { "\($0)" } ?? "", names[map], "\(record.maps[map].isControl)",
        ] + columns.map { Self.text($0.value(record.maps[map])) }
      }
    }
  }

  private static func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  // MARK: Curves

  /// The mean curves of the maps; nil where they were not measured.
  func plot(of metric: FaithfulnessMetric, score: String) -> CurvePlot? {
    let curve: (FaithfulnessReport.Measurements) -> PixelCurve?
    let (title, xLabel): (String, String)
    switch metric {
    case .deletion: (curve, title, xLabel) = (\.deletion, "Deletion", "share of the pixels deleted")
    case .insertion: (curve, title, xLabel) = (\.insertion, "Insertion", "share of the pixels inserted")
    case .road, .confidence, .sensitivity, .randomisation: return nil
    }
    guard records.allSatisfy({ $0.maps.allSatisfy { curve($0) != nil } }) else { return nil }
    let series = names.indices.map { map in
      let curves = records.map { curve($0.maps[map])! }
      let means = curves[0].scores.indices.map { point in
        curves.reduce(0) { $0 + $1.scores[point] } / Double(curves.count)
      }
      return CurvePlot.Series(name: names[map], x: curves[0].fractions, y: means)
    }
    return CurvePlot(
      title: "\(title), \(model), \(size)", xLabel: xLabel, yLabel: "mean \(score)", series: series,
      xRange: 0...1)
  }
}

/// RFC 4180, with line feeds alone.
func csv(_ rows: [[String]]) -> String {
  rows.map { row in
    row.map { field in
      field.contains { ",\"\n\r".contains($0) } ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }.joined(separator: ",") + "\n"
  }.joined()
}
