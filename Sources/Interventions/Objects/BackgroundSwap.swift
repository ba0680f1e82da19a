import Explain
import Images

/// Objects on the backgrounds of other pictures. Backgrounds are pictures whose object is filled in from around it,
/// with a margin, since an estimated object leaves some of itself behind.
///
/// Of a class's pictures the answers on backgrounds of its own class (Mixed-Same) and of another (Mixed-Rand) are held
/// against each other: the gap is what the background of the class was worth.
///
/// Source: Xiao, Engstrom, Ilyas and Madry, "Noise or signal: the role of image backgrounds in object recognition",
/// ICLR 2021 (arXiv 2006.09994).
struct BackgroundSwap: Sendable {
  private let tested: TestedPictures

  init(_ tested: TestedPictures) { self.tested = tested }

  /// nil where too few pictures have a known object.
  func interventions(of classIndex: Int, _ plan: ShortcutPlan) -> [Intervention]? {
    func known(_ indices: [Int]) -> [Int] { indices.filter { tested.pictures[$0].object != nil } }
    let own = known(tested.proving(classIndex))
    let others = tested.others(than: classIndex).map { known(tested.proving($0)) }.filter { !$0.isEmpty }
    guard own.count >= ShortcutPlan.fewestImages, !others.isEmpty else { return nil }
    let grounds = Dictionary(
      uniqueKeysWithValues: (tested.others(than: classIndex) + [classIndex]).flatMap { other in
        known(tested.proving(other)).prefix(Self.grounds).map { ($0, ground(of: $0)) }
      })
    let ownGrounds = Array(own.prefix(Self.grounds))
    let otherGrounds = others.map { Array($0.prefix(Self.grounds)) }
    let byClass = Dictionary(grouping: otherGrounds.flatMap { $0 }) { tested.pictures[$0].classIndex }
    @Sendable func onto(_ donor: Int, _ host: Int) -> RGBImage { mixed(host, onto: grounds[donor]!) }
    /// Another picture than the host.
    @Sendable func pick(_ donors: [Int], _ place: Int, _ host: Int) -> Int {
      let donor = donors[place % donors.count]
      return donor == host ? donors[(place + 1) % donors.count] : donor
    }
    let hosts = known(tested.hosts(besides: classIndex, 2 * plan.proving)).prefix(plan.proving)
    return [
      Intervention(
        direction: .removed, how: "the object on backgrounds of other classes (Mixed-Rand)",
        hosts: Array(own.prefix(plan.proving)),
        edit: { place, host in
          let donors = otherGrounds[place % otherGrounds.count]
          return onto(donors[(place / otherGrounds.count) % donors.count], host)
        },
        controls: [
          Intervention.Control(how: "on backgrounds of its own class (Mixed-Same)") { place, host in
            onto(pick(ownGrounds, place, host), host)
          }
        ]),
      Intervention(
        direction: .transplanted, how: "objects of other classes on backgrounds of this one", hosts: Array(hosts),
        edit: { place, host in onto(ownGrounds[place % ownGrounds.count], host) },
        controls: [
          Intervention.Control(how: "on backgrounds of their own class") { [tested] place, host in
            onto(pick(byClass[tested.pictures[host].classIndex] ?? otherGrounds[0], place, host), host)
          }
        ]),
    ]
  }

  /// Backgrounds of each class.
  private static let grounds = 24

  private func mixed(_ host: Int, onto ground: RGBImage) -> RGBImage {
    let (image, object) = (tested.image(host), tested.pictures[host].object!)
    var pixels = ground.pixels
    for pixel in object.isForeground.indices where object.isForeground[pixel] {
      for place in 3 * pixel..<3 * pixel + 3 { pixels[place] = image.pixels[place] }
    }
    return RGBImage(size: image.size, pixels: pixels)
  }

  private func ground(of index: Int) -> RGBImage {
    let object = tested.pictures[index].object!
    return tested.image(index).inpainting(object.grown(by: max(1, min(object.size.width, object.size.height) / 20)))
  }
}

extension ForegroundMask {
  /// With all pixels that are at most so far from the object, across and down.
  func grown(by margin: Int) -> [Bool] {
    func spread(_ values: [Bool], _ count: Int, _ step: Int, _ lines: Int, _ lineStep: Int) -> [Bool] {
      var result = values
      for line in 0..<lines {
        for place in 0..<count where values[line * lineStep + place * step] {
          for near in max(0, place - margin)...min(count - 1, place + margin) {
            result[line * lineStep + near * step] = true
          }
        }
      }
      return result
    }
    let across = spread(isForeground, size.width, 1, size.height, size.width)
    return spread(across, size.height, size.width, size.width, 1)
  }
}
