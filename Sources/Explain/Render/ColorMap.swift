package import Images

/// The colour maps by their names in the interface: 256 colours each.
package enum ColorMap: String, Hashable, Sendable, CaseIterable {
  /// Rainbow without jet's false edges. Source: Anton Mikhailov, "Turbo, an improved rainbow colormap for
  /// visualization", Google AI Blog 2019; table copyright 2019 Google LLC, Apache-2.0.
  case turbo
  /// Perceptually uniform, dark blue to yellow. Source: Nathaniel Smith, Stéfan van der Walt, Eric Firing,
  /// matplotlib 2.0, CC0.
  case viridis
  /// Perceptually uniform, black through red to pale yellow. Source: as `viridis`.
  case inferno
  /// Perceptually uniform, black through violet to pale yellow. Source: as `viridis`.
  case magma
  /// The rainbow of the papers (`cv2.COLORMAP_JET` in the authors' code of Grad-CAM and its descendants). It has bright
  /// bands where the data has none: for comparison with published pictures only. Source: MATLAB's formula, as in
  /// OpenCV.
  case jet
  /// Black to white.
  case gray
  /// Diverging, blue through light grey to red. Source: Kenneth Moreland, "Diverging color maps for scientific
  /// visualization", ISVC 2009, as sampled by matplotlib.
  case coolwarm
  /// Diverging, pure blue through white to pure red.
  case bwr

  /// Whether the map has a neutral middle, meant for `Evidence.signed`.
  package var isDiverging: Bool {
    switch self {
    case .coolwarm, .bwr: true
    case .turbo, .viridis, .inferno, .magma, .jet, .gray: false
    }
  }

  /// The maps for evidence of one sign, from nothing to the most.
  package static let sequential = allCases.filter { !$0.isDiverging }

  /// 256 colours, from the lowest to the highest.
  package var table: [RGB8] {
    switch self {
    case .turbo: Self.turboTable
    case .viridis: Self.viridisTable
    case .inferno: Self.infernoTable
    case .magma: Self.magmaTable
    case .jet: Self.jetTable
    case .gray: Self.grayTable
    case .coolwarm: Self.coolwarmTable
    case .bwr: Self.bwrTable
    }
  }

  /// The colours side by side, 256 x 1, from the lowest to the highest: the bar of a legend.
  package var bar: RGBImage {
    RGBImage(
      size: ImageSize(width: table.count, height: 1), pixels: table.flatMap { [$0.red, $0.green, $0.blue] })
  }

  /// Whether zero is seen as zero on this map; if not, a sentence that says why and names the maps that would do.
  package func objection(to evidence: Evidence) -> String? {
    switch (evidence, isDiverging) {
    case (.signed, false):
      let fitting = Self.allCases.filter({ $0.isDiverging }).map({ $0.rawValue }).joined(separator: " or ")
      return "The colour map \(rawValue) has no neutral middle for zero; signed evidence needs \(fitting)."
    case (.positive, true), (.negative, true):
      let fitting = Self.sequential.map({ $0.rawValue }).joined(separator: ", ")
      return "The colour map \(rawValue) is for signed evidence: its first colour would make zero look like evidence; "
        + "\(evidence.rawValue) evidence needs one of \(fitting)."
    case (.signed, true), (.positive, false), (.negative, false):
      return nil
    }
  }
}

extension ColorMap {
  /// With v = i/255, red, green and blue are clamp(3/2 − |4v − k|) for k = 3, 2, 1. Times 255 that is always a half,
  /// 382½ − |4i − 255k|, rounded here to even. OpenCV's table is the same but for the blue of entry 159: 1½ became 1.
  private static let jetTable = (0..<256).map { i in
    let channel = { k in UInt8(min(max((383 - abs(4 * i - 255 * k)) & ~1, 0), 255)) }
    return RGB8(red: channel(3), green: channel(2), blue: channel(1))
  }

  private static let grayTable = (0...UInt8.max).map { RGB8(red: $0, green: $0, blue: $0) }

  private static let bwrTable = (0..<256).map { i in
    let rising = UInt8(min(2 * i, 255))
    let falling = UInt8(min(2 * (255 - i), 255))
    return RGB8(red: rising, green: min(rising, falling), blue: falling)
  }
}
