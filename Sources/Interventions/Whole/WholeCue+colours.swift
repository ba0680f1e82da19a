import Glibc
import Images

extension WholeCue {
  /// A colour cast and a brightness of the ground beside the object that other classes have not. What the object itself
  /// is coloured like does not count.
  static func colours(of classIndex: Int, in tested: TestedPictures) -> [WholeCue] {
    let (own, others) = tested.values(of: classIndex) { $0.groundColour }
    func mean(_ colours: [SIMD3<Double>]) -> SIMD3<Double> { colours.reduce(SIMD3(), +) / Double(colours.count) }
    let means = others.map { mean($0.values) }
    // The median of the classes: another class's own cast does not move it.
    let usual = SIMD3((0..<3).map { channel in median(means.map { $0[channel] }) })
    return [
      colour(.tint, own, others.flatMap(\.values), usual), colour(.brightness, own, others.flatMap(\.values), usual),
    ]
    .compactMap { $0 }
  }

  /// Fewer levels than this are not seen by anybody.
  private static let leastShift = 3.0

  private static func colour(
    _ kind: CueKind, _ own: [SIMD3<Double>], _ others: [SIMD3<Double>], _ usual: SIMD3<Double>
  ) -> WholeCue? {
    @Sendable func part(_ shift: SIMD3<Double>) -> SIMD3<Double> {
      let grey = SIMD3<Double>(repeating: shift.sum() / 3)
      return kind == .tint ? shift - grey : grey
    }
    var shift = part(own.reduce(SIMD3(), +) / Double(own.count) - usual)
    guard (shift * shift).sum() > 0 else { return nil }
    let axis = shift / (shift * shift).sum().squareRoot()
    @Sendable func along(_ colour: SIMD3<Double>) -> Double { (part(colour - usual) * axis).sum() }
    guard let separation = Separation(own: own.map(along), others: others.map(along)), separation.isHigher else {
      return nil
    }
    let carriers = own.filter { separation.isBeyond(along($0)) }
    shift = part(carriers.reduce(SIMD3(), +) / Double(carriers.count) - usual)
    let (added, turned) = (shift, SIMD3(shift.z, shift.x, shift.y))
    guard (added * added).sum().squareRoot() >= leastShift else { return nil }
    func move(_ by: SIMD3<Double>) -> Edit { { image, _ in image.mapColours { $0 + by } } }
    let levels = (0..<3).map { ($0 == 0 ? "" : ", ") + signed(shift[$0]) }.joined()
    let what = kind == .tint ? "a tint (red, green, blue \(levels))" : "a brightness (\(signed(shift.x)) levels)"
    func controls(_ sign: Double) -> [(how: String, edit: Edit)] {
      [("the same shift the other way", move(-sign * added))]
        + (kind == .tint ? [("a shift of the same size to another colour", move(sign * turned))] : [])
    }
    return WholeCue(
      kind: kind, words: what, separation: separation, measure: { along($0.groundColour) },
      give: Change(how: "all pixels shifted by it", edit: move(added), controls: controls(1)),
      take: Change(how: "all pixels shifted back", edit: move(-added), controls: controls(-1)))
  }

  static func signed(_ value: Double) -> String {
    let rounded = Int(value.rounded())
    return rounded < 0 ? "\u{2212}\(-rounded)" : "+\(rounded)"
  }

  /// A contrast that other classes have not.
  static func contrast(of classIndex: Int, in tested: TestedPictures) -> WholeCue? {
    scaling(.contrast, of: classIndex, in: tested, measure: \.groundContrast) { image, factor in
      let middle = mean((0..<image.size.pixelCount).map { image.luminance($0) })
      return image.mapColours { ($0 - middle) * factor + middle }
    }
  }

  /// Colours farther from grey than those of other classes, or nearer to it.
  static func saturation(of classIndex: Int, in tested: TestedPictures) -> WholeCue? {
    scaling(.saturation, of: classIndex, in: tested, measure: \.groundSaturation) { image, factor in
      image.mapColours { colour in
        let grey = (colour * SIMD3(0.299, 0.587, 0.114)).sum()
        return (colour - grey) * factor + grey
      }
    }
  }

  /// - Parameter measure: a logarithm of what `scale` multiplies.
  private static func scaling(
    _ kind: CueKind, of classIndex: Int, in tested: TestedPictures,
    measure: @escaping @Sendable (LabelledPicture) -> Double,
    by scale: @escaping @Sendable (RGBImage, Double) -> RGBImage
  ) -> WholeCue? {
    let (own, others) = tested.values(of: classIndex, measure)
    guard let separation = Separation(own: own, others: others.flatMap(\.values)) else { return nil }
    let usual = median(others.map { mean($0.values) })
    let factor = exp(min(max(mean(own.filter(separation.isBeyond)) - usual, log(0.05)), log(4)))
    guard factor > 1.1 || factor < 1 / 1.1 else { return nil }
    func by(_ factor: Double) -> Edit { { image, _ in scale(image, factor) } }
    let amount = "\(Double(Int((factor * 100).rounded())) / 100)"
    return WholeCue(
      kind: kind, words: "\(kind == .contrast ? "a contrast" : "a saturation") of \(amount) times that of others",
      separation: separation, measure: measure,
      give: Change(
        how: "all pixels scaled to it", edit: by(factor), controls: [("scaled the other way", by(1 / factor))]),
      take: Change(
        how: "all pixels scaled back", edit: by(1 / factor), controls: [("scaled farther", by(factor))]))
  }
}
