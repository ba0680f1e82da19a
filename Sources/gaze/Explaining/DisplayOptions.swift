import ArgumentParser
import Explain

/// How the map is shown.
struct DisplayOptions: ParsableArguments {
  @Option(help: "What of the map to show.")
  var evidence = Evidence.positive

  @Option(help: "Colours. Default: turbo; for signed evidence, which needs coolwarm or bwr, coolwarm.")
  var colormap: ColorMap?

  @Option(
    help: ArgumentHelp(
      "Which magnitude has the last colour: 'own' for the map's largest, 'shared' for the largest of all classes, p99 for a percentile, "
        + "or a number.",
      valueName: "range"))
  var range = RangeText.own

  @Option(
    help: ArgumentHelp("Contour lines at these shares of the range, such as 0.25,0.5,0.75.", valueName: "shares"))
  var contours = Shares()

  @Flag(help: "Put the scale of the colours beside the photograph.")
  var colorbar = false

  @Option(help: "What the network did not see.")
  var unseen = UnseenStyle.hatched

  @Option(help: "Opacity of the heatmap, 0 to 1.")
  var alpha = 0.5

  @Option(
    help: ArgumentHelp(
      "The picture's longer side in pixels, at most. A photograph is never enlarged: a side as long as its own keeps its resolution.",
      valueName: "pixels"))
  var side = Analysis.displaySide

  @Flag(help: "Write the heatmap alone, with an alpha channel, instead of blending it.")
  var noOverlay = false

  func validate() throws {
    guard (0...1).contains(alpha) else { throw ValidationError("--alpha must be between 0 and 1, not \(alpha).") }
    guard (1...65_535).contains(side) else { throw ValidationError("--side must be between 1 and 65535, not \(side).") }
    if let objection = colorMap.objection(to: evidence) { throw ValidationError(objection) }
    if colorbar && noOverlay {
      throw ValidationError("--colorbar stands beside the photograph; it cannot be had with --no-overlay.")
    }
  }

  private var colorMap: ColorMap { colormap ?? (evidence == .signed ? .coolwarm : .turbo) }

  var recipe: DisplayRecipe {
    DisplayRecipe(
      colorMap: colorMap, opacity: alpha, evidence: evidence, range: range.range, contours: contours.values,
      unseen: unseen, hasColorBar: colorbar)
  }

  /// All that the picture depends on, as it stands in a result's file.
  var request: DisplayRequest {
    DisplayRequest(
      colormap: colorMap.rawValue, evidence: evidence.rawValue, range: range.text, contours: contours.values,
      colorbar: colorbar, unseen: unseen.rawValue, alpha: alpha, overlay: !noOverlay, side: side)
  }
}

struct DisplayRequest: Codable, Hashable, Sendable {
  let colormap: String
  let evidence: String
  let range: String
  let contours: [Double]
  let colorbar: Bool
  let unseen: String
  let alpha: Double
  let overlay: Bool
  let side: Int
}

/// `own`, `shared`, `p99` or a magnitude.
struct RangeText: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  let text: String
  /// Of a map by itself, where the range is shared.
  let range: DisplayRange

  static let own = RangeText(text: "own", range: .ownMaximum)
  static let shared = RangeText(text: "shared", range: .ownMaximum)

  private init(text: String, range: DisplayRange) {
    self.text = text
    self.range = range
  }

  init?(argument: String) {
    if argument == "own" {
      self = .own
    } else if argument == "shared" {
      self = .shared
    } else if argument.hasPrefix("p"), let percentage = Double(argument.dropFirst()), (0...100).contains(percentage) {
      self.init(text: argument, range: .percentile(percentage))
    } else if let limit = Double(argument), limit > 0, limit.isFinite {
      self.init(text: argument, range: .fixed(limit))
    } else {
      return nil
    }
  }

  var description: String { text }
}

/// Numbers between 0 and 1, with commas between them.
struct Shares: Hashable, Sendable, ExpressibleByArgument, CustomStringConvertible {
  let values: [Double]

  init() { values = [] }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.allSatisfy({ $0.map { 0 < $0 && $0 < 1 } ?? false }) else { return nil }
    values = parts.compactMap(\.self)
  }

  var description: String { values.isEmpty ? "none" : values.map { "\($0)" }.joined(separator: ",") }
}

extension Evidence: ExpressibleByArgument {}
extension ColorMap: ExpressibleByArgument {}
extension UnseenStyle: ExpressibleByArgument {}
