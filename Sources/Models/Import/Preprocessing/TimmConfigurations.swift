import Images
import Networks

/// What timm's published checkpoints are fed with, by their names.
enum TimmConfigurations {
  /// By name: `resnet50`, whose tag is timm's default, or `resnet50.a1_in1k`.
  private static let byName: [String: Substring] = {
    var byName: [String: Substring] = [:]
    var configuration: Substring = ""
    for line in table.split(separator: "\n") {
      if line.first == " " {
        for name in line.split(separator: " ") { byName[String(name)] = configuration }
      } else {
        configuration = line
      }
    }
    return byName
  }()

  static func named(_ name: String) throws(PreprocessingFault) -> PreprocessingChange {
    guard let configuration = byName[name], let change = change(configuration) else {
      let stem = name.prefix { $0 != "." }
      let similar = byName.keys.filter { $0.hasPrefix(stem) }.sorted().prefix(8)
      throw .unknownTimm(name, similar: stem.count < 3 ? [] : Array(similar))
    }
    return change
  }

  /// - Parameter line: size, crop_pct, interpolation, crop_mode, and mean and deviation by a name.
  private static func change(_ line: Substring) -> PreprocessingChange? {
    let fields = line.split(separator: " ").map(String.init)
    guard fields.count == 5, let side = Int(fields[0]), let share = Double(fields[1]),
      let filter = ResizeFilter(rawValue: fields[2]), let statistics = statistics[fields[4]]
    else { return nil }
    var change = PreprocessingChange()
    let size = ImageSize(width: side, height: side)
    change.size = size
    change.filter = filter
    change.channelOrder = .rgb
    change.setNormalization(statistics)
    change.setCrop(share, mode: fields[3], of: size)
    return change
  }

  private static let statistics: [String: Preprocessing.Normalization] = [
    "imagenet": .imageNet, "half": .half, "clip": .clip, "unit": .unit,
  ]
}

extension PreprocessingChange {
  /// timm's crop_pct and crop_mode: `center` resizes the shorter side, `squash` the whole picture, to floor(size /
  /// crop_pct), and both cut the middle.
  ///
  /// - Returns: false for a mode that Gaze has not.
  @discardableResult
  mutating func setCrop(_ share: Double, mode: String, of size: ImageSize) -> Bool {
    switch mode {
    case "center": cropPercentage = share
    case "squash":
      guard share > 0 else { return false }
      // As timm has it: floor of the quotient of two doubles.
      resize = .whole(
        ImageSize(
          width: Int((Double(size.width) / share).rounded(.down)),
          height: Int((Double(size.height) / share).rounded(.down))))
    default: return false
    }
    return true
  }
}
