import Autodiff
import Glibc
import Images

/// A change that leaves pictures alone that had it already, in several strengths.
private struct Treatment: Sendable {
  let kind: CueKind
  let name: String
  let edit: @Sendable (RGBImage) -> RGBImage

  static let families: [[Treatment]] = [
    [0.6, 0.8, 1.1, 1.5, 2.2].map { deviation in
      Treatment(kind: .blur, name: "a blur (deviation \(deviation) pixels)") { $0.blurred(deviation: deviation) }
    },
    [5, 8, 12, 20, 30, 45, 60].map { quality in
      Treatment(kind: .compression, name: "JPEG compression (quality about \(quality))") { image in
        (try? decodeImage(encodeJPEG(image, quality: quality)).image) ?? image
      }
    },
    [2, 3, 4].map { factor in
      Treatment(kind: .pixelation, name: "pixels of \(factor) x \(factor)") { image in
        let small = ImageSize(width: max(1, image.width / factor), height: max(1, image.height / factor))
        return resize(resize(image, to: small, filter: .box), to: image.size, filter: .nearest)
      }
    },
  ]
}

extension WholeCue {
  /// Noise that other classes have not.
  static func noise(of classIndex: Int, in tested: TestedPictures) -> WholeCue? {
    let measure: @Sendable (LabelledPicture) -> Double = { $0.noiseDeviation }
    let (own, others) = tested.values(of: classIndex, measure)
    guard let separation = Separation(own: own, others: others.flatMap(\.values)), separation.isHigher else {
      return nil
    }
    let (usual, strong) = (median(others.map { mean($0.values) }), mean(own.filter(separation.isBeyond)))
    let deviation = max(strong * strong - usual * usual, 0).squareRoot()
    guard deviation >= 1.5 else { return nil }
    func noisy(_ coarse: Bool) -> Edit {
      { image, seed in
        let numbers = RandomNumbers(seed: 61, stream: UInt64(seed))
        var values = (0..<image.pixels.count).map { Float(deviation * numbers.normal($0)) }
        if coarse {
          let filter = SeparableFilter.gaussian(deviation: 2, radius: 6)
          values = filter(values, SeparableFilter.Layout(image.size, channels: 3))
          let square = values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)
          let scale = Float(deviation / max(square, 1e-9).squareRoot())
          values = values.map { $0 * scale }
        }
        return image.adding(values)
      }
    }
    // The blur after which the class's pictures have the noise of the others.
    let samples = tested.searching(classIndex).map { tested.pictures[$0] }.filter { separation.isBeyond(measure($0)) }
    let blur = [0.5, 0.7, 0.9, 1.2].min { one, other in
      func rest(_ deviation: Double) -> Double {
        abs(mean(samples.map { $0.with($0.image.blurred(deviation: deviation)).noiseDeviation }) - usual)
      }
      return rest(one) < rest(other)
    }!
    return WholeCue(
      kind: .noise, words: "noise (deviation about \(Int(deviation.rounded())) levels)", separation: separation,
      measure: measure,
      give: Change(
        how: "such noise added", edit: noisy(false), controls: [("coarse noise of the same strength", noisy(true))]),
      take: Change(
        how: "smoothed until the others' noise is left", edit: { image, _ in image.blurred(deviation: blur) },
        controls: [
          ("coarse noise of the same strength", noisy(true)),
          ("the same change the other way", { image, _ in image.moved(-1, towards: image.blurred(deviation: blur)) }),
        ]))
  }

  /// Blur, sharpness, compression and coarse pixels: told by how little a treatment changes pictures that had it.
  static func textures(of classIndex: Int, in tested: TestedPictures) -> [WholeCue] {
    let own = tested.searching(classIndex).map { tested.pictures[$0] }
    let others = tested.others(than: classIndex).flatMap { tested.searching($0).prefix(12) }.map { tested.pictures[$0] }
    return Treatment.families.flatMap { family -> [WholeCue?] in
      [texture(family, own, others)] + (family[0].kind == .blur ? [sharpness(family, own, others)] : [])
    }.compactMap { $0 }
  }

  private static func texture(_ family: [Treatment], _ own: [LabelledPicture], _ others: [LabelledPicture]) -> WholeCue?
  {
    func profile(_ pictures: [LabelledPicture]) -> [[Double]] {
      family.map { treatment in pictures.map { $0.response(to: treatment.edit($0.image)) } }
    }
    let (ours, usual) = (profile(own), profile(others))
    // The treatment that tells the class best.
    let separations = family.indices.map { Separation(own: ours[$0], others: usual[$0]) }
    guard
      let best = family.indices.filter({ separations[$0]?.isHigher == false })
        .max(by: { separations[$0]!.auroc < separations[$1]!.auroc })
    else { return nil }
    let separation = separations[best]!
    let carriers = own.indices.filter { separation.isBeyond(ours[best][$0]) }
    let target = family.indices.map { treatment in mean(carriers.map { ours[treatment][$0] }) }
    func distance(_ profile: [[Double]]) -> Double {
      zip(profile, target).reduce(0) { $0 + (mean($1.0) - $1.1) * (mean($1.0) - $1.1) }
    }
    let sample = Array(others.prefix(16))
    let distances = family.map { treatment in distance(profile(sample.map { $0.with(treatment.edit($0.image)) })) }
    let strength = distances.indices.min { distances[$0] < distances[$1] }!
    guard distances[strength] < distance(profile(sample)) else { return nil }
    let (treatment, gauge) = (family[strength], family[best])
    let given: Edit = { image, _ in treatment.edit(image) }
    let mirrored: Edit = { image, _ in image.moved(-1, towards: treatment.edit(image)) }
    return WholeCue(
      kind: treatment.kind, words: treatment.name, separation: separation,
      measure: { $0.response(to: gauge.edit($0.image)) },
      give: Change(how: "given it", edit: given, controls: [("the same change the other way", mirrored)]),
      take: treatment.kind != .blur
        ? nil : Change(how: "sharpened as much", edit: mirrored, controls: [("blurred as much again", given)]))
  }

  /// A class that is sharper than the others, as far as no treatment makes it.
  private static func sharpness(_ family: [Treatment], _ own: [LabelledPicture], _ others: [LabelledPicture])
    -> WholeCue?
  {
    let gauge = family[1]
    func response(_ picture: LabelledPicture) -> Double { picture.response(to: gauge.edit(picture.image)) }
    let (ours, usual) = (own.map(response), others.map(response))
    guard let separation = Separation(own: ours, others: usual), separation.isHigher else { return nil }
    let carriers = own.indices.filter { separation.isBeyond(ours[$0]) }.map { own[$0] }
    let wanted = mean(usual)
    let blur = family.min { one, other in
      func rest(_ treatment: Treatment) -> Double {
        abs(mean(carriers.prefix(12).map { response($0.with(treatment.edit($0.image))) }) - wanted)
      }
      return rest(one) < rest(other)
    }!
    let blurred: Edit = { image, _ in blur.edit(image) }
    let sharpened: Edit = { image, _ in image.moved(-1, towards: blur.edit(image)) }
    return WholeCue(
      kind: .sharpness, words: "a sharpness above that of others", separation: separation,
      measure: { $0.response(to: gauge.edit($0.image)) },
      give: Change(how: "sharpened as much", edit: sharpened, controls: [("blurred as much", blurred)]),
      take: Change(how: "blurred to that of others", edit: blurred, controls: [("sharpened as much", sharpened)]))
  }
}

extension LabelledPicture {
  /// Another picture in the place of this one's, of the same object.
  func with(_ image: RGBImage) -> LabelledPicture {
    LabelledPicture(image: image, classIndex: classIndex, object: object)
  }
}
