package import Images
package import Networks

/// What is said about a checkpoint's preprocessing, as far as it is said: by its publisher's metadata, by a preset, or
/// on the command line.
package struct PreprocessingChange: Hashable, Sendable {
  package enum Resize: Hashable, Sendable {
    /// The shorter side to so many pixels, the longer one in proportion.
    case shorterSide(Int)
    /// The whole picture, whatever its aspect ratio; nil: to the input's size.
    case whole(ImageSize?)
  }

  /// Of the network's input.
  package var size: ImageSize?
  package var resize: Resize?
  /// The input's side as a share of what the picture's shorter side is resized to, as timm's `crop_pct`.
  package var cropPercentage: Double?
  package var filter: ResizeFilter?
  /// Of values from 0 to 1, in the order of the channels; three of them, or one for all.
  package var mean: [Double]?
  package var deviation: [Double]?
  package var channelOrder: Preprocessing.ChannelOrder?

  package init() {}

  mutating func setNormalization(_ normalization: Preprocessing.Normalization) {
    (mean, deviation) = (normalization.mean, normalization.deviation)
  }

  /// Takes out of mean and deviation what the network does to its input itself: what remains, and then that, is what
  /// was said.
  mutating func leaveOut(_ own: Network.InputScaling) {
    guard let whole = mean, let wholeDeviation = deviation else { return }
    let rest = wholeDeviation.indices.map { channel -> (mean: Double, deviation: Double) in
      let deviation = wholeDeviation[channel] / own.deviation[channel]
      let mean = whole[channel] - own.mean[channel] * deviation
      // Nothing but what the divisions rounded.
      let isNothing = abs(255 * deviation - 1) < 1e-6 && abs(mean) < 1e-6
      return isNothing ? (0, 1 / 255) : (mean, deviation)
    }
    (mean, deviation) = (rest.map(\.mean), rest.map(\.deviation))
  }

  package var isEmpty: Bool { self == PreprocessingChange() }

  /// What `other` says, and where it says nothing what this says.
  package func overridden(by other: PreprocessingChange) -> PreprocessingChange {
    var change = self
    change.size = other.size ?? size
    // The two say the same thing in two ways, so the later of either replaces both.
    if other.resize != nil || other.cropPercentage != nil {
      (change.resize, change.cropPercentage) = (other.resize, other.cropPercentage)
    }
    change.filter = other.filter ?? filter
    change.mean = other.mean ?? mean
    change.deviation = other.deviation ?? deviation
    change.channelOrder = other.channelOrder ?? channelOrder
    return change
  }

  /// `base` with what is said changed. Where the input's size alone is said, the share that is cut from the picture
  /// stays.
  ///
  /// - Parameter sides: what the network's input may measure.
  package func applied(
    to base: Preprocessing, sides: ClosedRange<Int>
  ) throws(PreprocessingFault) -> Preprocessing {
    var result = base
    if let size {
      guard sides.contains(size.width), sides.contains(size.height) else { throw .size(size, sides) }
      (result.inputWidth, result.inputHeight) = (size.width, size.height)
    }
    switch try newResize(of: base, to: result.inputSize) {
    case .shorterSide(let side): (result.shorterSide, result.wholeSize) = (side, nil)
    case .whole(let whole): (result.shorterSide, result.wholeSize) = (nil, whole == result.inputSize ? nil : whole)
    }
    try Self.check(result)
    if let filter { result.filter = filter }
    if let mean { result.mean = try Self.values(mean, "mean", allowed: -10...10).map { Float($0 * 255) } }
    if let deviation {
      result.deviation = try Self.values(deviation, "deviation", allowed: 1e-6...1000).map { Float($0 * 255) }
    }
    if let channelOrder { result.channelOrder = channelOrder }
    return result
  }

  private func newResize(of base: Preprocessing, to input: ImageSize) throws(PreprocessingFault) -> Resize {
    if let resize { return resize }
    let longer = max(input.width, input.height)
    if let cropPercentage {
      guard cropPercentage > 0, cropPercentage <= 1 else { throw .cropPercentage(cropPercentage) }
      return .shorterSide(Self.side(longer, ofWhichItIs: cropPercentage))
    }
    guard input != base.inputSize else {
      return base.shorterSide.map(Resize.shorterSide) ?? .whole(base.wholeSize)
    }
    guard let shorterSide = base.shorterSide else { return .whole(nil) }
    let share = Double(max(base.inputWidth, base.inputHeight)) / Double(shorterSide)
    return .shorterSide(Self.side(longer, ofWhichItIs: share))
  }

  /// floor(side / share), as timm has it; what the division rounds does not take a pixel away.
  private static func side(_ side: Int, ofWhichItIs share: Double) -> Int {
    let quotient = Double(side) / share
    let nearest = quotient.rounded()
    return Int(abs(quotient - nearest) < 1e-9 * nearest ? nearest : quotient.rounded(.down))
  }

  /// The input must lie within the resized picture, of whatever shape that is.
  private static func check(_ preprocessing: Preprocessing) throws(PreprocessingFault) {
    let input = preprocessing.inputSize
    if let side = preprocessing.shorterSide {
      guard side >= max(input.width, input.height) else { throw .cropBeyondPicture("\(side)", input) }
      guard side <= largestSide else { throw .tooLarge(side) }
    } else if let whole = preprocessing.wholeSize {
      guard whole.width >= input.width, whole.height >= input.height else {
        throw .cropBeyondPicture("\(whole)", input)
      }
      guard max(whole.width, whole.height) <= largestSide else { throw .tooLarge(max(whole.width, whole.height)) }
    }
  }

  private static let largestSide = 4096

  private static func values(
    _ values: [Double], _ name: String, allowed: ClosedRange<Double>
  ) throws(PreprocessingFault) -> [Double] {
    guard [1, 3].contains(values.count), values.allSatisfy(allowed.contains) else { throw .values(name, values) }
    return values.count == 1 ? values + values + values : values
  }
}

/// What is wrong with a preprocessing that was asked for.
package enum PreprocessingFault: Error, Hashable, Sendable, CustomStringConvertible {
  case size(ImageSize, ClosedRange<Int>)
  case cropPercentage(Double)
  /// What the picture is resized to, and the input that is to be cut from it.
  case cropBeyondPicture(String, ImageSize)
  case tooLarge(Int)
  case values(String, [Double])
  case unknownPreset(String)
  case unknownTimm(String, similar: [String])
  /// A publisher's way that Gaze has not: its source, and what it is.
  case unsupported(String, String)

  package var description: String {
    switch self {
    case .size(let size, let sides):
      "The network takes inputs of \(sides.lowerBound) to \(sides.upperBound) pixels a side, not \(size)."
    case .cropPercentage(let share):
      "A crop percentage of \(share) is not one; it is the input's side as a share of the resized picture's, such as 0.875."
    case .cropBeyondPicture(let resized, let input):
      "The picture is resized to \(resized), from which no input of \(input) can be cut; "
        + "resize the shorter side to \(max(input.width, input.height)) or more (--resize), or the whole picture to the "
        + "input (--resize whole)."
    case .tooLarge(let side):
      "Pictures are resized to at most \(PreprocessingFault.largest) pixels a side, not \(side)."
    case .values(let name, let values):
      "The \(name) \(values.map { "\($0)" }.joined(separator: ",")) is none of three channels' values from 0 to 1, "
        + "such as \(name == "mean" ? "0.485,0.456,0.406" : "0.229,0.224,0.225")."
    case .unknownPreset(let name):
      "There is no preprocessing '\(name)'; there are \(PreprocessingPreset.names.joined(separator: ", ")) and timm:NAME."
    case .unknownTimm(let name, let similar):
      "timm's configurations that Gaze knows have no '\(name)'."
        + (similar.isEmpty
          ? " A name is written as timm writes it: timm:resnet50.a1_in1k."
          : " There are \(similar.joined(separator: ", ")).")
    case .unsupported(let source, let what):
      "\(source) asks for \(what), which Gaze does not do; say with --size, --resize "
        + "and their like what to do instead."
    }
  }

  private static let largest = 4096
}
