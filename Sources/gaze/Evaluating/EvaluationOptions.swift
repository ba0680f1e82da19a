import ArgumentParser
import Explain

/// A method with its parameters: `rise:masks=500,seed=1`.
struct MethodText: Sendable {
  let text: String
  let method: any AttributionMethod

  init(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    var values: [String: String] = [:]
    for part in parts.count < 2 ? [] : parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      guard let setting = Setting(argument: String(part)), values[setting.name] == nil else {
        throw ValidationError("Parameters are given once each as name=value, with commas between them, not '\(part)'.")
      }
      values[setting.name] = setting.value
    }
    do throws(AttributionError) {
      method = try MethodCatalog.method(named: String(parts[0]), values)
    } catch {
      throw ValidationError(error.description)
    }
    self.text = text
  }
}

/// Metrics with commas between them, or `all`.
struct MetricsText: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  let metrics: Set<FaithfulnessMetric>

  static let standard = MetricsText(metrics: [.deletion, .insertion, .road, .confidence])

  private init(metrics: Set<FaithfulnessMetric>) { self.metrics = metrics }

  init?(argument: String) {
    if argument == "all" {
      metrics = Set(FaithfulnessMetric.allCases)
      return
    }
    let named = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { FaithfulnessMetric(rawValue: String($0)) }
    guard !named.contains(nil) else { return nil }
    metrics = Set(named.compactMap(\.self))
  }

  var description: String {
    FaithfulnessMetric.allCases.filter(metrics.contains).map(\.rawValue).joined(separator: ",")
  }
}

/// Whole numbers from 1 to 99, with commas between them.
struct Percentages: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  let values: [Int]

  static let standard = Percentages(values: FaithfulnessProtocol().roadPercentages)

  private init(values: [Int]) { self.values = values }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.allSatisfy({ $0.map((1...99).contains) ?? false }) else { return nil }
    values = parts.compactMap(\.self)
  }

  var description: String { values.map(String.init).joined(separator: ",") }
}

extension Score: ExpressibleByArgument {}
