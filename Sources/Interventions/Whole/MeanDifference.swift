import Explain
import Images

/// What the mean picture of a class has beside its objects that the mean pictures of the others have not, without the
/// mean over the picture, which is a tint or a brightness: slow changes (a gradient, a vignette) and what is left, a
/// pattern that lies over all pictures at the same place.
struct MeanDifference: Sendable {
  private let classIndex: Int
  private let size: ImageSize
  private let slow: [Float]
  private let fine: [Float]
  /// The mean of the others, from which pictures are measured.
  private let usual: [Float]
  private let isKnown: [Bool]

  /// A pixel that this share of the class's pictures have no object at is known.
  private static let leastGround = 0.25
  /// Levels in root mean square, below which nobody would see a difference.
  private static let leastStrength: Float = 2

  init(of classIndex: Int, in tested: TestedPictures) {
    self.classIndex = classIndex
    size = tested.pictures[0].image.size
    let own = Self.mean(tested.searching(classIndex).map { tested.pictures[$0] })
    let others = tested.others(than: classIndex).map { other in
      Self.mean(tested.searching(other).map { tested.pictures[$0] })
    }
    var (difference, usual) = (
      [Float](repeating: 0, count: 3 * size.pixelCount), [Float](repeating: 0, count: 3 * size.pixelCount)
    )
    var isKnown = [Bool](repeating: false, count: size.pixelCount)
    for pixel in isKnown.indices where own.isKnown[pixel] {
      let known = others.filter { $0.isKnown[pixel] }
      guard !known.isEmpty else { continue }
      isKnown[pixel] = true
      for place in 3 * pixel..<3 * pixel + 3 {
        usual[place] = Float(median(known.map { Double($0.values[place]) }))
        difference[place] = own.values[place] - usual[place]
      }
    }
    let count = Float(max(isKnown.count { $0 }, 1))
    for channel in 0..<3 {
      let middle = isKnown.indices.reduce(Float(0)) { isKnown[$1] ? $0 + difference[3 * $1 + channel] : $0 } / count
      for pixel in isKnown.indices where isKnown[pixel] { difference[3 * pixel + channel] -= middle }
    }
    let slow = Self.smooth(difference, isKnown, size)
    self.slow = slow
    fine = difference.indices.map { isKnown[$0 / 3] ? difference[$0] - slow[$0] : 0 }
    self.usual = usual
    self.isKnown = isKnown
  }

  private static func mean(_ pictures: [LabelledPicture]) -> (values: [Float], isKnown: [Bool]) {
    let size = pictures[0].image.size
    var (sums, counts) = (
      [Float](repeating: 0, count: 3 * size.pixelCount), [Float](repeating: 0, count: size.pixelCount)
    )
    for picture in pictures {
      for pixel in 0..<size.pixelCount where picture.object?.isForeground[pixel] != true {
        counts[pixel] += 1
        for place in 3 * pixel..<3 * pixel + 3 { sums[place] += Float(picture.image.pixels[place]) }
      }
    }
    let least = Float(leastGround) * Float(pictures.count)
    return (sums.indices.map { sums[$0] / max(counts[$0 / 3], 1) }, counts.map { $0 >= max(least, 3) })
  }

  /// The mean of the known pixels around each, by a Gaussian of a sixth of the shorter side.
  private static func smooth(_ values: [Float], _ isKnown: [Bool], _ size: ImageSize) -> [Float] {
    let deviation = Double(min(size.width, size.height)) / 6
    let filter = SeparableFilter.gaussian(deviation: deviation, radius: Int(3 * deviation))
    let weights = filter(isKnown.map { $0 ? 1 : Float(1e-4) }, SeparableFilter.Layout(size))
    let sums = filter(values, SeparableFilter.Layout(size, channels: 3))
    return sums.indices.map { sums[$0] / weights[$0 / 3] }
  }

  func cues(in tested: TestedPictures) -> [WholeCue] {
    [cue(slow, in: tested) { isRound(slow) ? .vignette : .gradient }, cue(fine, in: tested) { .pattern }].compactMap {
      $0
    }
  }

  private func cue(_ field: [Float], in tested: TestedPictures, _ kind: () -> CueKind) -> WholeCue? {
    let energy = field.reduce(0) { $0 + $1 * $1 }
    guard (energy / Float(field.count)).squareRoot() >= Self.leastStrength / 2 else { return nil }
    let (usual, isKnown) = (usual, isKnown)
    // How many times a picture has the field; brightness and tint aside.
    let measure: @Sendable (LabelledPicture) -> Double = { picture in
      var (sum, norm) = (Float(0), Float(0))
      for pixel in isKnown.indices where isKnown[pixel] && picture.object?.isForeground[pixel] != true {
        for place in 3 * pixel..<3 * pixel + 3 {
          sum += (Float(picture.image.pixels[place]) - usual[place]) * field[place]
          norm += field[place] * field[place]
        }
      }
      return norm > 0 ? Double(sum / norm) : 0
    }
    let (own, others) = tested.values(of: classIndex, measure)
    guard let separation = Separation(own: own, others: others.flatMap(\.values)), separation.isHigher else {
      return nil
    }
    let strength = Float(
      Interventions.mean(own.filter(separation.isBeyond)) - median(others.map { Interventions.mean($0.values) }))
    guard strength * (energy / Float(field.count)).squareRoot() >= Self.leastStrength else { return nil }
    let kind = kind()
    func add(_ values: [Float], _ factor: Float) -> WholeCue.Edit {
      { image, _ in image.adding(values, times: factor) }
    }
    // Turned over it is another field, unless it looks the same so.
    let turned = [
      mirrored(field, x: true, y: false), mirrored(field, x: false, y: true), mirrored(field, x: true, y: true),
    ]
    .first { other in zip(field, other).reduce(0) { $0 + $1.0 * $1.1 } < 0.5 * energy }
    func controls(_ sign: Float) -> [(how: String, edit: WholeCue.Edit)] {
      [("the same the other way", add(field, -sign * strength))]
        + (turned.map { [("the same turned over", add($0, sign * strength))] } ?? [])
    }
    let words =
      switch kind {
      case .vignette: "a vignette"
      case .gradient: "a gradient of light or colour"
      default: "a pattern that lies over the pictures"
      }
    return WholeCue(
      kind: kind, words: words, separation: separation, measure: measure,
      give: WholeCue.Change(
        how: "the class's mean difference added", edit: add(field, strength), controls: controls(1)),
      take: WholeCue.Change(how: "the mean difference taken away", edit: add(field, -strength), controls: controls(-1)))
  }

  private func mirrored(_ field: [Float], x: Bool, y: Bool) -> [Float] {
    field.indices.map { place in
      let (pixel, channel) = place.quotientAndRemainder(dividingBy: 3)
      let (row, column) = pixel.quotientAndRemainder(dividingBy: size.width)
      return field[
        3 * ((y ? size.height - 1 - row : row) * size.width + (x ? size.width - 1 - column : column)) + channel]
    }
  }

  /// Whether a field follows the distance from the middle: its correlation with the square of it is beyond 0.7.
  private func isRound(_ field: [Float]) -> Bool {
    let distances = (0..<size.pixelCount).map { pixel -> Double in
      let (row, column) = pixel.quotientAndRemainder(dividingBy: size.width)
      let (u, v) = (Double(2 * column + 1) / Double(size.width) - 1, Double(2 * row + 1) / Double(size.height) - 1)
      return u * u + v * v
    }
    let levels = (0..<size.pixelCount).map { Double(field[3 * $0] + field[3 * $0 + 1] + field[3 * $0 + 2]) }
    let (a, b) = (Interventions.mean(distances), Interventions.mean(levels))
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (distance, level) in zip(distances, levels) {
      ab += (distance - a) * (level - b)
      aa += (distance - a) * (distance - a)
      bb += (level - b) * (level - b)
    }
    return aa > 0 && bb > 0 && abs(ab) / (aa * bb).squareRoot() > 0.7
  }
}
