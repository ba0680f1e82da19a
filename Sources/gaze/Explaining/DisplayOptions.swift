import ArgumentParser
import Explain

/// How the map is shown. Values are read by `Ask`, as those of every other face.
struct DisplayOptions: ParsableArguments {
  @Option(help: "\(AskField.evidence.help)", completion: .list(Evidence.allCases.map(\.rawValue)))
  var evidence: String?

  @Option(help: "\(AskField.colorMap.help)", completion: .list(ColorMap.allCases.map(\.rawValue)))
  var colormap: String?

  @Option(help: ArgumentHelp("\(AskField.range.help)", valueName: "range"))
  var range: String?

  @Option(help: ArgumentHelp("\(AskField.contours.help)", valueName: "shares"))
  var contours: String?

  @Flag(help: "\(AskField.colorBar.help)")
  var colorbar = false

  @Option(help: "\(AskField.unseen.help)", completion: .list(UnseenStyle.allCases.map(\.rawValue)))
  var unseen: String?

  @Option(help: ArgumentHelp("\(AskField.opacity.help)", valueName: "number"))
  var alpha: String?

  @Option(help: "\(AskField.fade.help)", completion: .list(Fade.allCases.map(\.rawValue)))
  var fade: String?

  @Option(help: ArgumentHelp("\(AskField.side.help)", valueName: "pixels"))
  var side: String?

  @Flag(help: "Write the heatmap alone, with an alpha channel, instead of blending it.")
  var noOverlay = false

  var fields: [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    func add(_ field: AskField, _ value: String?) { if let value { fields.append((field.rawValue, value)) } }
    add(.evidence, evidence)
    add(.colorMap, colormap)
    add(.range, range)
    add(.contours, contours)
    add(.colorBar, colorbar ? "true" : nil)
    add(.unseen, unseen)
    add(.opacity, alpha)
    add(.fade, fade)
    add(.side, side)
    add(.overlay, noOverlay ? "false" : nil)
    return fields
  }
}
